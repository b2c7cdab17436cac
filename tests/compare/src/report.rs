//! What is told of comparisons.

use std::fmt::Write as _;

use crate::built::first;
use crate::comparison::Comparison;

/// A table of files and scenarios, then what differs, then what was left out.
pub fn report(comparisons: &[Comparison]) -> String {
    let mut table = "| file | scenario | result |\n|---|---|---|\n".to_owned();
    let (mut details, mut left_out) = (String::new(), String::new());
    for comparison in comparisons {
        let name = &comparison.name;
        for (scenario, differences) in &comparison.results {
            let scenario = scenario.name();
            let result = match differences.len() {
                0 => "same".to_owned(),
                1 => "1 difference".to_owned(),
                count => format!("{count} differences"),
            };
            // Writing to a string can't fail.
            _ = writeln!(table, "| {name} | {scenario} | {result} |");
            if !differences.is_empty() {
                _ = write!(
                    details,
                    "\n{name}, {scenario} (built in, and through strake):\n{}",
                    first(differences)
                );
            }
        }
        if !comparison.caches.is_empty() {
            let places: Vec<&str> = comparison.caches.iter().map(String::as_str).collect();
            let places = places.join(", ");
            _ = write!(
                left_out,
                "\n{name}: files of these caches are in the image of the built-in frontend, and in \
                 mounts of strake's:\n  {places}\n"
            );
        }
        if !comparison.noise.is_empty() {
            let what: Vec<&str> = comparison.noise.what().collect();
            _ = write!(
                left_out,
                "\n{name}: the built-in frontend does not make these twice the same, so they \
                                  were not compared:\n  {}\n",
                what.join(", ")
            );
        }
    }
    table + &details + &left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::{Difference, Noise};
    use crate::scenario::Scenario;

    #[test]
    fn a_report_says_what_differs_and_what_was_left_out() {
        let found = vec![Difference::new("file `x`", "mode 644 and 755")];
        let comparison = Comparison {
            name: "Dockerfile".to_owned(),
            noise: Noise::of(&[Difference::new("file `log`", "content")]),
            caches: ["~/.npm".to_owned()].into(),
            results: vec![(Scenario::Cold, Vec::new()), (Scenario::Warm, found)],
        };
        assert!(comparison.differs());
        let text = report(&[comparison]);
        for part in [
            "| Dockerfile | cold | same |\n",
            "| Dockerfile | warm | 1 difference |\n",
            "Dockerfile, warm (built in, and through strake):\n  file `x`: mode 644 and 755\n",
            "not compared:\n  file `log`\n",
            "mounts of strake's:\n  ~/.npm\n",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }
}
