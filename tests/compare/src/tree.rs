//! The files of a result with everything that an archive tells of them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};

use anyhow::{Context, Result, ensure};

/// What an archive is made of.
const BLOCK: usize = 512;
/// The name of an entry's extended attributes begins so.
const ATTRIBUTE: &str = "SCHILY.xattr.";
/// The most that may stand beside a header: names and attributes.
const LONGEST_HEADER: u64 = 16 << 20;
/// Nobody's clock says so: a step that leaves such a time has set it (1 January 2015).
const LONG_AGO: u64 = 1_420_070_400;

/// A file, a directory, a link or a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As tar has it: `0` file, `1` hard link, `2` symbolic link, `5` directory, ...
    kind: char,
    mode: u64,
    owner: (u64, u64),
    size: u64,
    /// Major and minor number of a device.
    numbers: (u64, u64),
    link: String,
    /// Extended attributes, by name.
    attributes: BTreeMap<String, Vec<u8>>,
    content: u64,
    /// Seconds since 1970, where a step has set it: a date long ago.
    time: Option<u64>,
}

impl Entry {
    /// What differs, in words.
    pub fn difference(&self, other: &Entry) -> String {
        let parts = [
            (self.kind != other.kind).then(|| format!("kind {} and {}", self.kind, other.kind)),
            (self.mode != other.mode).then(|| format!("mode {:o} and {:o}", self.mode, other.mode)),
            (self.owner != other.owner)
                .then(|| format!("owner {:?} and {:?}", self.owner, other.owner)),
            (self.size != other.size).then(|| format!("size {} and {}", self.size, other.size)),
            (self.numbers != other.numbers).then(|| "device".to_owned()),
            (self.link != other.link).then(|| format!("link {:?} and {:?}", self.link, other.link)),
            (self.attributes != other.attributes).then(|| {
                let names = |of: &Entry| of.attributes.keys().cloned().collect::<Vec<_>>();
                format!("attributes {:?} and {:?}", names(self), names(other))
            }),
            (self.size == other.size && self.content != other.content)
                .then(|| "content".to_owned()),
            (self.time != other.time).then(|| format!("time {:?} and {:?}", self.time, other.time)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// What is in an archive, by path.
pub fn read(mut archive: impl Read) -> Result<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    let mut more: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut header = [0; BLOCK];
    while archive.read_exact(&mut header).is_ok() && header.first() != Some(&0) {
        let size = match more.get("size") {
            Some(size) => decimal(size)?,
            None => number(field(&header, 124, 12)),
        };
        match header.get(156) {
            Some(b'x') => {
                ensure!(size <= LONGEST_HEADER, "a header of {size} bytes");
                let mut content = Vec::new();
                archive.by_ref().take(size).read_to_end(&mut content)?;
                more.append(&mut records(&content)?);
            }
            Some(b'g') => _ = content_of(&mut archive, size)?,
            _ => {
                let content = content_of(&mut archive, size)?;
                let (path, entry) = entry(&header, size, content, std::mem::take(&mut more))?;
                entries.insert(path.trim_matches('/').to_owned(), entry);
            }
        }
        let filling = size.next_multiple_of(BLOCK as u64) - size;
        io::copy(&mut archive.by_ref().take(filling), &mut io::sink())?;
    }
    Ok(entries)
}

/// A hash of the next bytes.
fn content_of(archive: &mut impl Read, size: u64) -> Result<u64> {
    struct Hashing(DefaultHasher);
    impl io::Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(DefaultHasher::new());
    let copied = io::copy(&mut archive.take(size), &mut hashing)?;
    ensure!(copied == size, "the archive ends in a file");
    Ok(hashing.0.finish())
}

fn entry(
    header: &[u8; BLOCK],
    size: u64,
    content: u64,
    mut more: BTreeMap<String, Vec<u8>>,
) -> Result<(String, Entry)> {
    let mut said = |key: &str| more.remove(key).map(|value| text(&value));
    let path = said("path").unwrap_or_else(|| match text(field(header, 345, 155)) {
        prefix if prefix.is_empty() => text(field(header, 0, 100)),
        prefix => format!("{prefix}/{}", text(field(header, 0, 100))),
    });
    let link = said("linkpath").unwrap_or_else(|| text(field(header, 157, 100)));
    let mut numeric = |key: &str, at: usize, length: usize| match said(key) {
        // Times may have a fraction.
        Some(value) => decimal(value.split('.').next().unwrap_or_default().as_bytes()),
        None => Ok(number(field(header, at, length))),
    };
    let owner = (numeric("uid", 108, 8)?, numeric("gid", 116, 8)?);
    let time = numeric("mtime", 136, 12)?;
    let entry = Entry {
        kind: header.get(156).copied().map_or('0', char::from),
        mode: number(field(header, 100, 8)),
        owner,
        size,
        numbers: (number(field(header, 329, 8)), number(field(header, 337, 8))),
        link,
        attributes: more.into_iter().filter(|(key, _)| key.starts_with(ATTRIBUTE)).collect(),
        content,
        time: (time < LONG_AGO).then_some(time),
    };
    Ok((path, entry))
}

/// `LENGTH KEY=VALUE\n`, one after the other.
fn records(mut bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut records = BTreeMap::new();
    while let Some(blank) = bytes.iter().position(|byte| *byte == b' ') {
        let (digits, _) = bytes.split_at(blank);
        let length = usize::try_from(decimal(digits)?)?;
        let record = bytes.get(blank + 1..length.saturating_sub(1)).context("a record too long")?;
        let sign = record.iter().position(|byte| *byte == b'=').context("a record has no value")?;
        let (key, value) = record.split_at(sign);
        records.insert(text(key), value.get(1..).unwrap_or_default().to_vec());
        bytes = bytes.get(length..).unwrap_or_default();
    }
    Ok(records)
}

fn field(header: &[u8; BLOCK], at: usize, length: usize) -> &[u8] {
    header.get(at..at + length).unwrap_or_default()
}

/// Octal, or binary where the first bit is set.
fn number(field: &[u8]) -> u64 {
    match field {
        [first, rest @ ..] if first & 0x80 != 0 => {
            rest.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        }
        _ => u64::from_str_radix(text(field).trim(), 8).unwrap_or_default(),
    }
}

fn decimal(digits: &[u8]) -> Result<u64> {
    text(digits).parse().context("no number in the archive")
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    /// What tar packs of a directory with one of each.
    fn packed(content: &str, mode: u32, target: &str) -> BTreeMap<String, Entry> {
        let directory = tempfile::TempDir::new().unwrap();
        let path = |name: &str| directory.path().join(name);
        let long = path(&"long".repeat(40));
        fs::write(path("file"), content).unwrap();
        fs::set_permissions(path("file"), fs::Permissions::from_mode(mode)).unwrap();
        fs::hard_link(path("file"), path("hard")).unwrap();
        symlink(target, path("soft")).unwrap();
        fs::write(long, "x".repeat(70_000)).unwrap();
        let mut tar = Command::new("tar");
        tar.args(["--format=pax", "--numeric-owner", "--sort=name", "-C"]).arg(directory.path());
        let archive = tar.args(["-cf-", "."]).output().unwrap().stdout;
        read(&archive[..]).unwrap()
    }

    #[test]
    fn an_archive_is_read_with_all_that_it_tells() {
        let one = packed("abc", 0o640, "file");
        assert_eq!(one.len(), 5, "{:?}", one.keys());
        let long = one.get(&format!("./{}", "long".repeat(40))).unwrap();
        assert_eq!((long.kind, long.size), ('0', 70_000));
        let hard = one.get("./hard").unwrap();
        assert_eq!((hard.kind, hard.link.as_str()), ('1', "./file"));
        assert_eq!(packed("abc", 0o640, "file").get("./file"), one.get("./file"));
        let two = packed("abd", 0o755, "other");
        let difference = |name: &str| one[name].difference(&two[name]);
        assert_eq!(difference("./file"), "mode 640 and 755, content");
        assert_eq!(difference("./soft"), "link \"file\" and \"other\"");
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let mut header = [0_u8; BLOCK];
        header[..4].copy_from_slice(b"file");
        header[124..136].copy_from_slice(b"00000000100\0");
        header[156] = b'0';
        assert!(read(&header[..]).unwrap_err().to_string().contains("ends in a file"));
    }
}
