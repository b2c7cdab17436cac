//! Digests of operations: the name by which a definition refers to a vertex.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of an operation's bytes, written `sha256:<hex>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// The digest as it stands in definitions.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The digest of the bytes of an operation.
#[must_use]
pub fn digest(op: &[u8]) -> Digest {
    let mut text = String::with_capacity(7 + 64);
    text.push_str("sha256:");
    // Formatted digit by digit: the formatter takes longer than the hash of most operations.
    for byte in Sha256::digest(op) {
        text.extend([byte >> 4, byte & 0xf].map(|digit| char::from(DIGITS[usize::from(digit)])));
    }
    Digest(text)
}
