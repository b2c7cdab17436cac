//! Commands that hold other commands.

use super::{Parser, Result};
use crate::shell::syntax::{Command, Compound, List, Word};

impl Parser<'_> {
    /// One command, with what its output and input are led to.
    pub(super) fn command(&mut self) -> Result<Command> {
        self.blanks();
        if self.sees_word("function") {
            return self.nested(Parser::function_keyword);
        }
        match self.nested(Parser::compound)? {
            Some(kind) => self.with_redirects(kind),
            None => self.simple(),
        }
    }

    fn with_redirects(&mut self, kind: Compound) -> Result<Command> {
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(Command::Compound { kind, redirects }),
            }
        }
    }

    fn function_keyword(&mut self) -> Result<Command> {
        self.cursor.eat("function");
        self.blanks();
        let name = self.cursor.take_until(super::ends_word).to_owned();
        self.blanks();
        if self.cursor.eat("(") {
            self.blanks();
            self.expect(")", "`)` is missing")?;
        }
        self.function_body(name)
    }

    /// The rest of a function, behind its name.
    pub(super) fn function_body(&mut self, name: String) -> Result<Command> {
        self.newlines()?;
        let Some(kind) = self.nested(Parser::compound)? else {
            return Err(self.error("the body of the function is missing"));
        };
        let body = Box::new(self.with_redirects(kind)?);
        Ok(Command::Function { name, body })
    }

    fn compound(&mut self) -> Result<Option<Compound>> {
        if self.cursor.eat("((") {
            return Ok(Some(Compound::Test(self.arithmetic_words()?)));
        }
        if self.cursor.eat("(") {
            let list = self.some_list()?;
            self.expect(")", "`)` is missing")?;
            return Ok(Some(Compound::Subshell(list)));
        }
        let Some(word) = self.reserved() else { return Ok(None) };
        let start = self.cursor;
        self.cursor.eat(word);
        let found = match word {
            "{" => {
                let list = self.some_list()?;
                self.expect_word("}")?;
                Compound::Brace(list)
            }
            "if" => self.if_command()?,
            "while" | "until" => {
                let condition = self.some_list()?;
                Compound::While { condition, body: self.body()? }
            }
            "for" | "select" => self.for_command()?,
            "case" => self.case_command()?,
            "[[" => self.test_command()?,
            "time" => {
                self.cursor = start;
                return Ok(None);
            }
            _ => return Err(self.error("a command can't begin with this word")),
        };
        Ok(Some(found))
    }

    fn expect_word(&mut self, word: &'static str) -> Result<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.error("a command is not closed")) }
    }

    fn body(&mut self) -> Result<List> {
        self.expect_word("do")?;
        let body = self.some_list()?;
        self.expect_word("done")?;
        Ok(body)
    }

    fn if_command(&mut self) -> Result<Compound> {
        let mut branches = Vec::new();
        loop {
            let condition = self.some_list()?;
            self.expect_word("then")?;
            branches.push((condition, self.some_list()?));
            if !self.eat_word("elif") {
                break;
            }
        }
        let otherwise = if self.eat_word("else") { Some(self.some_list()?) } else { None };
        self.expect_word("fi")?;
        Ok(Compound::If { branches, otherwise })
    }

    fn for_command(&mut self) -> Result<Compound> {
        self.blanks();
        if self.cursor.eat("((") {
            let words = self.arithmetic_words()?;
            self.list_separator()?;
            return Ok(Compound::For { name: None, words, body: self.body()? });
        }
        let name = self.cursor.take_until(super::ends_word);
        let is_name = name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        if name.is_empty() || !is_name {
            return Err(self.error("the name of a variable must be here"));
        }
        let mut words = Vec::new();
        self.newlines()?;
        if self.eat_word("in") {
            words = self.words()?;
            if !matches!(self.cursor.peek(), Some(';' | '\n')) {
                return Err(self.error("the words must end here"));
            }
        }
        self.list_separator()?;
        Ok(Compound::For { name: Some(name.to_owned()), words, body: self.body()? })
    }

    /// One semicolon, perhaps, and line breaks.
    fn list_separator(&mut self) -> Result<()> {
        self.blanks();
        self.cursor.eat(";");
        self.newlines()
    }

    /// Words up to something else.
    pub(super) fn words(&mut self) -> Result<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            if !self.word_follows() {
                return Ok(words);
            }
            words.push(self.word()?);
        }
    }

    fn case_command(&mut self) -> Result<Compound> {
        self.blanks();
        if !self.word_follows() {
            return Err(self.error("a word is missing"));
        }
        let subject = self.word()?;
        self.newlines()?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.eat_word("esac") {
                return Ok(Compound::Case { subject, arms });
            }
            let patterns = self.patterns()?;
            let list = self.list()?;
            arms.push((patterns, list));
            let ended = [";;&", ";;", ";&"].into_iter().any(|end| self.cursor.eat(end));
            if !ended && !self.sees_word("esac") {
                return Err(self.error("`;;` is missing"));
            }
        }
    }

    fn patterns(&mut self) -> Result<Vec<Word>> {
        self.cursor.eat("(");
        let mut patterns = Vec::new();
        loop {
            self.blanks();
            if !self.word_follows() {
                return Err(self.error("a pattern is missing"));
            }
            patterns.push(self.word()?);
            self.blanks();
            if self.cursor.eat(")") {
                return Ok(patterns);
            }
            self.expect("|", "`)` is missing")?;
        }
    }

    /// `[[ ... ]]`. What is between the words decides nothing here.
    fn test_command(&mut self) -> Result<Compound> {
        let mut words = Vec::new();
        loop {
            self.newlines()?;
            if self.eat_word("]]") {
                break;
            }
            match self.cursor.peek() {
                None | Some(';') => return Err(self.error("`]]` is missing")),
                Some('(' | ')' | '<' | '>' | '|' | '&') => {
                    self.cursor.next();
                }
                Some(_) => words.push(self.word()?),
            }
        }
        if words.is_empty() {
            return Err(self.error("there is nothing to test"));
        }
        Ok(Compound::Test(words))
    }
}
