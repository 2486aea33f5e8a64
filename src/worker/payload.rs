//! The payload of a worker, in addition to its one-word argument: `bgw_extra`, since 9.5. A tag
//! detects a worker that expects another payload. The bytes may contain NULs.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::server::hash::{START, fnv1a};

/// The size of the field in all majors that have it (`BGW_EXTRALEN`).
pub(crate) const FIELD: usize = 128;
/// Tag, length, checksum.
const HEADER: usize = 8;

/// The bytes at the end of the field that name the record for the error of a launched worker.
const KEY: usize = 8;

/// The bytes before them that a [`Channel`](crate::channel::Channel) uses.
#[cfg(pg_has = "bgw_extra")]
pub(crate) const TICKET: usize = 16;

/// The maximum size of a payload in bytes: 112. For a worker with a
/// [`Channel`](crate::channel::Channel), 16 less.
#[doc(alias = "BGW_EXTRALEN")]
pub const MAX_PAYLOAD: usize = FIELD - HEADER - KEY;

/// Returns the field with this payload.
pub(crate) fn pack(tag: u32, bytes: &[u8]) -> Result<[u8; FIELD]> {
    if !cfg!(pg_has = "bgw_extra") {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "a payload needs PostgreSQL 9.5 or later",
        ));
    }
    if bytes.len() > MAX_PAYLOAD {
        return Err(Error::new(
            ErrorKind::TooLong,
            format!(
                "payload is too long: {} bytes (maximum {MAX_PAYLOAD})",
                bytes.len()
            ),
        )
        .with_hint("Store the data in a table or in shared memory, and pass its key."));
    }
    let mut field = [0; FIELD];
    field[..4].copy_from_slice(&tag.to_le_bytes());
    // The length fits because it is at most 112. It is stored plus one, so that an empty field
    // differs from an empty payload.
    field[4] = bytes.len() as u8 + 1;
    field[HEADER..HEADER + bytes.len()].copy_from_slice(bytes);
    let sum = checksum(&field);
    field[5..HEADER].copy_from_slice(&sum);
    Ok(field)
}

/// Returns the field for a worker with a channel: the payload, if any, and the ticket.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn with_ticket(
    payload: Option<[u8; FIELD]>,
    ticket: [u8; TICKET],
) -> Result<[u8; FIELD]> {
    let mut field = payload.unwrap_or([0; FIELD]);
    let length = usize::from(field[4]).saturating_sub(1);
    if length > MAX_PAYLOAD - TICKET {
        return Err(Error::new(
            ErrorKind::TooLong,
            format!(
                "payload is too long for a worker with a channel: {length} bytes (maximum {})",
                MAX_PAYLOAD - TICKET
            ),
        )
        .with_hint("Send the data as the first message."));
    }
    field[FIELD - KEY - TICKET..FIELD - KEY].copy_from_slice(&ticket);
    if payload.is_some() {
        field[5..HEADER].fill(0);
        let sum = checksum(&field);
        field[5..HEADER].copy_from_slice(&sum);
    }
    Ok(field)
}

/// Returns the ticket in a field.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn ticket(field: [u8; FIELD]) -> [u8; TICKET] {
    std::array::from_fn(|at| field[FIELD - KEY - TICKET + at])
}

/// Sets the key of the record for the worker's error, which the checksum does not include.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn set_key(field: &mut [u8; FIELD], key: [u8; KEY]) {
    field[FIELD - KEY..].copy_from_slice(&key);
}

/// Returns the key in a field.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn key(field: [u8; FIELD]) -> [u8; KEY] {
    std::array::from_fn(|at| field[FIELD - KEY + at])
}

/// Adds to a hash what a field says of the worker: the payload, and whether it was launched. The
/// key and the ticket of a launch are not part of it.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn same_for_restarts(field: &[u8; FIELD], hash: u64) -> u64 {
    let was_launched = key(*field) != [0; KEY];
    let hash = fnv1a(hash, &[u8::from(was_launched)]);
    let hash = fnv1a(hash, &field[..5]);
    fnv1a(hash, &field[HEADER..FIELD - KEY - TICKET])
}

