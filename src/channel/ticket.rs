//! The ticket by which a worker finds its channel: a few bytes at the end of `bgw_extra`, with a
//! checksum.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::server::hash::{START, fnv1a};
use crate::worker::payload::TICKET;

/// The handle of a segment, and a nonce that identifies it: the server reuses handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) handle: u32,
    pub(super) nonce: u32,
}

impl Ticket {
    pub(super) fn pack(self) -> [u8; TICKET] {
        let mut bytes = [0; TICKET];
        bytes[..4].copy_from_slice(&self.handle.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.nonce.to_le_bytes());
        let sum = fnv1a(START, &bytes[..8]);
        bytes[8..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads the ticket at the end of `bgw_extra`.
    pub(super) fn unpack(field: &[u8]) -> Result<Self> {
        let none = || {
            Error::new(
                ErrorKind::Invalid,
                "background worker was launched without a channel",
            )
            .with_hint("Launch the worker with Channel::launch or channel::call.")
        };
        let bytes = field.last_chunk::<TICKET>().ok_or_else(none)?;
        let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|n| bytes[at + n]));
        let ticket = Ticket {
            handle: number(0),
            nonce: number(4),
        };
        if ticket.pack() == *bytes {
            Ok(ticket)
        } else {
            Err(none())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tickets_round_trip_and_other_bytes_are_rejected() {
        let ticket = Ticket {
            handle: 0xdead_beef,
            nonce: 7,
        };
        let mut field = [0; 128];
        assert!(Ticket::unpack(&field).is_err());
        field[112..].copy_from_slice(&ticket.pack());
        assert_eq!(Ticket::unpack(&field).unwrap(), ticket);
        for at in 112..128 {
            let mut broken = field;
            broken[at] ^= 1;
            assert!(Ticket::unpack(&broken).is_err(), "byte {at}");
        }
        assert!(Ticket::unpack(&[]).is_err());
    }

    proptest! {
        #[test]
        fn any_field_is_read(field in prop::collection::vec(any::<u8>(), 0..256), handle: u32, nonce: u32) {
            if let Ok(ticket) = Ticket::unpack(&field) {
                prop_assert!(field.ends_with(&ticket.pack()));
            }
            let ticket = Ticket { handle, nonce };
            let field = [field, ticket.pack().to_vec()].concat();
            prop_assert_eq!(Ticket::unpack(&field).unwrap(), ticket);
        }
    }
}
