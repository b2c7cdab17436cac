//! Ports that a container listens on: `8080`, `8080/udp`, `8000-8010`.

use std::collections::BTreeSet;

use crate::diagnostics::codes;
use crate::manifest::reader::Value;

/// A list of ports, each as `NUMBER/PROTOCOL`, ranges written out, nothing twice.
pub(crate) fn ports(value: Value<'_>) -> Option<Vec<String>> {
    let mut all = BTreeSet::new();
    for item in value.items()? {
        let Some(text) = written(item) else { continue };
        match parse(&text) {
            Some((first, last, protocol)) => {
                all.extend((first..=last).map(|port| (port, protocol)));
            }
            None => item.report_with_help(
                &codes::INVALID_PORT,
                format!("`{text}` is not a port"),
                "write `8080`, `8080/udp` or `8000-8010`, from 1 to 65535",
            ),
        }
    }
    Some(all.into_iter().map(|(port, protocol)| format!("{port}/{protocol}")).collect())
}

fn written(item: Value<'_>) -> Option<String> {
    match item.as_integer() {
        Some(integer) => Some(integer.to_string()),
        None if item.is_string() => item.text().map(|text| text.value),
        None => item.wrong_type("an array of ports (strings or integers)"),
    }
}

fn parse(text: &str) -> Option<(u16, u16, &'static str)> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = ["tcp", "udp", "sctp"].into_iter().find(|known| *known == protocol)?;
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|port| *port > 0 && digits)
    };
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last, protocol))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ports() {
        let check = |text, expected| assert_eq!(parse(text), expected, "{text}");
        check("8080", Some((8080, 8080, "tcp")));
        check("53/udp", Some((53, 53, "udp")));
        check("8000-8010/sctp", Some((8000, 8010, "sctp")));
        for bad in ["", "0", "65536", "http", "80/", "80/icmp", "9-8", "1-", "+80", "80:80"] {
            check(bad, None);
        }
    }
}
