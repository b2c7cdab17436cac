//! What a daemon would die of, found in the bytes that it is sent. For tests.
//!
//! Go reads a message that is missing as a nil. Where BuildKit follows it without a look, the daemon ends,
//! and every build with it. This reads the bytes as Go does, by tables of its own, and shares nothing with
//! what writes them: where `prost` leaves something out, the types that it reads with would not show it.

use Field::{Map, Message, Ops};

/// What stands in a field that matters here; all others are passed over.
enum Field {
    Message(&'static Shape),
    /// A map, and what its values are where they are messages.
    Map(Option<&'static Shape>),
    /// Operations in bytes; the last of them says what a definition is about.
    Ops,
}

/// A message, as far as the fields in it matter here.
pub struct Shape {
    name: &'static str,
    fields: &'static [(u32, Field)],
    /// Fields that BuildKit follows without a look; of each row, one is enough.
    required: &'static [&'static [u32]],
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $vis:vis static $name:ident = $text:literal [$($field:expr),*] needs [$($required:expr),*];)*) => {
        $($(#[$doc])* $vis static $name: Shape =
            Shape { name: $text, fields: &[$($field),*], required: &[$(&$required),*] };)*
    };
}

shapes! {
    /// `SolveRequest` of the gateway.
    pub static SOLVE_REQUEST = "SolveRequest" [
        (1, Message(&DEFINITION)), (3, Map(None)), (12, Message(&CACHE_OPTIONS)),
        (13, Map(Some(&DEFINITION)))
    ] needs [];
    /// `ReturnRequest` of the gateway.
    pub static RETURN_REQUEST = "ReturnRequest" [(1, Message(&RESULT))] needs [[1, 2]];
    /// `WarnRequest` of the gateway.
    pub static WARN_REQUEST = "WarnRequest" [(6, Message(&SOURCE_INFO)), (7, Message(&RANGE))] needs [];
    /// `ResolveSourceMetaRequest` of the gateway.
    pub static RESOLVE_SOURCE_META_REQUEST = "ResolveSourceMetaRequest" [(1, Message(&SOURCE_OP))] needs [[1]];
    /// `Definition` of LLB, which other messages hold.
    pub static DEFINITION = "Definition" [
        (1, Ops), (2, Map(Some(&OP_METADATA))), (3, Message(&SOURCE))
    ] needs [];
    static CACHE_OPTIONS = "CacheOptionsEntry" [(2, Map(None))] needs [];
    static RESULT = "Result" [
        (2, Message(&STRINGS)), (4, Message(&REFS)), (10, Map(None)),
        (12, Map(Some(&ATTESTATIONS)))
    ] needs [];
    static STRINGS = "RefMapDeprecated" [(1, Map(None))] needs [];
    static REFS = "RefMap" [(1, Map(Some(&REF)))] needs [];
    static REF = "Ref" [(2, Message(&DEFINITION))] needs [];
    static ATTESTATIONS = "Attestations" [(1, Message(&ATTESTATION))] needs [];
    static ATTESTATION = "Attestation" [(2, Map(None)), (3, Message(&REF))] needs [];
    static OP_METADATA = "OpMetadata" [(2, Map(None)), (5, Map(None))] needs [];
    static SOURCE = "Source" [(1, Map(Some(&LOCATIONS))), (2, Message(&SOURCE_INFO))] needs [];
    static LOCATIONS = "Locations" [(1, Message(&LOCATION))] needs [];
    static LOCATION = "Location" [(2, Message(&RANGE))] needs [];
    static SOURCE_INFO = "SourceInfo" [(3, Message(&DEFINITION))] needs [];
    static RANGE = "Range" [] needs [[1], [2]];
    static OP = "Op" [
        (2, Message(&EXEC_OP)), (3, Message(&SOURCE_OP)), (4, Message(&FILE_OP)), (5, Message(&BUILD_OP))
    ] needs [];
    static EXEC_OP = "ExecOp" [(2, Message(&MOUNT))] needs [[1]];
    static MOUNT = "Mount" [] needs [];
    static SOURCE_OP = "SourceOp" [(2, Map(None))] needs [];
    static FILE_OP = "FileOp" [(2, Message(&FILE_ACTION))] needs [];
    static FILE_ACTION = "FileAction" [] needs [[4, 5, 6, 7, 8]];
    static BUILD_OP = "BuildOp" [(2, Map(Some(&BUILD_INPUT))), (3, Message(&DEFINITION)), (4, Map(None))] needs [];
    static BUILD_INPUT = "BuildInput" [] needs [];
}

