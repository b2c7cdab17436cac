//! What a file is: a manifest or a Dockerfile. Its content decides, by the first line that is neither
//! empty nor a comment, and never its name: one name may hold the one today and the other tomorrow.
//!
//! The two can't be mistaken for each other. A manifest is TOML, so that line is a table header or a
//! key with a `=` behind it; a Dockerfile's is an instruction, a word with a blank behind it.

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TOML, or what was meant to be.
    Manifest,
    /// A Dockerfile, or what was meant to be one.
    Dockerfile,
    /// Nothing that can be built from.
    Neither,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Kind {
    /// What a file with this content is.
    pub fn of(text: &[u8]) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let mut instructions = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
        match instructions.next() {
            Some(line) if line.starts_with(b"[") || is_assignment(line) => Kind::Manifest,
            Some(line) if is_instruction(line) => Kind::Dockerfile,
            _ => Kind::Neither,
        }
    }
}

/// A TOML key, of one or several parts, and a `=`.
fn is_assignment(line: &[u8]) -> bool {
    let mut rest = line;
    loop {
        let Some(behind) = behind_key(rest.trim_ascii_start()) else { return false };
        rest = behind.trim_ascii_start();
        match rest {
            [b'=', ..] => return true,
            [b'.', more @ ..] => rest = more,
            _ => return false,
        }
    }
}

/// What stands behind one part of a key: a bare one, or one in quotes.
fn behind_key(text: &[u8]) -> Option<&[u8]> {
    if let Some((quote @ (b'"' | b'\''), inside)) = text.split_first() {
        let end = end_of_quoted(inside, *quote)?;
        return inside.get(end + 1..);
    }
    let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = text.iter().take_while(|byte| is_bare(byte)).count();
    if length == 0 { None } else { text.get(length..) }
}

/// The index of the quote that ends a quoted part.
fn end_of_quoted(inside: &[u8], quote: u8) -> Option<usize> {
    let mut escaped = false;
    inside.iter().position(|byte| {
        let ends = *byte == quote && !escaped;
        escaped = quote == b'"' && *byte == b'\\' && !escaped;
        ends
    })
}

/// A word, and a blank or nothing behind it: known or not is the Dockerfile frontend's to say.
fn is_instruction(line: &[u8]) -> bool {
    let letters = line.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    letters > 0 && line.get(letters).is_none_or(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: impl AsRef<[u8]>, kind: Kind) {
        let text = text.as_ref();
        assert_eq!(Kind::of(text), kind, "{:?}", String::from_utf8_lossy(text));
    }

    #[test]
    fn manifests() {
        for text in [
            "[stage.app]\n",
            "# syntax=x\n\n# about it\n[arg]\n",
            "\u{feff}# syntax=x\r\n\r\n[arg]\r\n",
            "  [[stage.app.layer]]",
            "[stage.app]\rfrom = 'x'\r",
            "[broken",
            "arg.NAME = 1",
            "arg = {}",
            "arg={}",
            "arg . NAME=1",
            "\"quoted \\\" key\" = 1",
            "'literal' . \"quoted\".bare = 1",
            "FROM = 1",
            "1 = 1",
            "a=",
            "a = 'FROM x\n'",
        ] {
            check(text, Kind::Manifest);
        }
    }

    #[test]
    fn dockerfiles() {
        for text in [
            "FROM scratch",
            "from scratch\n",
            "FROM\tscratch\n",
            "FROM",
            "\u{feff}FROM scratch",
            "# escape=`\n# syntax=x\nFROM x `\n AS y\n",
            "#!/usr/bin/env docker build\nFROM x\n",
            "\n  # comment\n \t FROM x\r\n",
            "ARG A=1\nFROM $A\n",
            "ARG a.b=1\nFROM x\n",
            "ARG \\\n A=1\nFROM x\n",
            "RUN <<EOF\n[stage.app]\nEOF\n",
            "COPY <<\"[a]\" /x\na = 1\n[a]\n",
            "FRM x",
            "ENV [a] = 1",
            "FROM x\n[stage.app]\n",
            "ADD [\"a\", \"b\"]",
        ] {
            check(text, Kind::Dockerfile);
        }
        check(b"FROM x\nRUN echo \xff\n", Kind::Dockerfile);
    }

    #[test]
    fn neither() {
        for text in [
            "",
            "\n \t\r\n",
            "\u{feff}",
            "# only a comment",
            "# syntax=x\n# [stage.app]\n# FROM x",
            "{\"syntax\": \"x\"}",
            "// syntax=x\n",
            "<html>",
            "= 1",
            ".a = 1",
            "a. = 1",
            "\"a = 1",
            "a.b.c",
            "FROM: x",
            "stages:\n  - app\n",
            "\u{feff}\u{feff}[stage.app]",
            "\u{202e}FROM x",
            "\0\0",
            "\u{7f}ELF",
        ] {
            check(text, Kind::Neither);
        }
        check(b"\x1f\x8b\x08[a]\n", Kind::Neither);
    }

    #[test]
    fn a_key_without_end_takes_no_long_time() {
        check("a.".repeat(2_000_000), Kind::Neither);
        check("a.".repeat(2_000_000) + "b=", Kind::Manifest);
        check("\"".repeat(2_000_001), Kind::Neither);
    }
}
