//! The protobuf wire format, written for these tests alone: what checks a rewriting must not share its
//! code.

/// A field: its number, and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    Number(u64, u64),
    Bytes(u64, Vec<u8>),
    /// Fixed-width numbers: number, wire type, bytes.
    Fixed(u64, u64, Vec<u8>),
}

impl Field {
    pub(crate) fn number(&self) -> u64 {
        match self {
            Field::Number(number, _) | Field::Bytes(number, _) | Field::Fixed(number, _, _) => {
                *number
            }
        }
    }

    /// What a field of a number holds.
    pub(crate) fn bytes_of(&self, number: u64) -> Option<&[u8]> {
        match self {
            Field::Bytes(own, bytes) if *own == number => Some(bytes),
            _ => None,
        }
    }
}

pub(crate) fn parse(mut bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        fields.push(match tag & 7 {
            0 => Field::Number(tag >> 3, varint(&mut bytes)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).unwrap();
                Field::Bytes(tag >> 3, take(&mut bytes, length))
            }
            1 => Field::Fixed(tag >> 3, 1, take(&mut bytes, 8)),
            5 => Field::Fixed(tag >> 3, 5, take(&mut bytes, 4)),
            other => panic!("wire type {other}"),
        });
    }
    fields
}

pub(crate) fn write(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        match field {
            Field::Number(number, value) => {
                put(&mut bytes, number << 3);
                put(&mut bytes, *value);
            }
            Field::Bytes(number, value) => {
                put(&mut bytes, number << 3 | 2);
                put(&mut bytes, value.len() as u64);
                bytes.extend(value);
            }
            Field::Fixed(number, kind, value) => {
                put(&mut bytes, number << 3 | kind);
                bytes.extend(value);
            }
        }
    }
    bytes
}

/// Changes what the fields of a number hold.
pub(crate) fn map(bytes: &[u8], number: u64, mut change: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut fields = parse(bytes);
    for field in &mut fields {
        if let Field::Bytes(own, value) = field
            && *own == number
        {
            *value = change(value);
        }
    }
    write(&fields)
}

/// The first field of a number, as text.
pub(crate) fn text(bytes: &[u8], number: u64) -> String {
    let fields = parse(bytes);
    let found = fields.iter().find_map(|field| field.bytes_of(number));
    String::from_utf8(found.unwrap_or_default().to_vec()).unwrap()
}

/// The first number of a field; zero where there is none.
pub(crate) fn value(bytes: &[u8], number: u64) -> u64 {
    let found = parse(bytes).into_iter().find_map(|field| match field {
        Field::Number(own, value) if own == number => Some(value),
        _ => None,
    });
    found.unwrap_or_default()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    strake_llb::digest(bytes).to_string()
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return value;
        }
        shift += 7;
    }
}

fn take(bytes: &mut &[u8], length: usize) -> Vec<u8> {
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken.to_vec()
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
}
