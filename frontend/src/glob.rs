//! Path patterns, as a `.dockerignore` and the client have them: `*` is any part of a name, `?` one
//! character, `[a-z]` and `[^a-z]` one of some, `**` any number of folders; a backslash takes their
//! meaning away.

/// One component of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// This name.
    Exactly(String),
    /// Names that match.
    Like(Name),
    /// Any number of folders, none included.
    Folders,
}

/// A pattern for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Exactly(char),
    OneOf { not: bool, ranges: Vec<(char, char)> },
}

/// What has a meaning in a name.
pub const SIGNS: [char; 4] = ['*', '?', '[', '\\'];

/// The components of a pattern; empty and `.` ones are left out.
pub fn components(pattern: &str) -> Vec<Component> {
    let parts = pattern.split('/').filter(|part| !matches!(*part, "" | "."));
    let components = parts.map(|part| match part {
        "**" => Component::Folders,
        part if !part.contains(SIGNS) => Component::Exactly(part.to_owned()),
        part => Name::parse(part).simplified(),
    });
    components.collect()
}

impl Name {
    fn parse(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(next) = chars.next() {
            tokens.push(match next {
                '*' => Token::Any,
                '?' => Token::One,
                '\\' => Token::Exactly(chars.next().unwrap_or('\\')),
                '[' => match one_of(chars.as_str()) {
                    Some((token, rest)) => {
                        chars = rest.chars();
                        token
                    }
                    None => Token::Exactly('['),
                },
                other => Token::Exactly(other),
            });
        }
        // A row of stars is one, and costs no more.
        tokens.dedup_by(|a, b| *a == Token::Any && *b == Token::Any);
        Name(tokens)
    }

    fn simplified(self) -> Component {
        let exactly = self.0.iter().map(|token| match token {
            Token::Exactly(c) => Some(*c),
            _ => None,
        });
        match exactly.collect() {
            Some(name) => Component::Exactly(name),
            None => Component::Like(self),
        }
    }

    /// Whether a name matches. Only the last star is ever gone back to, so that the work is at most
    /// the length of the name times that of the pattern.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut token) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.0.get(token) {
                Some(Token::Any) => {
                    star = Some((token, at));
                    token += 1;
                }
                Some(single) if single.matches(name[at]) => {
                    at += 1;
                    token += 1;
                }
                _ => match &mut star {
                    Some((after, from)) => {
                        *from += 1;
                        (token, at) = (*after + 1, *from);
                    }
                    None => return false,
                },
            }
        }
        self.0[token..].iter().all(|left| *left == Token::Any)
    }
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Token::Any | Token::One => true,
            Token::Exactly(wanted) => *wanted == c,
            Token::OneOf { not, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not
            }
        }
    }
}

/// What stands behind a `[`, up to its `]`, and the rest; none where there is no end or nothing in it.
fn one_of(text: &str) -> Option<(Token, &str)> {
    let (not, mut rest) = match text.strip_prefix(['^', '!']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    while !rest.starts_with(']') {
        let (from, after) = character(rest)?;
        let range = after.strip_prefix('-').filter(|after| !after.starts_with(']'));
        let (to, after) = match range {
            Some(after) => character(after)?,
            None => (from, after),
        };
        ranges.push((from, to));
        rest = after;
    }
    (!ranges.is_empty()).then(|| (Token::OneOf { not, ranges }, &rest[1..]))
}

fn character(text: &str) -> Option<(char, &str)> {
    let mut chars = text.strip_prefix('\\').unwrap_or(text).chars();
    let first = chars.next()?;
    Some((first, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let name = Name::parse(pattern);
        for text in matching {
            assert!(name.matches(text), "{pattern} {text}");
        }
        for text in others {
            assert!(!name.matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn names() {
        check("*.txt", &["a.txt", ".txt", "a.txt.txt"], &["a.txt.md", "txt", "a.tx"]);
        check("a*b*c", &["abc", "aXbXc", "abbcc"], &["ab", "abcd", "bc"]);
        check("?", &["a", "é"], &["", "ab"]);
        check("[a-c]x", &["ax", "cx"], &["dx", "x", "-x"]);
        check("[^a-c]", &["d", "-"], &["a", "", "dd"]);
        check("[a-]", &["a", "-"], &["b"]);
        check(r"[\]]", &["]"], &["\\"]);
        check(r"\*", &["*"], &["a", r"\*"]);
        check("[", &["["], &["a"]);
        check("a[]", &["a[]"], &["a"]);
        check("**x**", &["x", "axb"], &["a"]);
    }

    #[test]
    fn work_stays_small() {
        let name = Name::parse(&"*a".repeat(100));
        assert!(!name.matches(&"a".repeat(99)));
        assert!(name.matches(&"a".repeat(5_000)));
    }

    #[test]
    fn components_of_a_path() {
        let found = components(r"./lib//**/a\*/*.rs");
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], Component::Exactly("lib".into()));
        assert_eq!(found[1], Component::Folders);
        assert_eq!(found[2], Component::Exactly("a*".into()));
        assert!(matches!(found[3], Component::Like(_)));
    }
}
