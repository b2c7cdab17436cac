//! Durations as Go writes them: `30s`, `1m30s`, `1.5h`.

use crate::diagnostics::codes;
use crate::manifest::reader::Value;

const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3600 * 1_000_000_000),
];

/// Docker refuses anything shorter than this, except zero.
const SHORTEST: u64 = 1_000_000;

/// A duration in nanoseconds.
pub(crate) fn duration(value: Value<'_>) -> Option<u64> {
    let text = value.text()?;
    let parsed = parse(&text.value);
    if parsed.is_none() {
        let message = format!("`{}` is not a duration: `{}`", value.key, text.value);
        value.report_with_help(
            &codes::INVALID_DURATION,
            message,
            "write `30s`, `1m30s` or `500ms`",
        );
    }
    let parsed = parsed?;
    if parsed != 0 && parsed < SHORTEST {
        let message = format!("`{}` is shorter than a millisecond", value.key);
        value.report(&codes::INVALID_DURATION, message);
        return None;
    }
    Some(parsed)
}

fn parse(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, *nanos)?)?;
        rest = after;
    }
    (!text.is_empty() && i64::try_from(total).is_ok()).then_some(total)
}

fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let mut total = whole.checked_mul(unit)?;
    let mut unit = unit;
    for digit in fraction.chars() {
        unit /= 10;
        total = total.checked_add(u64::from(digit.to_digit(10)?).checked_mul(unit)?)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations() {
        let check = |text, expected| assert_eq!(parse(text), expected, "{text}");
        check("0", Some(0));
        check("30s", Some(30_000_000_000));
        check("1m30s", Some(90_000_000_000));
        check("1.5h", Some(5_400_000_000_000));
        check("500ms", Some(500_000_000));
        check("1us", Some(1_000));
        for bad in ["", "30", "s", "1x", "-1s", "1.2.3s", "1s ", "99999999999h", ".s"] {
            check(bad, None);
        }
    }
}
