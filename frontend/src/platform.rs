//! Platforms by containerd's rules: parsing, normalising, formatting. A [`Platform`] in strake is
//! always normalised, so that two spellings of one platform (`aarch64`, `linux/arm64/v8`) are equal
//! and have the same id in a result.

use serde::{Deserialize, Serialize};
use strake_proto::pb;

/// Operating systems that a specifier of one word may name; other words are architectures.
const OPERATING_SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

/// Architectures that a specifier of one word may name.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// A platform, normalised: `linux/amd64`, `linux/arm/v7`. As JSON it is the image specification's
/// platform object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// Architecture, by Go's names.
    pub architecture: String,
    /// By Go's names, such as `linux`.
    pub os: String,
    /// Version of the operating system; only Windows has one.
    #[serde(rename = "os.version", skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// Features of the operating system; only Windows has them.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// Variant of the architecture; empty where the architecture has a usual one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

/// Why a text names no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// A part holds characters that no platform has.
    #[error("`{0}` is not the name of an operating system, architecture or variant")]
    BadPart(String),
    /// One word, and neither an operating system nor an architecture.
    #[error("`{0}` is neither an operating system nor an architecture")]
    Unknown(String),
    #[error("`{0}` has more parts than os/architecture/variant")]
    TooManyParts(String),
}

impl Platform {
    /// A platform of an operating system and an architecture, normalised.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        let (architecture, variant) = normalise_architecture(architecture, variant);
        Platform { os: normalise_os(os), architecture, variant, ..Platform::default() }
    }

    /// The platform that this program runs on: BuildKit's own default for what nothing is said of.
    pub fn of_this_process() -> Self {
        Platform::new(std::env::consts::OS, std::env::consts::ARCH, "")
    }

    /// Parses `os[(version+feature)]/architecture[/variant]`, `os` or `architecture`; what is not
    /// said is taken from [`Platform::of_this_process`].
    ///
    /// # Errors
    /// Says which part names nothing.
    pub fn parse(specifier: &str) -> Result<Self, PlatformError> {
        let parts: Vec<&str> = specifier.split('/').collect();
        for part in &parts[1..] {
            check_part(part)?;
        }
        let mut platform = parse_os(parts[0])?;
        match parts[1..] {
            [] => return parse_one_word(parts[0], platform),
            [architecture] => platform.set_architecture(architecture, ""),
            [architecture, variant] => platform.set_architecture(architecture, variant),
            _ => return Err(PlatformError::TooManyParts(specifier.to_owned())),
        }
        Ok(platform)
    }

    /// The id of this platform in a result, with version and features of the operating system:
    /// containerd's `FormatAll`.
    pub fn id(&self) -> String {
        if self.os.is_empty() {
            return "unknown".to_owned();
        }
        let features: Vec<String> = self.os_features.iter().map(|f| escape(f)).collect();
        let mut id = self.os.clone();
        if !self.os_version.is_empty() || !features.is_empty() {
            let plus = if features.is_empty() { "" } else { "+" };
            id += &format!("({}{plus}{})", escape(&self.os_version), features.join("+"));
        }
        self.append_architecture(id)
    }

    fn set_architecture(&mut self, architecture: &str, variant: &str) {
        (self.architecture, self.variant) = normalise_architecture(architecture, variant);
    }

    fn append_architecture(&self, mut text: String) -> String {
        for part in [&self.architecture, &self.variant] {
            if !part.is_empty() {
                text.push('/');
                text += part;
            }
        }
        text
    }
}

/// `os/architecture[/variant]`, as it is shown.
impl std::fmt::Display for Platform {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let os = if self.os.is_empty() { "unknown" } else { &self.os };
        out.write_str(&self.append_architecture(os.to_owned()))
    }
}

impl From<&Platform> for pb::Platform {
    fn from(platform: &Platform) -> Self {
        pb::Platform {
            architecture: platform.architecture.clone(),
            os: platform.os.clone(),
            variant: platform.variant.clone(),
            os_version: platform.os_version.clone(),
            os_features: platform.os_features.clone(),
        }
    }
}

impl From<&pb::Platform> for Platform {
    fn from(platform: &pb::Platform) -> Self {
        let mut normalised = Platform::new(&platform.os, &platform.architecture, &platform.variant);
        normalised.os_version.clone_from(&platform.os_version);
        normalised.os_features.clone_from(&platform.os_features);
        normalised.os_features.sort();
        normalised.os_features.dedup();
        normalised
    }
}

fn parse_one_word(word: &str, platform: Platform) -> Result<Platform, PlatformError> {
    let here = Platform::of_this_process();
    if OPERATING_SYSTEMS.contains(&platform.os.as_str()) {
        return Ok(Platform { architecture: here.architecture, variant: here.variant, ..platform });
    }
    let candidate = Platform::new(&here.os, word, "");
    if ARCHITECTURES.contains(&candidate.architecture.as_str()) {
        return Ok(candidate);
    }
    Err(PlatformError::Unknown(word.to_owned()))
}

