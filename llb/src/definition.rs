//! A definition as a value: the message, and what the generated message has no place for.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use strake_proto::pb::LinuxResources;
use strake_proto::{limits, pb};

use crate::encode::encode_definition;
use crate::{Gather, wire};

/// A marshalled graph.
///
/// [`pb::Definition`] is the type that the messages of the gateway carry. It lacks the resource
/// limits of vertices, new in BuildKit 0.31; they stand beside it and come with the bytes that
/// [`Definition::encode_to_vec`] writes.
///
/// One that was [decoded](Definition::decode) keeps its bytes and is written as them, so that what this
/// version does not know goes the whole way; unless it was changed since.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// Operations, metadata and source map.
    pub pb: pb::Definition,
    /// Resource limits by the digest of the vertex.
    pub linux_resources: BTreeMap<String, LinuxResources>,
    /// As they came in.
    bytes: Option<Vec<u8>>,
}

/// What is known of both counts.
impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.pb == other.pb && self.linux_resources == other.linux_resources
    }
}

impl From<pb::Definition> for Definition {
    fn from(pb: pb::Definition) -> Self {
        Self { pb, ..Self::default() }
    }
}

impl From<Definition> for pb::Definition {
    /// Leaves the resource limits behind.
    fn from(definition: Definition) -> Self {
        definition.pb
    }
}

impl Definition {
    /// Whether this is the definition of an empty file system, scratch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pb.def.is_empty()
    }

    /// Every capability that a daemon must have to solve this.
    #[must_use]
    pub fn required_caps(&self) -> BTreeSet<&str> {
        let entries = self.pb.metadata.values().flat_map(|metadata| metadata.caps.keys());
        entries.map(String::as_str).gather()
    }

    /// The digest of the vertex that the definition is about, and the index of its output.
    #[must_use]
    pub fn head(&self) -> Option<(String, i64)> {
        let last = pb::Op::decode(self.pb.def.last()?.as_slice()).ok()?;
        last.inputs.into_iter().next().map(|input| (input.digest, input.index))
    }

    /// The bytes of the message, resource limits included, as BuildKit writes them: every entry of a map
    /// has its value, an empty one, too.
    #[must_use]
    pub fn encode_to_vec(&self) -> Vec<u8> {
        if let Some(bytes) = &self.bytes
            && Self::decode(bytes).as_ref() == Ok(self)
        {
            return bytes.clone();
        }
        encode_definition(&self.pb, &self.linux_resources)
    }

    /// Reads a definition, resource limits included.
    ///
    /// # Errors
    ///
    /// Fails where the bytes are no definition.
    pub fn decode(bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        let pb = pb::Definition::decode(bytes)?;
        let linux_resources = match may_have_limits(bytes) {
            true => limits::Definition::decode(bytes)?.into_map(),
            false => BTreeMap::new(),
        };
        Ok(Self { pb, linux_resources, bytes: Some(bytes.to_vec()) })
    }
}

/// Whether some metadata has limits, or can't be walked. To look is much less than to decode all
/// metadata once more.
fn may_have_limits(definition: &[u8]) -> bool {
    has(definition, METADATA, |entry| {
        has(entry, VALUE, |metadata| has(metadata, LINUX_RESOURCES, |_| true))
    })
}

/// Whether some field of a number has something in it.
fn has(message: &[u8], number: u32, something: impl Fn(&[u8]) -> bool) -> bool {
    wire::fields(message).any(|field| match field {
        Ok(field) => field.number == number && field.bytes().is_some_and(&something),
        Err(_) => true,
    })
}

/// Fields of a definition, of an entry of its metadata, and of metadata.
const METADATA: u32 = 2;
const VALUE: u32 = 2;
const LINUX_RESOURCES: u32 = 7;
