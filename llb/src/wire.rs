//! The protobuf wire format, as far as it takes to patch a message and leave the rest alone.
//!
//! A message is a row of fields, each a tag and a value. [`fields`] walks one level of it, without
//! recursion, and gives each field with its bytes; what is not understood can be copied.

use prost::encoding::{decode_varint, encode_varint};

/// Why bytes are no protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A variable-length number does not end, or is too long.
    #[error("invalid variable-length number")]
    Varint,
    /// A field says that it is longer than the message.
    #[error("field {0} is cut short")]
    Truncated(u32),
    /// A tag has the number zero or a number out of range.
    #[error("invalid field number")]
    Number,
    /// A wire type that does not exist, or a group, which BuildKit's messages don't have.
    #[error("field {0} has an unsupported wire type")]
    Type(u32),
}

/// A field of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    /// The whole field, its tag included.
    pub(crate) raw: &'a [u8],
}

/// The value of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Varint,
    Fixed,
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Varint | Value::Fixed => None,
        }
    }
}

/// The fields of a message, in order. Stops after the first error.
pub(crate) fn fields(message: &[u8]) -> impl Iterator<Item = Result<Field<'_>, WireError>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = take_field(&mut rest);
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, WireError> {
    let start = *rest;
    let tag = take_varint(rest)?;
    let number = u32::try_from(tag >> 3).map_err(|_| WireError::Number)?;
    if number == 0 || number > (1 << 29) - 1 {
        return Err(WireError::Number);
    }
    let value = match tag & 7 {
        0 => take_varint(rest).map(|_| Value::Varint)?,
        1 => take(rest, 8, number).map(|_| Value::Fixed)?,
        2 => {
            let length = take_varint(rest)?;
            Value::Bytes(take(rest, length, number)?)
        }
        5 => take(rest, 4, number).map(|_| Value::Fixed)?,
        _ => return Err(WireError::Type(number)),
    };
    Ok(Field { number, value, raw: &start[..start.len() - rest.len()] })
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, WireError> {
    decode_varint(rest).map_err(|_| WireError::Varint)
}

fn take<'a>(rest: &mut &'a [u8], length: u64, number: u32) -> Result<&'a [u8], WireError> {
    let length = usize::try_from(length).map_err(|_| WireError::Truncated(number))?;
    let (taken, left) = rest.split_at_checked(length).ok_or(WireError::Truncated(number))?;
    *rest = left;
    Ok(taken)
}

/// The message with a field more, which stands before the first that `before` holds of, or at the end.
pub(crate) fn insert(
    message: &[u8],
    field: &[u8],
    before: impl Fn(&Field<'_>) -> bool,
) -> Result<Vec<u8>, WireError> {
    let mut at = 0;
    for other in fields(message) {
        let other = other?;
        if before(&other) {
            break;
        }
        at += other.raw.len();
    }
    Ok([&message[..at], field, &message[at..]].concat())
}

/// The message with other bytes in its fields of a number; `None` leaves one as it is.
pub(crate) fn replace<E: From<WireError>>(
    message: &[u8],
    number: u32,
    mut bytes: impl FnMut(&[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<Vec<u8>, E> {
    let mut out = Vec::with_capacity(message.len());
    for field in fields(message) {
        let field = field?;
        let old = field.bytes().filter(|_| field.number == number);
        match old.map(&mut bytes).transpose()?.flatten() {
            Some(new) => put_bytes(&mut out, number, &new),
            None => out.extend_from_slice(field.raw),
        }
    }
    Ok(out)
}

/// The message without its fields of a number.
pub(crate) fn without(message: &[u8], number: u32) -> Result<Vec<u8>, WireError> {
    let mut out = Vec::with_capacity(message.len());
    for field in fields(message) {
        let field = field?;
        if field.number != number {
            out.extend_from_slice(field.raw);
        }
    }
    Ok(out)
}

/// Writes a field that holds bytes: a string, a message or a map entry.
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    encode_varint(u64::from(number) << 3 | 2, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A field that holds bytes.
pub(crate) fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::with_capacity(bytes.len() + 8);
    put_bytes(&mut field, number, bytes);
    field
}

/// Writes a field that holds an `int64`; zero is left out, as everywhere in proto3.
pub(crate) fn put_int64(out: &mut Vec<u8>, number: u32, value: i64) {
    if value != 0 {
        encode_varint(u64::from(number) << 3, out);
        encode_varint(value.cast_unsigned(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_walked_and_copied() {
        let mut message = Vec::new();
        put_bytes(&mut message, 1, b"abc");
        put_int64(&mut message, 2, -1);
        message.extend([3 << 3 | 5, 1, 2, 3, 4, 4 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8]);
        let walked: Vec<_> = fields(&message).map(Result::unwrap).collect();
        assert_eq!(walked.iter().map(|field| field.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(walked[0].bytes(), Some(&b"abc"[..]));
        assert_eq!(walked.iter().flat_map(|field| field.raw).copied().collect::<Vec<_>>(), message);
    }

    #[test]
    fn malformed_bytes_are_errors() {
        let error = |bytes: &[u8]| fields(bytes).find_map(Result::err);
        assert_eq!(error(&[0x80]), Some(WireError::Varint));
        assert_eq!(error(&[0xff; 11]), Some(WireError::Varint));
        assert_eq!(error(&[0x0a, 5, 1]), Some(WireError::Truncated(1)));
        assert_eq!(error(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), Some(WireError::Truncated(1)));
        assert_eq!(error(&[0x00, 0]), Some(WireError::Number));
        assert_eq!(error(&[0x0b, 0x0c]), Some(WireError::Type(1)));
        assert_eq!(error(&[0x0d, 0]), Some(WireError::Truncated(1)));
    }
}
