//! The machine's apt sources: which mirror it uses, so that what we download and the images we make
//! use the same one. Both of apt's formats are read, as far as Debian's own archives go.

use std::fs;
use std::path::PathBuf;

/// The keys of Debian's archives, in every Debian and in the images made from it.
pub(crate) const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// One archive: an address and the suites taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) uri: String,
    /// Suites, such as `bookworm` and `bookworm-updates`.
    pub(crate) suites: Vec<String>,
    /// Components, such as `main`.
    pub(crate) components: Vec<String>,
}

/// The address of Debian's main archive that the machine uses; `None` when it is no Debian.
pub(crate) fn mirror() -> Option<String> {
    let codename = codename()?;
    debian(&codename).into_iter().find(|source| source.suites.contains(&codename)).map(|s| s.uri)
}

/// The machine's archives of its own release and of that release's updates.
pub(crate) fn debian(codename: &str) -> Vec<Source> {
    let mut files: Vec<PathBuf> = vec!["/etc/apt/sources.list".into()];
    let mut parts: Vec<PathBuf> = fs::read_dir("/etc/apt/sources.list.d")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    parts.sort();
    files.extend(parts);
    let mut sources = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(one_line(&text)),
            Some("sources") => sources.extend(stanzas(&text)),
            _ => {}
        }
    }
    let ours = |suite: &String| suite.split('-').next() == Some(codename);
    sources.retain(|source| source.suites.iter().any(ours));
    sources
}

/// The release's name, when the machine is a Debian.
pub(crate) fn codename() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim_matches('"').to_owned())
    };
    (value("ID")? == "debian").then(|| value("VERSION_CODENAME")).flatten()
}

/// `deb [options] URI SUITE COMPONENT...`
fn one_line(text: &str) -> Vec<Source> {
    let entry = |line: &str| {
        let mut rest = line.trim().strip_prefix("deb ")?.trim_start();
        if let Some(options) = rest.strip_prefix('[') {
            rest = options.split_once(']')?.1;
        }
        let mut words = rest.split_whitespace().map(str::to_owned);
        let (uri, suite) = (words.next()?, words.next()?);
        Some(Source { uri, suites: vec![suite], components: words.collect() })
    };
    text.lines().filter_map(entry).collect()
}

/// Deb822: paragraphs of `Key: values`, with continuation lines.
fn stanzas(text: &str) -> Vec<Source> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.trim().is_empty()).flat_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Vec<Source> {
    let values = |wanted: &str| -> Vec<String> {
        let mut key = "";
        let mut found = Vec::new();
        for line in lines {
            let mut rest = *line;
            if !line.starts_with([' ', '\t']) {
                let Some((name, value)) = line.split_once(':') else { continue };
                (key, rest) = (name, value);
            }
            if key.eq_ignore_ascii_case(wanted) {
                found.extend(rest.split_whitespace().map(str::to_owned));
            }
        }
        found
    };
    let off = values("Enabled").iter().any(|value| value.eq_ignore_ascii_case("no"));
    if off || !values("Types").iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let (suites, components) = (values("Suites"), values("Components"));
    values("URIs")
        .into_iter()
        .map(|uri| Source { uri, suites: suites.clone(), components: components.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uri: &str, suites: &[&str]) -> Source {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Source { uri: uri.to_owned(), suites: owned(suites), components: owned(&["main"]) }
    }

    #[test]
    fn one_line_sources() {
        let text = "# comment\n\
                    deb [signed-by=/k arch=amd64] http://mirror.example/debian bookworm main\n\
                    deb-src http://mirror.example/debian bookworm main\n";
        assert_eq!(one_line(text), [source("http://mirror.example/debian", &["bookworm"])]);
    }

    #[test]
    fn deb822_sources() {
        let text = "Types: deb\n# a comment inside\nURIs: http://mirror.example/debian\n\
                    Suites: bookworm\n bookworm-updates\nComponents: main\n\n\
                    Types: deb\nEnabled: no\nURIs: http://off.example\nSuites: bookworm\n\n\
                    Types: deb-src\nURIs: http://source.example\nSuites: bookworm\n";
        assert_eq!(
            stanzas(text),
            [source("http://mirror.example/debian", &["bookworm", "bookworm-updates"])]
        );
    }
}
