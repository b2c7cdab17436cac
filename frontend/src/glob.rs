//! Path patterns, as a `.dockerignore` and the client have them: `*` is any part of a name, `?` one
//! character, `[a-z]` and `[^a-z]` one of some, `**` any number of directories; a backslash takes
//! their meaning away.

/// One component of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    Exactly(String),
    Like(Name),
    /// Any number of directories, none included.
    Directories,
}

/// A pattern for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<Token>);

/// What a pattern is made of, of files' names as of a shell's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Any number of characters.
    Any,
    One,
    Exactly(char),
    OneOf {
        not: bool,
        ranges: Vec<(char, char)>,
    },
}

/// What has a meaning in a name.
pub(crate) const SIGNS: [char; 4] = ['*', '?', '[', '\\'];

/// The components of a pattern; empty and `.` ones are left out.
pub fn components(pattern: &str) -> Vec<Component> {
    let parts = pattern.split('/').filter(|part| !matches!(*part, "" | "."));
    let components = parts.map(|part| match part {
        "**" => Component::Directories,
        part if !part.contains(SIGNS) => Component::Exactly(part.to_owned()),
        part => Name::parse(part).simplified(),
    });
    components.collect()
}

impl Name {
    fn parse(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        // Where one bracket has no end, those behind it have none: the end is looked for once.
        let mut may_close = true;
        while let Some(next) = chars.next() {
            tokens.push(match next {
                '*' => Token::Any,
                '?' => Token::One,
                '\\' => Token::Exactly(chars.next().unwrap_or('\\')),
                '[' if may_close => match one_of(chars.as_str()) {
                    Brackets::Of(token, rest) => {
                        chars = rest.chars();
                        token
                    }
                    Brackets::Empty => Token::Exactly('['),
                    Brackets::Unclosed => {
                        may_close = false;
                        Token::Exactly('[')
                    }
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
    /// Whether one character matches.
    pub(crate) fn matches(&self, c: char) -> bool {
        match self {
            Token::Any | Token::One => true,
            Token::Exactly(wanted) => *wanted == c,
            Token::OneOf { not, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not
            }
        }
    }
}

/// What stands behind a `[`.
enum Brackets<'a> {
    /// Characters up to a `]`, and the rest.
    Of(Token, &'a str),
    /// A `]`, and nothing before it.
    Empty,
    /// No `]` stands behind it.
    Unclosed,
}

fn one_of(text: &str) -> Brackets<'_> {
    let (not, mut rest) = match text.strip_prefix(['^', '!']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        if let Some(behind) = rest.strip_prefix(']') {
            return match ranges.is_empty() {
                true => Brackets::Empty,
                false => Brackets::Of(Token::OneOf { not, ranges }, behind),
            };
        }
        let Some((range, after)) = range(rest) else { return Brackets::Unclosed };
        ranges.push(range);
        rest = after;
    }
}

/// `a-z`, or one character.
fn range(text: &str) -> Option<((char, char), &str)> {
    let (from, after) = character(text)?;
    match after.strip_prefix('-').filter(|after| !after.starts_with(']')) {
        Some(after) => character(after).map(|(to, after)| ((from, to), after)),
        None => Some(((from, from), after)),
    }
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

    /// Each bracket used to be read to the end of the pattern: minutes for 90 kB.
    #[test]
    fn brackets_without_an_end_are_read_once() {
        for open in ["[", "[a", "[^", "[a-", r"[\]", r"\\["] {
            let pattern = open.repeat((1 << 18) / open.len());
            assert_eq!(components(&pattern).len(), 1, "{open}");
        }
        check(r"[]*[\]a", &["[]x[]a", "[][]a"], &["[]a", "[]b]a"]);
        check("[][a]", &["[]a"], &["[][a]", "a"]);
    }

    #[test]
    fn components_of_a_path() {
        let found = components(r"./lib//**/a\*/*.rs");
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], Component::Exactly("lib".into()));
        assert_eq!(found[1], Component::Directories);
        assert_eq!(found[2], Component::Exactly("a*".into()));
        assert!(matches!(found[3], Component::Like(_)));
    }
}
