//! Modes of files, as chmod(1) takes them: octal, or symbolic.

use crate::diagnostics::codes;
use crate::manifest::model::Mode;
use crate::manifest::reader::Value;
use crate::source::Spanned;

const HELP: &str = "write an octal string, `\"0755\"`, or a symbolic one, `\"u+x\"`";

/// The largest mode: permissions, set-user-id, set-group-id and sticky.
const MOST: u32 = 0o7777;

/// A mode, octal or symbolic.
pub(crate) fn mode(value: Value<'_>) -> Option<Spanned<Mode>> {
    if value.as_integer().is_some() {
        return integer(value).map(|bits| Spanned::new(Mode::Bits(bits), value.span));
    }
    if !value.is_string() {
        return value.wrong_type("a mode (a string)");
    }
    let text = value.text()?;
    let parsed = octal(&text.value).map(Mode::Bits);
    let parsed =
        parsed.or_else(|| is_symbolic(&text.value).then(|| Mode::Symbolic(text.value.clone())));
    if parsed.is_none() {
        let message = format!("`{}` is not a mode: `{}`", value.key, text.value);
        value.report_with_help(&codes::INVALID_MODE, message, HELP);
    }
    parsed.map(|mode| Spanned::new(mode, value.span))
}

/// A mode for something new, where a symbolic mode has nothing to change.
pub(crate) fn mode_bits(value: Value<'_>) -> Option<u32> {
    match mode(value)?.value {
        Mode::Bits(bits) => Some(bits),
        Mode::Symbolic(text) => {
            let message = format!("`{}` must be octal here, not `{text}`", value.key);
            let help = "a symbolic mode changes an existing mode, and this file is new";
            value.report_with_help(&codes::INVALID_MODE, message, help);
            None
        }
    }
}

/// `0o755` is meant; a decimal 755 is not.
fn integer(value: Value<'_>) -> Option<u32> {
    let integer = value.as_integer()?;
    if integer.radix() == 8
        && let Some(bits) = octal(integer.as_str())
    {
        return Some(bits);
    }
    let written = integer.to_string();
    let message = format!("`{}` is the decimal number {written}, not an octal mode", value.key);
    let help = match octal(&written) {
        Some(bits) => format!("write `\"{bits:04o}\"`"),
        None => HELP.to_owned(),
    };
    value.report_with_help(&codes::INVALID_MODE, message, help);
    None
}

fn octal(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    u32::from_str_radix(text, 8).ok().filter(|bits| *bits <= MOST)
}

/// `u+x,go-w`: who, how, what; more than one change of the same who may follow each other.
fn is_symbolic(text: &str) -> bool {
    text.split(',').all(|clause| {
        let changes = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        changes.starts_with(['+', '-', '=']) && changes.chars().all(|c| "+-=rwxXstugo".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_modes() {
        assert_eq!(octal("0755"), Some(0o755));
        assert_eq!(octal("7777"), Some(0o7777));
        for bad in ["", "10000", "8", "+755", "u+x"] {
            assert_eq!(octal(bad), None, "{bad}");
        }
    }

    #[test]
    fn symbolic_modes() {
        for good in ["u+x", "+x", "a=rX", "u+x,go-w", "u=rw-x"] {
            assert!(is_symbolic(good), "{good}");
        }
        for bad in ["", "x", "u", "u+x,", "u+q", "755"] {
            assert!(!is_symbolic(bad), "{bad}");
        }
    }
}
