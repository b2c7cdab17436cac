//! What failed tests said, kept while `cargo test` prints it. Its output goes on for thousands of lines
//! behind a failure, and the logs of runners are cut in the middle: at the end, it is where one looks.

/// Reads what Rust's test harness prints, line by line.
#[derive(Default)]
pub(crate) struct Failures {
    /// What follows is what a failed test of the target has printed.
    inside: bool,
    /// What failed tests of all targets have printed.
    pub(crate) text: String,
}

impl Failures {
    pub(crate) fn line(&mut self, line: &str) {
        if line == "failures:" {
            // The second time, names follow.
            self.inside = !self.inside;
        } else if line.starts_with("test result: ") {
            self.inside = false;
        } else if self.inside {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_tests_say_is_kept() {
        let mut failures = Failures::default();
        for line in [
            "test one ... FAILED",
            "",
            "failures:",
            "",
            "---- one stdout ----",
            "thread 'one' panicked",
            "",
            "failures:",
            "    one",
            "",
            "test result: FAILED. 0 passed; 1 failed",
            "test two ... ok",
            "test result: ok. 1 passed; 0 failed",
        ] {
            failures.line(line);
        }
        assert_eq!(failures.text, "\n---- one stdout ----\nthread 'one' panicked\n\n");
    }
}
