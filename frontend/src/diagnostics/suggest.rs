//! "Did you mean": the known name that is nearest to what was written.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Longer names get no suggestion: nobody mistypes them by hand, and the work grows with the square.
const LONGEST: usize = 64;

/// More candidates than this are not looked at, so that a huge file stays quick.
const MOST_CANDIDATES: usize = 1000;

/// So many names are looked for in one file: more problems than are shown, and few enough for any number of
/// candidates.
const MOST_NAMES: usize = 200;

/// Looks for names, but not for all of very many.
#[derive(Debug)]
pub(crate) struct Suggestions(AtomicUsize);

impl Default for Suggestions {
    fn default() -> Self {
        Suggestions(AtomicUsize::new(MOST_NAMES))
    }
}

impl Suggestions {
    /// As [`nearest`]; nothing where enough were looked for.
    pub(crate) fn nearest<'a>(
        &self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let spent = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).ok()?;
        nearest(name, candidates)
    }

    /// As [`did_you_mean`]; nothing where enough were looked for.
    pub(crate) fn did_you_mean<'a>(
        &self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        self.nearest(name, candidates).map(question)
    }
}

/// The candidate nearest to a name, where one is near enough to be meant.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.len() > LONGEST {
        return None;
    }
    let limit = (wanted.len() / 3).max(1);
    let candidates = candidates.into_iter().take(MOST_CANDIDATES);
    let begun = |candidate: &str| name.len() >= 3 && candidate.starts_with(name);
    // What is longer or shorter by more than the limit is farther away than it: most are.
    let far = |candidate: &str| candidate.chars().count().abs_diff(wanted.len()) > limit;
    candidates
        .filter(|candidate| candidate.len() <= LONGEST * 4)
        .filter(|candidate| begun(candidate) || !far(candidate))
        .map(|candidate| (distance(&wanted, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit || begun(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours, without regard to case.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(from != to)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// `did you mean NAME?`, ready to be a help line.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, candidates).map(question)
}

fn question(name: &str) -> String {
    format!("did you mean `{name}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        let known = ["from", "workdir", "entrypoint", "env", "dest", "AIRFLOW", "volumes"];
        assert_eq!(nearest(name, known), expected, "{name}");
    }

    #[test]
    fn finds_what_was_meant() {
        check("form", Some("from"));
        check("From", Some("from"));
        check("dst", Some("dest"));
        check("work-dir", Some("workdir"));
        check("airflow", Some("AIRFLOW"));
        check("volume", Some("volumes"));
        check("entry_point", Some("entrypoint"));
        check("entry", Some("entrypoint"));
    }

    #[test]
    fn says_nothing_where_nothing_is_near() {
        check("", None);
        check("packages", None);
        check("en", Some("env"));
        check("e", None);
        check("xyz", None);
        check(&"e".repeat(1 << 20), None);
    }

    #[test]
    fn very_many_names_are_not_looked_for() {
        let suggestions = Suggestions::default();
        let found = |name| suggestions.did_you_mean(name, ["from"]);
        for _ in 0..MOST_NAMES {
            assert_eq!(found("form").as_deref(), Some("did you mean `from`?"));
        }
        assert_eq!(found("form"), None);
        assert_eq!(nearest("form", ["from"]), Some("from"));
    }

    #[test]
    fn counts_a_swap_once() {
        let chars: Vec<char> = "abcd".chars().collect();
        assert_eq!(distance(&chars, "abdc"), 1);
        assert_eq!(distance(&chars, ""), 4);
        assert_eq!(distance(&[], "xy"), 2);
    }
}
