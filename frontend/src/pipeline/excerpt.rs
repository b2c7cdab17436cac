//! Source excerpts as error details. The client prints them from the text of the file that comes
//! along, once for each excerpt; so of a large file only the lines to be shown are sent, or fifty
//! problems in a file of megabytes would be more than a message may hold.

use strake_proto::errdefs::{self, Detail, Range, Source, SourceInfo};

use crate::gateway::Failure;

/// A file up to this size, in bytes, is sent whole.
const SMALL: usize = 64 << 10;

/// Lines before and after a place that the client may show.
const AROUND: usize = 8;

/// Longest line that is sent of a large file, in characters.
const LONGEST: usize = 400;

/// Adds excerpts to a failure. Clients print the last detail first.
pub(super) fn add(failure: Failure, details: Vec<Source>) -> Failure {
    let details = details.into_iter().rev().map(|source| Detail::Source(shortened(source)));
    details.fold(failure, |failure, detail| failure.detail(detail.to_any()))
}

/// Gives a failure that has no excerpt an empty one: BuildKit blames the syntax line otherwise.
pub(super) fn none_is_none(failure: Failure) -> Failure {
    if has_one(&failure) {
        return failure;
    }
    // Clients follow the file of an excerpt, also where no line of it is meant.
    let nothing = Source { info: Some(SourceInfo::default()), ranges: Vec::new() };
    failure.detail(Detail::Source(nothing).to_any())
}

/// Whether a failure has an excerpt.
pub(super) fn has_one(failure: &Failure) -> bool {
    let details = errdefs::details(failure.status());
    details.iter().any(|detail| matches!(detail, Detail::Source(_)))
}

fn shortened(Source { info, ranges }: Source) -> Source {
    let info = info.map(|info| SourceInfo { data: excerpt(info.data, &ranges), ..info });
    Source { info, ranges }
}

/// The text with the lines around some places; the lines before them are empty, so that the numbers
/// stay right.
fn excerpt(data: Vec<u8>, ranges: &[Range]) -> Vec<u8> {
    if data.len() <= SMALL {
        return data;
    }
    let line = |at: i32| usize::try_from(at).unwrap_or(0);
    let first = ranges.iter().map(|range| line(range.start.line)).min().unwrap_or(0);
    let last = ranges.iter().map(|range| line(range.end.line)).max().unwrap_or(0);
    let (first, last) = (first.saturating_sub(AROUND), last.saturating_add(AROUND));
    let text = String::from_utf8_lossy(&data);
    let mut excerpt = String::new();
    for (number, line) in (1..).zip(text.split('\n')).take_while(|(number, _)| *number <= last) {
        if number > 1 {
            excerpt.push('\n');
        }
        if number >= first {
            excerpt.extend(line.chars().take(LONGEST));
        }
    }
    excerpt.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(first: i32, last: i32) -> [Range; 1] {
        [Range::lines(first, last)]
    }

    #[test]
    fn a_small_file_is_whole() {
        assert_eq!(excerpt(b"a\nb\n".to_vec(), &lines(1, 1)), b"a\nb\n");
    }

    #[test]
    fn of_a_large_file_only_lines_around_are_there() {
        let text: Vec<String> = (1..=50_000).map(|number| format!("line {number}")).collect();
        let excerpt = excerpt(text.join("\n").into_bytes(), &lines(30_000, 30_001));
        let excerpt = String::from_utf8(excerpt).unwrap();
        let excerpt: Vec<&str> = excerpt.split('\n').collect();
        assert_eq!(excerpt.len(), 30_009);
        assert_eq!(
            (excerpt[0], excerpt[29_999], excerpt[30_008]),
            ("", "line 30000", "line 30009")
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let excerpt = excerpt("é".repeat(SMALL).into_bytes(), &lines(1, 1));
        assert_eq!(excerpt.len(), 2 * LONGEST);
    }

    #[test]
    fn a_failure_without_a_place_blames_no_line() {
        let failure = none_is_none(Failure::new("x"));
        assert_eq!(failure.status().details.len(), 1);
        assert_eq!(none_is_none(failure.clone()), failure);
    }
}
