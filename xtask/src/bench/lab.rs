pub(crate) const RUNNER: &str = "bench";
