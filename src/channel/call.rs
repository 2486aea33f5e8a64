//! The worker's side of a call, and the form of its result or error.

use super::segment::Names;
use super::{Channel, Message};
use crate::error::{Error, ErrorFields, ErrorKind, Result, SqlState, Text, is_terminating};
use crate::server::log_line::Level;
use crate::server::panic;
use crate::server::tokens::OnServerThread;
use crate::sql::Notice;
use crate::sql::notices::{keep_from_now_on, take};
use crate::wait::Wait;
use crate::worker::Worker;
use crate::worker::policy::Exit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

pub(super) fn worker_named(name: &str) -> String {
    format!("background worker \"{name}\"")
}

/// The worker's side of [`call`](super::call()) and [`Call`](super::Call): receives the input, runs the function, and sends its result. A
/// panic is sent as an error.
///
/// # Errors
/// Returns an error if this worker was not launched by one of them or was launched with different
/// types, if it has received SIGTERM, or if the caller no longer waits.
pub fn answer<'w, I: Message, O: Message, S>(
    worker: &mut Worker<'w, S>,
    function: impl FnOnce(&mut Worker<'w, S>, I) -> Result<O>,
) -> Result<Exit>
where
    Worker<'w, S>: Wait,
{
    let mut channel = Channel::join(worker, &names::<I, O>())?;
    respond(&mut channel, worker, Duration::MAX, function)?;
    Ok(Exit::Done)
}

/// Receives the input, runs the function, and sends its result. Each wait for the other side ends
/// after `patience`.
pub(super) fn respond<'w, I: Message, O: Message, S>(
    channel: &mut Channel<Vec<u8>, I>,
    worker: &mut Worker<'w, S>,
    patience: Duration,
    function: impl FnOnce(&mut Worker<'w, S>, I) -> Result<O>,
) -> Result<()>
where
    Worker<'w, S>: Wait,
{
    keep_from_now_on(worker)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let input = channel.receive(worker, patience)?;
        Ok(function(worker, input)?.encode().into_owned())
    }));
    let outcome = outcome.unwrap_or_else(|payload| Err(panic::into_error(payload)));
    let notices = take(worker.server_thread(), 0);
    if is_terminating() {
        return conclude_at_once(channel, outcome);
    }
    let sent = notices.iter().try_for_each(|notice| {
        channel.send_bytes(worker, NOTICE, patience)?;
        channel.send(worker, &encode_notice(notice), patience)
    });
    let mut send = |what: &[u8], bytes: &[u8]| {
        channel.send_bytes(worker, what, patience)?;
        channel.send_bytes(worker, bytes, patience)
    };
    match outcome {
        Ok(bytes) => sent.and_then(|()| send(SUCCESS, &bytes)),
        Err(error) => {
            let sent = sent.and_then(|()| send(FAILURE, &encode(&error)));
            sent.map_err(|_| error)
        }
    }
}

/// Sends the outcome without waiting, because this worker was asked to stop.
fn conclude_at_once<R>(channel: &mut Channel<Vec<u8>, R>, outcome: Result<Vec<u8>>) -> Result<()> {
    match outcome {
        Ok(bytes) if channel.send_at_once(SUCCESS, &bytes) => Ok(()),
        Ok(_) => Err(Error::terminating()),
        Err(error) => {
            channel.fail_at_once(&Error::terminating());
            Err(error)
        }
    }
}

impl<R> Channel<Vec<u8>, R> {
    /// Sends an error as far as there is room for it.
    pub(super) fn fail_at_once(&mut self, error: &Error) {
        self.send_at_once(FAILURE, &encode(error));
    }

    /// Returns whether there was room. If there was not, the other side finds the end of the
    /// channel.
    fn send_at_once(&mut self, what: &[u8], bytes: &[u8]) -> bool {
        let transfer = &mut self.transfer;
        let mut send = |bytes| transfer.put_at_once(bytes).is_ok_and(|sent| sent);
        send(what) && send(bytes)
    }
}

pub(super) const SUCCESS: &[u8] = b"done";
const FAILURE: &[u8] = b"failed";
pub(super) const NOTICE: &[u8] = b"notice";

/// The names differ from those of a channel with the same types, so a call and a channel cannot be
/// mixed up.
pub(super) fn names<I: Message, O: Message>() -> Names {
    Names {
        there: format!("{}, to be answered", I::NAME),
        back: format!("notices, then {}, or an error", O::NAME),
    }
}

/// Encodes three numbers, and the texts, each after its length. [`ABSENT`] is the length of an
/// absent text.
fn encode(error: &Error) -> Vec<u8> {
    encode_fields(error.fields())
}