/// Returns the payload in a field, if it has this tag.
pub(crate) fn unpack(tag: u32, field: &[u8]) -> Result<Vec<u8>> {
    let mismatch = |what: String| {
        Error::new(ErrorKind::TypeMismatch, what)
            .with_hint("Register and run the worker with the same version of its library.")
    };
    let Some(field) = field.first_chunk::<FIELD>() else {
        return Err(mismatch(
            "worker was registered without a payload".to_string(),
        ));
    };
    let length = usize::from(field[4]);
    if length == 0 {
        return Err(mismatch(
            "worker was registered without a payload".to_string(),
        ));
    }
    let mut copy = *field;
    copy[5..HEADER].fill(0);
    copy[FIELD - KEY..].fill(0);
    if length > MAX_PAYLOAD + 1 || checksum(&copy)[..] != field[5..HEADER] {
        return Err(mismatch(
            "payload was not written by this library".to_string(),
        ));
    }
    let found = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
    if found != tag {
        return Err(mismatch(format!(
            "payload has tag {found:#x}, expected {tag:#x}"
        )));
    }
    Ok(field[HEADER..HEADER + length - 1].to_vec())
}

/// Returns a hash, folded to three bytes.
fn checksum(bytes: &[u8; FIELD]) -> [u8; 3] {
    let [a, b, c, d, e, f, g, h] = fnv1a(START, bytes).to_le_bytes();
    [a ^ d ^ g, b ^ e ^ h, c ^ f]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn round_trips_at_every_length() {
        for length in 0..=MAX_PAYLOAD {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 7) as u8).collect();
            assert_eq!(unpack(7, &pack(7, &bytes).unwrap()).unwrap(), bytes);
        }
        assert_eq!(
            pack(7, &[0; MAX_PAYLOAD + 1]).unwrap_err().kind(),
            ErrorKind::TooLong
        );
    }

    #[cfg(pg_has = "bgw_extra")]
    #[test]
    fn ticket_does_not_change_the_payload() {
        let ticket = [0xA5; TICKET];
        for length in 0..=MAX_PAYLOAD - TICKET {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 7) as u8).collect();
            let field = with_ticket(Some(pack(7, &bytes).unwrap()), ticket).unwrap();
            assert_eq!(unpack(7, &field).unwrap(), bytes);
            assert_eq!(super::ticket(field), ticket);
            let mut with_key = field;
            set_key(&mut with_key, [0x5A; KEY]);
            assert_eq!(key(with_key), [0x5A; KEY]);
            assert_eq!(super::ticket(with_key), ticket);
            assert_eq!(unpack(7, &with_key).unwrap(), bytes);
        }
        let longer = pack(7, &[0; MAX_PAYLOAD - TICKET + 1]).unwrap();
        let error = with_ticket(Some(longer), ticket).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLong);
        let alone = with_ticket(None, ticket).unwrap();
        assert!(unpack(7, &alone).unwrap_err().message().contains("without"));
    }

    #[test]
    fn invalid_payload_is_rejected() {
        let field = pack(7, b"nul \0 inside").unwrap();
        assert!(unpack(8, &field).unwrap_err().message().contains("tag 0x7"));
        assert!(
            unpack(7, &[0; FIELD])
                .unwrap_err()
                .message()
                .contains("without")
        );
        assert!(unpack(7, b"short").is_err());
        for at in 0..HEADER + 12 {
            let mut broken = field;
            broken[at] ^= 0x10;
            assert!(unpack(7, &broken).is_err(), "byte {at} changed unnoticed");
        }
    }

    proptest! {
        #[test]
        fn any_payload_round_trips(tag: u32, bytes in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD), change in 1..=u8::MAX, at in 0..FIELD - KEY) {
            let mut field = pack(tag, &bytes).unwrap();
            prop_assert_eq!(unpack(tag, &field).unwrap(), bytes);
            field[at] ^= change;
            prop_assert!(unpack(tag, &field).is_err());
        }

        #[test]
        fn any_field_is_parsed_or_rejected(tag: u32, field in prop::collection::vec(any::<u8>(), 0..2 * FIELD)) {
            if let Ok(bytes) = unpack(tag, &field) {
                prop_assert!(bytes.len() <= MAX_PAYLOAD);
            }
        }
    }
}
