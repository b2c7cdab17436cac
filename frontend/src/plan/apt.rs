//! The command of `apt`: a script that strake brings along (`apt/install.sh`), its arguments, and the
//! files that it reads. Pure.

use strake_llb::digest;

use super::MountKind;
use crate::manifest::model::{Apt, AptKey, AptSource};
use crate::select::SourceRef;
use crate::source::Span;

/// The script, and where it stands while it runs.
const INSTALL: (&str, &str) = ("/dev/strake/apt.sh", include_str!("apt/install.sh"));

/// Where the script looks for sources: `NAME.sources`, `NAME.key`.
const SOURCES: &str = "/dev/strake/sources";

/// What a step of `apt` needs besides its cache.
pub(super) struct AptStep {
    pub(super) args: Vec<String>,
    /// Files by their places, and where they were asked for.
    pub(super) files: Vec<(String, MountKind, Span)>,
}

/// The step. With an epoch (seconds since 1970), what it changes carries that time. Packages are
/// arguments of the script and no part of it: versions and patterns (`jq=1.*`) are apt's business and
/// not the shell's.
pub(super) fn step(apt: &Apt, epoch: Option<i64>, span: Span) -> AptStep {
    let mut args = vec!["/bin/sh".to_owned(), INSTALL.0.to_owned()];
    let mut files = vec![(INSTALL.0.to_owned(), inline(INSTALL.1), span)];
    if let Some(epoch) = epoch {
        args.extend(["--epoch".to_owned(), epoch.to_string()]);
    }
    if apt.recommends {
        args.push("--recommends".to_owned());
    }
    if let Some(snapshot) = &apt.snapshot {
        let mirror = snapshot.mirror.clone().unwrap_or_default();
        args.extend(["--snapshot".to_owned(), snapshot.time.clone(), mirror]);
    }
    for source in &apt.sources {
        let name = name(source);
        let flag = if source.keep { "--source" } else { "--passing-source" };
        let place = format!("{SOURCES}/{name}");
        files.push((format!("{place}.sources"), inline(&stanza(source)), source.uri.span));
        files.extend(source.key.as_ref().map(|key| key_file(key, format!("{place}.key"))));
        args.extend([flag.to_owned(), name]);
    }
    args.push("--".to_owned());
    args.extend(apt.packages.iter().map(|package| package.value.clone()));
    AptStep { args, files }
}

fn inline(content: &str) -> MountKind {
    MountKind::Inline { content: content.as_bytes().to_vec(), mode: 0o644 }
}

fn key_file(key: &AptKey, place: String) -> (String, MountKind, Span) {
    match key {
        AptKey::Inline(text) => (place, inline(&text.value), text.span),
        AptKey::Context(path) => {
            let source = crate::paths::join("/", &path.value);
            let bind = MountKind::Bind { from: SourceRef::MainContext, source, writable: false };
            (place, bind, path.span)
        }
        AptKey::Url { url, checksum } => {
            let (span, url, checksum) = (url.span, url.value.clone(), checksum.clone());
            (place, MountKind::Download { url, checksum, span }, span)
        }
    }
}

/// The fields of sources.list(5), but for the key: its form is only known in the step.
fn stanza(source: &AptSource) -> String {
    let (uri, suites) = (&source.uri.value, source.suites.join(" "));
    let components = match source.components.join(" ") {
        none if none.is_empty() => none,
        some => format!("Components: {some}\n"),
    };
    format!("Types: deb\nURIs: {uri}\nSuites: {suites}\n{components}")
}

/// The host, and a word that tells sources of one host apart. apt takes no file whose name has other
/// characters than these.
fn name(source: &AptSource) -> String {
    let uri = source.uri.value.as_str();
    let host = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let host: String = host.chars().take(100).map(|c| if good(c) { c } else { '-' }).collect();
    let digest = digest(stanza(source).as_bytes()).to_string();
    let word: String = digest.chars().skip("sha256:".len()).take(8).collect();
    format!("{host}-{word}")
}

#[cfg(test)]
mod tests;
