//! Sizes in bytes: `64MiB`, `1g`; every unit is a power of 1024, as docker has it.

use crate::diagnostics::codes;
use crate::manifest::reader::Value;

/// A size in bytes, as a string with a unit or as a whole number.
pub(crate) fn size(value: Value<'_>) -> Option<u64> {
    if value.as_integer().is_some() {
        return value.number(i64::MAX.unsigned_abs());
    }
    if !value.is_string() {
        return value.wrong_type("a size (a string or an integer)");
    }
    let text = value.text()?;
    let parsed = parse(&text.value);
    if parsed.is_none() {
        let message = format!("`{}` is not a size: `{}`", value.key, text.value);
        value.report_with_help(&codes::INVALID_SIZE, message, "write `64MiB`, `1g` or bytes");
    }
    parsed
}

fn parse(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let power = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return None,
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power))?;
    i64::try_from(bytes).is_ok().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes() {
        let check = |text, expected| assert_eq!(parse(text), expected, "{text}");
        check("100", Some(100));
        check("64MiB", Some(64 << 20));
        check("1g", Some(1 << 30));
        check("2KB", Some(2048));
        for bad in ["", "MiB", "1.5g", "1 g", "-1", "99999999999t", "1x"] {
            check(bad, None);
        }
    }
}