/// What a daemon would read as a nil, or could not read at all; `None` where it reads everything.
#[must_use]
pub fn fault(shape: &Shape, bytes: &[u8]) -> Option<String> {
    read(shape, bytes).err()
}

fn read(shape: &Shape, bytes: &[u8]) -> Result<(), String> {
    let fields = split(bytes).ok_or_else(|| format!("{} is no message", shape.name))?;
    for (number, value) in &fields {
        let Some((_, field)) = shape.fields.iter().find(|(known, _)| known == number) else {
            continue;
        };
        let here = |reason: String| format!("{}.{number}: {reason}", shape.name);
        let value = value.bytes().ok_or_else(|| here("is a number".to_owned()))?;
        match field {
            Message(inner) => read(inner, value).map_err(here)?,
            Map(values) => entry(*values, value).map_err(here)?,
            Ops => read(&OP, value).map_err(here)?,
        }
    }
    for row in shape.required {
        if !fields.iter().any(|(number, _)| row.contains(number)) {
            return Err(format!("{} has none of the fields {row:?}", shape.name));
        }
    }
    if std::ptr::eq(shape, &raw const DEFINITION) { whole(&fields) } else { Ok(()) }
}

/// An entry of a map has a key and a value, empty or not.
fn entry(values: Option<&Shape>, bytes: &[u8]) -> Result<(), String> {
    let fields = split(bytes).ok_or("an entry is no message")?;
    let has = |wanted: u32| fields.iter().any(|(number, _)| *number == wanted);
    let key = fields.iter().find(|(number, _)| *number == 1).and_then(|(_, key)| key.bytes());
    let key = String::from_utf8_lossy(key.unwrap_or_default());
    if !has(1) || !has(2) {
        return Err(format!("the entry `{key}` lacks its key or its value"));
    }
    let value = fields.iter().find_map(|(number, value)| value.bytes().filter(|_| *number == 2));
    match (values, value) {
        (Some(shape), Some(value)) => read(shape, value).map_err(|why| format!("`{key}`: {why}")),
        _ => Ok(()),
    }
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Fixed,
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            Value::Number(_) | Value::Fixed => None,
        }
    }
}

type Fields<'a> = Vec<(u32, Value<'a>)>;

/// BuildKit takes the first input of the last operation, and the file of a location by its index.
fn whole(fields: &Fields<'_>) -> Result<(), String> {
    let of = |fields: &Fields<'_>, number| -> Vec<Vec<u8>> {
        let values = fields.iter().filter(|(known, _)| *known == number);
        values.filter_map(|(_, value)| value.bytes().map(<[u8]>::to_vec)).collect()
    };
    let inner = |bytes: &[u8], number| split(bytes).map(|fields| of(&fields, number));
    if let Some(last) = of(fields, 1).last()
        && inner(last, 1).is_none_or(|inputs| inputs.is_empty())
    {
        return Err("the last operation of a definition has no input".to_owned());
    }
    for source in of(fields, 3) {
        let infos = inner(&source, 2).unwrap_or_default().len() as u64;
        let entries = inner(&source, 1).unwrap_or_default();
        let locations = entries.iter().flat_map(|entry| inner(entry, 2).unwrap_or_default());
        for location in locations.flat_map(|all| inner(&all, 1).unwrap_or_default()) {
            let index = first(&location);
            if index >= infos {
                return Err(format!("a location is in file {index} of {infos}"));
            }
        }
    }
    Ok(())
}

