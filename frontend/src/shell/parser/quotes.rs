//! The kinds of quotes.

use super::word::Builder;
use super::{Parser, Result, parse};
use crate::shell::syntax::{Word, WordPart};
use crate::shell::text::Text;

impl Parser<'_> {
    /// The rest of `'...'`.
    pub(super) fn single_quoted(&mut self, word: &mut Builder) -> Result<()> {
        word.part(WordPart::Text(Text::default()));
        loop {
            let at = self.cursor.at();
            match self.cursor.raw_next() {
                Some('\'') => return Ok(()),
                Some(next) => word.push(next, self.cursor.place(at)),
                None => return Err(self.error("a quote is not closed")),
            }
        }
    }

    /// The rest of `"..."`.
    pub(super) fn double_quoted(&mut self, word: &mut Builder) -> Result<()> {
        word.part(WordPart::Text(Text::default()));
        while self.cursor.peek() != Some('"') {
            if self.cursor.peek().is_none() {
                return Err(self.error("a quote is not closed"));
            }
            self.quoted_character("$`\"\\", word)?;
        }
        self.cursor.next();
        Ok(())
    }

    /// All that is left, as the text of a here document.
    pub(super) fn document(mut self) -> Result<Word> {
        let mut word = Builder::default();
        while self.cursor.peek().is_some() {
            self.quoted_character("$`\\", &mut word)?;
        }
        Ok(Word { parts: word.finish(), span: self.cursor.span(0) })
    }

    /// One character or expansion between quotes, where a backslash takes the meaning from some.
    fn quoted_character(&mut self, special: &str, word: &mut Builder) -> Result<()> {
        let at = self.cursor.at();
        let Some(next) = self.cursor.next() else { return Ok(()) };
        match next {
            '\\' => {
                let escaped = self.cursor.rest().chars().next().filter(|c| special.contains(*c));
                let at = if escaped.is_some() { self.cursor.at() } else { at };
                word.push(escaped.unwrap_or('\\'), self.cursor.place(at));
                if escaped.is_some() {
                    self.cursor.raw_next();
                }
            }
            '$' => self.dollar(true, at, word)?,
            '`' => self.backquoted(true, word)?,
            other => word.push(other, self.cursor.place(at)),
        }
        Ok(())
    }

    /// The rest of a command between backquotes: a text of its own, where a backslash takes the
    /// meaning from some characters once more.
    pub(super) fn backquoted(&mut self, quoted: bool, word: &mut Builder) -> Result<()> {
        let special = if quoted { "$`\\\"" } else { "$`\\" };
        let mut text = Text::default();
        loop {
            let at = self.cursor.at();
            let Some(next) = self.cursor.next() else {
                return Err(self.error("a backquote is not closed"));
            };
            let escaped = self.cursor.rest().chars().next().filter(|c| special.contains(*c));
            match (next, escaped) {
                ('`', _) => break,
                ('\\', Some(escaped)) => {
                    text.push(escaped, self.cursor.place(self.cursor.at()));
                    self.cursor.raw_next();
                }
                _ => text.push(next, self.cursor.place(at)),
            }
        }
        word.opaque(vec![parse(&text, self.depth + 1)?], quoted);
        Ok(())
    }

    /// The rest of `$'...'`, as bash has it.
    pub(super) fn escaping_quoted(&mut self, word: &mut Builder) -> Result<()> {
        word.part(WordPart::Text(Text::default()));
        let start = self.cursor.at();
        loop {
            let at = self.cursor.at();
            match self.cursor.raw_next() {
                None => return Err(self.error("a quote is not closed")),
                Some('\'') => return Ok(()),
                Some('\\') => match self.escape() {
                    Some(found) => word.push(found, self.cursor.place(at)),
                    // Bytes that may be no characters.
                    None => word.opaque(Vec::new(), true),
                },
                Some(next) => word.push(next, self.cursor.place(at.max(start))),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.cursor.raw_next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'e' | 'E' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            same @ ('\\' | '\'' | '"' | '?') => same,
            _ => return None,
        })
    }
}