fn parse_os(part: &str) -> Result<Platform, PlatformError> {
    let bad = || PlatformError::BadPart(part.to_owned());
    let (os, options) = match part.split_once('(') {
        Some((os, rest)) => (os, rest.strip_suffix(')').ok_or_else(bad)?),
        None => (part, ""),
    };
    let name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if os.is_empty() || !os.bytes().all(name) {
        return Err(bad());
    }
    let option = |b: u8| name(b) || matches!(b, b'.' | b'%' | b'+');
    if !options.bytes().all(option) {
        return Err(bad());
    }
    let mut words = options.split('+').map(|word| unescape(word).ok_or_else(bad));
    let os_version = words.next().transpose()?.unwrap_or_default();
    let mut os_features = words.collect::<Result<Vec<String>, _>>()?;
    if os_features.iter().any(String::is_empty) {
        return Err(bad());
    }
    os_features.sort();
    os_features.dedup();
    Ok(Platform { os: normalise_os(os), os_version, os_features, ..Platform::default() })
}

fn check_part(part: &str) -> Result<(), PlatformError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if part.is_empty() || !part.bytes().all(allowed) {
        return Err(PlatformError::BadPart(part.to_owned()));
    }
    Ok(())
}

fn normalise_os(os: &str) -> String {
    match os.to_ascii_lowercase().as_str() {
        "" => std::env::consts::OS.to_owned(),
        "macos" => "darwin".to_owned(),
        other => other.to_owned(),
    }
}

/// Go's name of an architecture, and its variant where it is not the usual one.
fn normalise_architecture(architecture: &str, variant: &str) -> (String, String) {
    let architecture = architecture.to_ascii_lowercase();
    let variant = variant.to_ascii_lowercase();
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386" | "x86", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        ("loongarch64", variant) => ("loong64", variant),
        ("powerpc64le", variant) => ("ppc64le", variant),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}

fn escape(option: &str) -> String {
    let mut escaped = String::with_capacity(option.len());
    for character in option.chars() {
        match character {
            '%' => escaped += "%25",
            '+' => escaped += "%2B",
            '(' => escaped += "%28",
            ')' => escaped += "%29",
            '/' => escaped += "%2F",
            other => escaped.push(other),
        }
    }
    escaped
}

/// Nothing where it is not escaped as [`escape`] does it: what else could be written so (a control character, say)
/// names no version and no feature.
fn unescape(option: &str) -> Option<String> {
    let option = crate::text::percent_decode(option)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-%+()/".contains(&b);
    option.bytes().all(allowed).then_some(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_normalised() {
        let here = Platform::of_this_process();
        let cases = [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/x86-64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v2", "linux/amd64/v2"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/8", "linux/arm64"),
            ("linux/arm64/v9.0", "linux/arm64/v9"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("linux/arm/5", "linux/arm/v5"),
            ("linux/i386", "linux/386"),
            ("macos/arm64", "darwin/arm64"),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"),
            ("windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64"),
            ("windows(+b+a+b)/amd64", "windows(+a+b)/amd64"),
            ("windows(10.0%2B1)/amd64", "windows(10.0%2B1)/amd64"),
            ("linux/unheard-of", "linux/unheard-of"),
        ];
        for (specifier, id) in cases {
            let platform = Platform::parse(specifier).unwrap();
            assert_eq!(platform.id(), id, "{specifier}");
            assert_eq!(Platform::from(&pb::Platform::from(&platform)), platform, "{specifier}");
        }
        assert_eq!(Platform::parse("aarch64").unwrap(), Platform::new(&here.os, "arm64", ""));
        assert_eq!(Platform::parse("arm").unwrap(), Platform::new(&here.os, "arm", "v7"));
        assert_eq!(
            Platform::parse("windows").unwrap(),
            Platform::new("windows", &here.architecture, "")
        );
    }

    #[test]
    fn what_is_no_platform_is_reported() {
        let cases = [
            ("", "`` is not the name of an operating system, architecture or variant"),
            ("linux/", "`` is not the name of an operating system, architecture or variant"),
            ("linux/*", "`*` is not the name of an operating system, architecture or variant"),
            (
                "linux amd64",
                "`linux amd64` is not the name of an operating system, architecture or variant",
            ),
            (
                "windows(1/amd64",
                "`windows(1` is not the name of an operating system, architecture or variant",
            ),
            (
                "windows(1+)/amd64",
                "`windows(1+)` is not the name of an operating system, architecture or variant",
            ),
            (
                "windows(%1B)/amd64",
                "`windows(%1B)` is not the name of an operating system, architecture or variant",
            ),
            (
                "windows(1+%zz)/amd64",
                "`windows(1+%zz)` is not the name of an operating system, architecture or variant",
            ),
            ("vax", "`vax` is neither an operating system nor an architecture"),
            ("linux/arm/v7/x", "`linux/arm/v7/x` has more parts than os/architecture/variant"),
        ];
        for (specifier, message) in cases {
            assert_eq!(Platform::parse(specifier).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn json_is_the_image_specifications() {
        let check = |specifier, json| {
            let platform = Platform::parse(specifier).unwrap();
            assert_eq!(serde_json::to_string(&platform).unwrap(), json);
            assert_eq!(serde_json::from_str::<Platform>(json).unwrap(), platform);
        };
        check("linux/amd64", r#"{"architecture":"amd64","os":"linux"}"#);
        check("linux/arm/v7", r#"{"architecture":"arm","os":"linux","variant":"v7"}"#);
        check(
            "windows(10.0.17763+win32k)/amd64",
            r#"{"architecture":"amd64","os":"windows","os.version":"10.0.17763","os.features":["win32k"]}"#,
        );
        assert_eq!(Platform::new("linux", "arm", "").to_string(), "linux/arm/v7");
    }
}
