//! What a mount was made with: a file in it, as long as no command runs.
//!
//! A head with a version, the packages of the image and the latest time of what is in the mount; then, for each
//! source, its digest, its time and its path, each ended by a zero; then a last line, so that a part is no record.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::failure::Failure;
use super::super::restore::{name_of, remove};
use super::super::sys;
use super::super::tree::Time;
use super::times::set;

/// The file, at the root of a mount.
pub(super) const NAME: &[u8] = b".strake-sources";

/// The largest record that is read, in bytes.
const LARGEST: usize = 1 << 28;

const HEAD: &str = "strake sources 1";
const END: &[u8] = b"end\n";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// A digest of what says which packages are installed.
    pub(super) packages: String,
    /// The latest time of what is in the mount, the record left out.
    pub(super) newest: Time,
    /// The sources, each by its path.
    pub(super) entries: BTreeMap<Vec<u8>, Entry>,
}

/// A source, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Of its content, in hexadecimal digits.
    pub(super) digest: String,
    /// When it was last changed, for those who compare times.
    pub(super) time: Time,
}

impl Record {
    /// Takes the record out of a mount; `None` where there is none that is whole.
    ///
    /// # Errors
    /// It can't be read, or not be removed.
    pub(super) fn take(mount: &Path) -> Result<Option<Self>, Failure> {
        let path = mount.join(name_of(NAME));
        let bytes = sys::read_file(&path, LARGEST)?.filter(|bytes| bytes.len() <= LARGEST);
        remove(&path)?;
        Ok(bytes.as_deref().and_then(Self::parse))
    }

    /// Puts it into a mount. Its time is that of the latest entry: where nothing is made, nothing changes.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn put(&self, mount: &Path) -> Result<(), Failure> {
        let path = mount.join(name_of(NAME));
        remove(&path)?;
        sys::write_file(&path, &self.to_bytes())?;
        set(&path, self.newest).map_err(|errno| Failure::system("date", &path, errno))
    }

    /// Leaves the sources that are the same in `other`.
    pub(super) fn in_common(mut self, other: &Record) -> Self {
        self.entries.retain(|path, entry| other.entries.get(path) == Some(entry));
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        let Time { seconds, nanos } = self.newest;
        let mut bytes = format!("{HEAD} {} {seconds} {nanos}\n", self.packages).into_bytes();
        for (path, Entry { digest, time }) in &self.entries {
            bytes
                .extend_from_slice(format!("{digest} {} {} ", time.seconds, time.nanos).as_bytes());
            bytes.extend_from_slice(path);
            bytes.push(0);
        }
        bytes.extend_from_slice(END);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, rest) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
        let mut words = head.strip_prefix(HEAD)?.strip_prefix(' ')?.split(' ');
        let packages = words.next()?.to_owned();
        let newest = time(&mut words)?;
        let mut entries = BTreeMap::new();
        for entry in rest.strip_suffix(END)?.split_inclusive(|byte| *byte == 0) {
            let mut words = entry.strip_suffix(&[0])?.splitn(4, |byte| *byte == b' ');
            let mut word = || words.next();
            let text = |word: Option<&[u8]>| Some(std::str::from_utf8(word?).ok()?.to_owned());
            let (digest, seconds, nanos) = (text(word())?, text(word())?, text(word())?);
            let time = time(&mut [seconds.as_str(), nanos.as_str()].into_iter())?;
            entries.insert(word()?.to_vec(), Entry { digest, time });
        }
        Some(Record { packages, newest, entries })
    }
}

fn time<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Time> {
    let (seconds, nanos) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (nanos < 1_000_000_000).then_some(Time { seconds, nanos })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_or_not_at_all() {
        let time = |seconds| Time { seconds, nanos: 999_999_999 };
        let entry = |digest: &str, seconds| Entry { digest: digest.into(), time: time(seconds) };
        let entries =
            [(b"/a b\n\xff".to_vec(), entry("aa", -1)), (b"/c".to_vec(), entry("bb", 1 << 40))];
        let record = Record {
            packages: "dd".into(),
            newest: time(7),
            entries: entries.into_iter().collect(),
        };
        let bytes = record.to_bytes();
        assert_eq!(Record::parse(&bytes), Some(record.clone()));
        for cut in 0..bytes.len() {
            assert_eq!(Record::parse(&bytes[..cut]), None, "{cut}");
        }
        let mut other = record.clone();
        other.entries.insert(b"/c".to_vec(), entry("cc", 5));
        let common = record.in_common(&other).entries;
        assert_eq!(common.into_keys().collect::<Vec<_>>(), [b"/a b\n\xff".to_vec()]);
    }
}
