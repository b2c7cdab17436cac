//! Go's module cache: <https://go.dev/ref/mod#module-cache>

use std::env::{var, var_os};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::sys;
use super::super::tree::Time;
use super::{Archive, changed, copy, stays_inside};

/// Where archives are in it.
const DOWNLOADS: &str = "cache/download";
/// The largest note, in bytes.
const LARGEST: usize = 1 << 10;

/// The home of all that Go fetches and installs, and where the cache is: `go help environment`.
pub(super) fn directories() -> Option<(PathBuf, PathBuf)> {
    let set = |name: &str| var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let first = || var("GOPATH").ok()?.split(':').find(|path| !path.is_empty()).map(PathBuf::from);
    let path = || first().or_else(|| Some(set("HOME")?.join("go")));
    let cache = set("GOMODCACHE").map(|cache| (cache.clone(), cache));
    let both = cache.or_else(|| path().map(|path| (path.clone(), path.join("pkg/mod"))));
    both.filter(|(_, cache)| cache.is_absolute())
}

/// What a line of a `go.sum` names, by module, version and digest; that of a `go.mod` alone is no archive.
pub(super) fn archive(line: &str) -> Option<Archive> {
    let mut words = line.split_ascii_whitespace();
    let (module, version, digest) = (words.next()?, words.next()?, words.next()?);
    if version.ends_with("/go.mod") || !digest.starts_with("h1:") {
        return None;
    }
    let (module, version) = (escaped(module), escaped(version));
    let path = PathBuf::from(format!("{DOWNLOADS}/{module}/@v/{version}.zip"));
    let unpacked = PathBuf::from(format!("{module}@{version}"));
    let is_good = stays_inside(&path) && stays_inside(&unpacked);
    is_good.then(|| Archive { path, digest: digest.to_owned(), unpacked })
}

/// Capital letters as Go writes them for file systems that know none (`module.EscapePath`).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(character.to_ascii_lowercase());
    }
    escaped
}

/// The file in which Go has the digest of an archive.
pub(super) fn hash_beside(archive: &Path) -> Option<PathBuf> {
    (archive.extension()? == "zip").then(|| archive.with_extension("ziphash"))
}

/// Archives that have changed.
pub(super) fn found(directory: &Path, since: Time) -> Vec<PathBuf> {
    changed(directory, DOWNLOADS, ".zip", since)
}

/// What is said of an archive in a mount. Go's digest is that of what is in the archive, and was compared by Go; to
/// compute it here would take unpacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The digest in Go's form; empty where locks name the other one.
    pub(super) named: String,
    /// The digest of the bytes.
    pub(super) digest: String,
}

impl Note {
    pub(super) fn read(archive: &Path) -> Option<Self> {
        let bytes = sys::read_file(&note_of(archive), LARGEST).ok()??;
        let text = String::from_utf8(bytes).ok()?;
        let (named, digest) = text.strip_suffix('\n')?.split_once(' ')?;
        Some(Note { named: named.to_owned(), digest: digest.to_owned() })
    }

    fn write(&self, archive: &Path) -> Result<(), Failure> {
        let text = format!("{} {}\n", self.named, self.digest);
        copy::replace_with(text.as_bytes(), &note_of(archive))
    }
}

fn note_of(archive: &Path) -> PathBuf {
    archive.with_extension("zip.note")
}

/// Copies an archive that Go has compared, and says so beside it.
pub(super) fn take(from: &Path, to: &Path) -> Result<(), Failure> {
    let hash = hash_beside(from).and_then(|path| sys::read_file(&path, LARGEST).ok()?);
    let Some(named) = hash.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Ok(()) };
    let named = named.trim().to_owned();
    if Note::read(to).is_some_and(|note| note.named == named) && to.is_file() {
        return Ok(());
    }
    let digest = copy::replace(from, to)?;
    Note { named, digest }.write(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_go_sum_names_archives() {
        let text = "github.com/BurntSushi/toml v1.2.0-RC h1:a=\n\
                    github.com/BurntSushi/toml v1.2.0-RC/go.mod h1:b=\n\
                    ../../etc v1 h1:c=\n/x v1 h1:d=\na v1 h2:e=\nshort\n\n";
        let found: Vec<Archive> = text.lines().filter_map(archive).collect();
        let [toml] = found.try_into().unwrap();
        let path = "cache/download/github.com/!burnt!sushi/toml/@v/v1.2.0-!r!c.zip";
        assert_eq!(toml.path, Path::new(path));
        assert_eq!(toml.unpacked, Path::new("github.com/!burnt!sushi/toml@v1.2.0-!r!c"));
        assert_eq!(toml.digest, "h1:a=");
    }
}