fn encode_fields(fields: &ErrorFields) -> Vec<u8> {
    let numbers = [
        fields.sqlstate.raw(),
        fields.position,
        fields.internal_position,
    ];
    let mut bytes: Vec<u8> = numbers.into_iter().flat_map(i32::to_le_bytes).collect();
    for text in Text::ALL.map(|which| fields.get(which)) {
        let length = text.map_or(ABSENT, |text| text.len() as u64);
        bytes.extend(length.to_le_bytes());
        bytes.extend(text.unwrap_or_default().as_bytes());
    }
    bytes
}

const ABSENT: u64 = u64::MAX;

/// Encodes the level, and the fields as those of an error.
fn encode_notice(notice: &Notice) -> Vec<u8> {
    let mut bytes = notice.level.raw().to_le_bytes().to_vec();
    bytes.extend(encode_fields(&notice.fields));
    bytes
}

pub(super) fn decode_notice(mut bytes: &[u8]) -> Option<(Level, ErrorFields)> {
    let level = Level::from_raw(i32::from_le_bytes(take_array(&mut bytes)?));
    Some((level, decode_fields(bytes)?))
}

pub(super) fn decode(bytes: &[u8]) -> Error {
    try_decode(bytes).unwrap_or_else(|| {
        Error::new(
            ErrorKind::Remote,
            "background worker failed with an error that cannot be decoded",
        )
    })
}

fn try_decode(bytes: &[u8]) -> Option<Error> {
    decode_fields(bytes).map(|fields| Error::from_fields(ErrorKind::Remote, fields))
}

fn decode_fields(mut bytes: &[u8]) -> Option<ErrorFields> {
    let rest = &mut bytes;
    let sqlstate = SqlState::from_raw(i32::from_le_bytes(take_array(rest)?));
    let mut fields = ErrorFields::new(sqlstate, String::new());
    fields.position = i32::from_le_bytes(take_array(rest)?);
    fields.internal_position = i32::from_le_bytes(take_array(rest)?);
    for which in Text::ALL {
        let length = u64::from_le_bytes(take_array(rest)?);
        if length != ABSENT {
            let (bytes, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            *rest = behind;
            fields.set(which, String::from_utf8_lossy(bytes).into_owned());
        }
    }
    rest.is_empty().then_some(fields)
}

/// Removes the next `N` bytes from `rest`.
fn take_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

#[cfg(fuzzing)]
pub(crate) fn fuzz(bytes: &[u8]) {
    use super::ticket::Ticket;
    if let Ok(ticket) = Ticket::unpack(bytes) {
        assert!(bytes.ends_with(&ticket.pack()));
    }
    assert_eq!(decode(bytes).kind(), ErrorKind::Remote);
    let text = String::decode(bytes).map(|text| text.into_bytes());
    assert!(text.is_err() || text.is_ok_and(|text| text == bytes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::shim::TEXTS;
    use proptest::prelude::*;

    fn full() -> ErrorFields {
        let mut fields = ErrorFields::new(SqlState::DIVISION_BY_ZERO, "message".to_string());
        fields.position = 1;
        fields.internal_position = i32::MAX;
        for which in Text::ALL {
            fields.set(which, format!("{which:?}: détail\0\n"));
        }
        fields.set(Text::Hint, String::new());
        fields
    }

    #[test]
    fn errors_keep_all_fields() {
        let plain = ErrorFields::new(SqlState::SUCCESSFUL_COMPLETION, String::new());
        let notice = Notice {
            level: Level::Notice,
            fields: full(),
        };
        let bytes = encode_notice(&notice);
        assert_eq!(decode_notice(&bytes), Some((Level::Notice, full())));
        assert_eq!(decode_notice(&bytes[..bytes.len() - 1]), None);
        for fields in [plain, full()] {
            let bytes = encode(&Error::from_fields(ErrorKind::Server, fields.clone()));
            let back = decode(&bytes);
            assert_eq!(back.kind(), ErrorKind::Remote);
            assert_eq!(back.fields(), &fields);
            for cut in 0..bytes.len() {
                assert!(try_decode(&bytes[..cut]).is_none(), "{cut} bytes");
            }
        }
    }

    proptest! {
        #[test]
        fn any_error_round_trips(
            message: String, texts in prop::collection::vec(any::<Option<String>>(), TEXTS), positions: [i32; 2], state in "[0-9A-Z]{5}", cut: prop::sample::Index,
        ) {
            let mut fields = ErrorFields::new(SqlState::new(&state), String::new());
            [fields.position, fields.internal_position] = positions;
            for (which, text) in Text::ALL.into_iter().zip(texts) {
                text.into_iter().for_each(|text| fields.set(which, text));
            }
            fields.set(Text::Message, message);
            let bytes = encode(&Error::from_fields(ErrorKind::Other, fields.clone()));
            let back = decode(&bytes);
            prop_assert_eq!(back.fields(), &fields);
            prop_assert!(try_decode(&bytes[..cut.index(bytes.len())]).is_none());
        }

        #[test]
        fn any_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&bytes).kind(), ErrorKind::Remote);
        }
    }
}