/// The number in the first field of a message; zero is left out on the wire.
fn first(message: &[u8]) -> u64 {
    let fields = split(message).unwrap_or_default();
    let mut numbers = fields.iter().filter(|(number, _)| *number == 1);
    numbers
        .find_map(|(_, value)| match value {
            Value::Number(number) => Some(*number),
            Value::Fixed | Value::Bytes(_) => None,
        })
        .unwrap_or_default()
}

/// The fields of a message. `None`: it is no message.
fn split(mut bytes: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let length = match tag & 7 {
            0 => {
                fields.push((number, Value::Number(varint(&mut bytes)?)));
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut bytes)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        fields.push((number, if tag & 7 == 2 { Value::Bytes(value) } else { Value::Fixed }));
    }
    Some(fields)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::{gateway, pb};

    fn last() -> Vec<u8> {
        let input = pb::Input { digest: "sha256:00".into(), index: 0 };
        pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec()
    }

    #[test]
    fn an_entry_without_its_value_is_found() {
        let mut source = pb::Source::default();
        source.locations.insert("sha256:00".into(), pb::Locations::default());
        let definition =
            pb::Definition { def: vec![last()], source: Some(source), ..pb::Definition::default() };
        let found = fault(&DEFINITION, &definition.encode_to_vec()).unwrap();
        assert_eq!(
            found,
            "Definition.3: Source.1: the entry `sha256:00` lacks its key or its value"
        );
        let request = gateway::SolveRequest { definition: Some(definition), ..Default::default() };
        let found = fault(&SOLVE_REQUEST, &request.encode_to_vec()).unwrap();
        assert!(found.starts_with("SolveRequest.1: Definition.3: "), "{found}");
    }

    #[test]
    fn an_empty_reference_is_found() {
        let refs = gateway::RefMap { refs: [("a".into(), gateway::Ref::default())].into() };
        let result = gateway::result::Result::Refs(refs);
        let result = gateway::Result { result: Some(result), ..Default::default() };
        let request = gateway::ReturnRequest { result: Some(result), error: None };
        let found = fault(&RETURN_REQUEST, &request.encode_to_vec()).unwrap();
        assert_eq!(
            found,
            "ReturnRequest.1: Result.4: RefMap.1: the entry `a` lacks its key or its value"
        );
        let nothing = fault(&RETURN_REQUEST, &[]).unwrap();
        assert_eq!(nothing, "ReturnRequest has none of the fields [1, 2]");
    }

    #[test]
    fn what_is_followed_is_there() {
        let broken = |definition: pb::Definition| fault(&DEFINITION, &definition.encode_to_vec());
        let op = pb::Op::default().encode_to_vec();
        let found = broken(pb::Definition { def: vec![op], ..Default::default() });
        assert_eq!(found.unwrap(), "the last operation of a definition has no input");
        let location = pb::Location { source_index: 1, ranges: Vec::new() };
        let locations = pb::Locations { locations: vec![location] };
        let source = pb::Source {
            locations: [("sha256:00".into(), locations)].into(),
            infos: vec![pb::SourceInfo::default()],
        };
        let found = broken(pb::Definition {
            def: vec![last()],
            source: Some(source),
            ..Default::default()
        });
        assert_eq!(found.unwrap(), "a location is in file 1 of 1");
        assert_eq!(broken(pb::Definition { def: vec![last()], ..Default::default() }), None);
    }

    #[test]
    fn what_is_no_message_is_found() {
        for bytes in [&[0x80][..], &[0x0a, 5], &[0x0b], &[0x02, 0]] {
            assert!(fault(&DEFINITION, bytes).is_some(), "{bytes:?}");
        }
    }
}
