//! Shell wildcards, for `${NAME#pattern}` and its relatives: `*` is any string, `?` any character, a
//! backslash takes their meaning away. The work is at most the length of the value times that of the
//! pattern, whatever is in them.

use crate::glob::Token;

/// Longer patterns are refused.
pub(super) const LONGEST: usize = 256;

/// Which of several possible matches is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefer {
    Shortest,
    Longest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    /// Parses a pattern; none where it is too long.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(next) = chars.next() {
            tokens.push(match next {
                '*' => Token::Any,
                '?' => Token::One,
                '\\' => Token::Exactly(chars.next().unwrap_or('\\')),
                other => Token::Exactly(other),
            });
            if tokens.len() > LONGEST {
                return None;
            }
        }
        Some(Pattern(tokens))
    }

    /// The value without what the pattern matches at its start.
    pub(super) fn trim_prefix(&self, value: &str, prefer: Prefer) -> String {
        let chars: Vec<char> = value.chars().collect();
        let end = self.ends(&chars, prefer)[0].unwrap_or(0);
        chars[end..].iter().collect()
    }

    /// The value without what the pattern matches at its end.
    pub(super) fn trim_suffix(&self, value: &str, prefer: Prefer) -> String {
        let chars: Vec<char> = value.chars().rev().collect();
        let backwards = Pattern(self.0.iter().rev().cloned().collect());
        let end = backwards.ends(&chars, prefer)[0].unwrap_or(0);
        chars[end..].iter().rev().collect()
    }

    /// The value with the first match, or every one, replaced; none where that gets too long.
    pub(super) fn replace(
        &self,
        value: &str,
        replacement: &str,
        all: bool,
        longest: usize,
    ) -> Option<String> {
        let chars: Vec<char> = value.chars().collect();
        let ends = self.ends(&chars, Prefer::Longest);
        let mut text = String::new();
        let mut at = 0;
        let mut done = false;
        while at < chars.len() {
            match ends[at].filter(|end| *end > at && !done) {
                Some(end) => {
                    text.push_str(replacement);
                    at = end;
                    done = !all;
                }
                None => {
                    text.push(chars[at]);
                    at += 1;
                }
            }
            if text.len() > longest {
                return None;
            }
        }
        Some(text)
    }

    /// For each place to start, where a match that starts there ends.
    ///
    /// Worked out from the back: `row[t]` is where the tokens from `t` on end when they start here,
    /// `next[t]` the same for one character further.
    fn ends(&self, chars: &[char], prefer: Prefer) -> Vec<Option<usize>> {
        let tokens = &self.0;
        let mut ends = vec![None; chars.len() + 1];
        let mut next: Vec<Option<usize>> = vec![None; tokens.len() + 1];
        for at in (0..=chars.len()).rev() {
            let mut row = vec![None; tokens.len() + 1];
            row[tokens.len()] = Some(at);
            let here = chars.get(at);
            for (index, token) in tokens.iter().enumerate().rev() {
                row[index] = match token {
                    Token::Any => better(row[index + 1], next[index], prefer),
                    one if here.is_some_and(|here| one.matches(*here)) => next[index + 1],
                    _ => None,
                };
            }
            ends[at] = row[0];
            next = row;
        }
        ends
    }
}

fn better(a: Option<usize>, b: Option<usize>, prefer: Prefer) -> Option<usize> {
    match (a, b, prefer) {
        (Some(a), Some(b), Prefer::Shortest) => Some(a.min(b)),
        (Some(a), Some(b), Prefer::Longest) => Some(a.max(b)),
        (only, None, _) | (None, only, _) => only,
    }
}
