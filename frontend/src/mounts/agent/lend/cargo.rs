//! cargo's home: <https://doc.rust-lang.org/cargo/guide/cargo-home.html>

use std::env::var_os;
use std::path::{Path, PathBuf};

use super::super::restore::name_of;
use super::super::sys;
use super::super::tree::Time;
use super::{Archive, changed, stays_inside};

/// Where archives are in it, in a directory for each registry.
const ARCHIVES: &str = "registry/cache";
/// Where they are unpacked, likewise.
const SOURCES: &str = "registry/src";

/// Where it is, twice: what is fetched has no directory of its own.
pub(super) fn directories() -> Option<(PathBuf, PathBuf)> {
    let set = |name: &str| var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = set("CARGO_HOME").or_else(|| Some(set("HOME")?.join(".cargo")));
    directory.filter(|path| path.is_absolute()).map(|directory| (directory.clone(), directory))
}

/// The directories of registries that a mount has something of. How they are called depends on
/// cargo's version.
pub(super) fn registries(archives: &Path) -> Vec<PathBuf> {
    let names = sys::names_in(&archives.join(ARCHIVES)).unwrap_or_default();
    names.iter().map(|name| name_of(name.to_bytes()).to_owned()).collect()
}

/// What a `Cargo.lock` names: `NAME-VERSION DIGEST`. cargo writes the file, and always in this form.
pub(super) fn names(text: &str) -> impl Iterator<Item = String> {
    text.split("[[package]]").skip(1).filter_map(|package| {
        let (name, version) = (value(package, "name")?, value(package, "version")?);
        Some(format!("{name}-{version} {}", value(package, "checksum")?))
    })
}

/// A named archive in each of the registries' directories.
pub(super) fn archives(name: &str, registries: &[PathBuf], all: &mut Vec<Archive>) {
    let Some((name, digest)) = name.rsplit_once(' ') else { return };
    for registry in registries {
        let path = Path::new(ARCHIVES).join(registry).join(format!("{name}.crate"));
        let unpacked = Path::new(SOURCES).join(registry).join(name);
        if stays_inside(&path) && stays_inside(&unpacked) {
            all.push(Archive { path, digest: digest.to_owned(), unpacked });
        }
    }
}

fn value<'a>(package: &'a str, key: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
    package.lines().find_map(value)
}

/// Archives that have changed.
pub(super) fn found(directory: &Path, since: Time) -> Vec<PathBuf> {
    changed(directory, ARCHIVES, ".crate", since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_lock_names_archives() {
        let text = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
                    dependencies = [\n \"a\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0+b\"\n\
                    source = \"registry+https://example.com\"\nchecksum = \"ff\"\n\n\
                    [[package]]\nname = \"../b\"\nversion = \"1\"\nchecksum = \"ee\"\n";
        let mut found = Vec::new();
        names(text).for_each(|name| archives(&name, &["r-1".into()], &mut found));
        let [archive] = found.try_into().unwrap();
        assert_eq!(archive.path, Path::new("registry/cache/r-1/a-1.0.0+b.crate"));
        assert_eq!(archive.unpacked, Path::new("registry/src/r-1/a-1.0.0+b"));
        assert_eq!(archive.digest, "ff");
    }
}
