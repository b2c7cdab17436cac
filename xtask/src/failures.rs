//! What failed tests said, kept while `cargo test` prints it. Its output goes on for thousands of lines
//! behind a failure, and the logs of runners are cut in the middle: at the end, it is where one looks.

/// Reads what Rust's test harness prints, line by line.
#[derive(Default)]
pub(crate) struct Failures {
    /// `failures:` has been read, and the result of the same target has not.
    inside: bool,
    /// What failed tests of the target have printed.
    said: String,
    /// Of all targets.
    pub(crate) text: String,
}

impl Failures {
    pub(crate) fn line(&mut self, line: &str) {
        if line.starts_with("test result: ") {
            if line.starts_with("test result: FAILED") {
                self.text.push_str(&self.said);
            }
            self.said.clear();
            self.inside = false;
        } else if line == "failures:" {
            // The second time, names follow.
            self.inside = self.said.is_empty();
        } else if self.inside {
            self.said.push_str(line);
            self.said.push('\n');
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
