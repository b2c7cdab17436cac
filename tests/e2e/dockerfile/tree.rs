//! The files of a result with everything that an archive tells of them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A file, a folder, a link or a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// As tar has it: `0` file, `1` hard link, `2` symbolic link, `5` folder, ...
    kind: char,
    mode: u32,
    owner: (u64, u64),
    size: u64,
    /// Of a device.
    numbers: (u64, u64),
    link: String,
    /// Extended attributes, by name.
    attributes: BTreeMap<String, Vec<u8>>,
    content: u64,
    /// Seconds since 1970, where a step has set it: a date long ago.
    time: Option<u64>,
}

/// Nobody's clock says so: a step that leaves such a time has set it (1 January 2015).
const LONG_AGO: u64 = 1_420_070_400;

/// What is in an archive, by path.
pub(crate) fn read(archive: &[u8]) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    let mut more: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut rest = archive;
    while rest.len() >= 512 && rest[0] != 0 {
        let (header, behind) = rest.split_at(512);
        let size = more.get("size").map_or_else(|| number(&header[124..136]), |size| decimal(size));
        let length = usize::try_from(size).expect("it fits");
        let content = &behind[..length];
        rest = &behind[length.div_ceil(512) * 512..];
        match header[156] {
            b'x' => more.extend(records(content)),
            b'g' => {}
            _ => {
                let (path, entry) = entry(header, content, std::mem::take(&mut more));
                entries.insert(path.trim_matches('/').to_owned(), entry);
            }
        }
    }
    entries
}

fn entry(header: &[u8], content: &[u8], mut more: BTreeMap<String, Vec<u8>>) -> (String, Entry) {
    let field = |at: usize, length: usize| text(&header[at..at + length]);
    let mut said = |key: &str| more.remove(key).map(|value| text(&value));
    let path = said("path").unwrap_or_else(|| match field(345, 155) {
        prefix if prefix.is_empty() => field(0, 100),
        prefix => format!("{prefix}/{}", field(0, 100)),
    });
    let link = said("linkpath").unwrap_or_else(|| field(157, 100));
    let owner = ["uid", "gid"].map(|key| said(key).map(|value| value.parse().expect("a number")));
    let time =
        said("mtime").map(|time| decimal(time.split('.').next().expect("a part").as_bytes()));
    let time = time.unwrap_or_else(|| number(&header[136..148]));
    let mut hash = DefaultHasher::new();
    content.hash(&mut hash);
    let entry = Entry {
        kind: char::from(header[156]),
        mode: u32::try_from(number(&header[100..108])).expect("a mode"),
        owner: (
            owner[0].unwrap_or_else(|| number(&header[108..116])),
            owner[1].unwrap_or_else(|| number(&header[116..124])),
        ),
        size: content.len() as u64,
        numbers: (number(&header[329..337]), number(&header[337..345])),
        link,
        attributes: more.into_iter().filter(|(key, _)| key.starts_with("SCHILY.xattr.")).collect(),
        content: hash.finish(),
        time: (time < LONG_AGO).then_some(time),
    };
    (path, entry)
}

/// `LENGTH KEY=VALUE\n`, one after the other.
fn records(mut bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut records = BTreeMap::new();
    while let Some(blank) = bytes.iter().position(|byte| *byte == b' ') {
        let length = usize::try_from(decimal(&bytes[..blank])).expect("a length");
        let record = &bytes[blank + 1..length - 1];
        let sign = record.iter().position(|byte| *byte == b'=').expect("a value");
        records.insert(text(&record[..sign]), record[sign + 1..].to_vec());
        bytes = &bytes[length..];
    }
    records
}

/// Octal, or binary where the first bit is set.
fn number(field: &[u8]) -> u64 {
    if field[0] & 0x80 != 0 {
        return field[1..].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    }
    let digits = text(field);
    u64::from_str_radix(digits.trim(), 8).unwrap_or_default()
}

fn decimal(digits: &[u8]) -> u64 {
    text(digits).parse().expect("a number")
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
