//! The errors with which launched workers ended. The worker writes its error into a record, and the
//! process that launched it reads it.
//!
//! The records are in memory that the postmaster maps while it preloads the library, and that its
//! children inherit. A key in the registration of a worker names its record. Each change of a
//! record is one atomic operation on its state, so no process waits for another one, and no process
//! writes into a record that has become another worker's.
#![cfg(pg_has = "bgw_extra")]

use crate::error::{Error, ErrorFields, ErrorKind, SqlState, Text};
use crate::server::mapped::{self, Mapped, cut};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// The number of launched workers whose handles are alive. The error of one more is not kept.
const RECORDS: usize = 256;

/// The room for the texts of an error. They are cut to fit.
const ROOM: usize = 2000;

/// The bytes that name a record: its number, and the number of its use.
pub(crate) const KEY: usize = 8;

/// The phases of a record, in the lower half of its state. The upper half is the number of its use.
mod phase {
    pub(super) const FREE: u32 = 0;
    /// A handle owns it, and the worker has not ended with an error.
    pub(super) const EMPTY: u32 = 1;
    /// The worker writes.
    pub(super) const WRITING: u32 = 2;
    pub(super) const WRITTEN: u32 = 3;
    /// The handle was dropped while the worker wrote.
    pub(super) const ABANDONED: u32 = 4;
}

/// All zeros is a table of free records.
#[derive(Debug)]
pub(crate) struct Table {
    uses: AtomicU32,
    records: [Record; RECORDS],
}

#[derive(Debug)]
struct Record {
    state: AtomicU64,
    /// The process that launched the worker. If it has died, nothing else frees the record.
    owner: AtomicI32,
    /// The number of times that the texts were written, so that a reader notices a change.
    writes: AtomicU32,
    sqlstate: AtomicI32,
    length: AtomicU32,
    text: [AtomicU8; ROOM],
}

/// A record in one of its uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    record: &'static Record,
    number: u16,
    used: u32,
}

fn state(used: u32, phase: u32) -> u64 {
    u64::from(used) << 32 | u64::from(phase)
}

// SAFETY: numbers and atomics of numbers.
unsafe impl Mapped for Table {}

/// Maps the table, in the postmaster. Without memory, no errors are kept.
pub(crate) fn map() -> Option<&'static Table> {
    mapped::map().ok()
}

impl Table {
    /// Takes a free record for a worker that this process launches.
    pub(crate) fn take(&'static self) -> Option<Place> {
        let used = self.uses.fetch_add(1, Relaxed).wrapping_add(1);
        self.records.iter().enumerate().find_map(|(at, record)| {
            let now = record.state.load(Acquire);
            if now as u32 != phase::FREE && is_alive(record.owner.load(Relaxed)) {
                return None;
            }
            record
                .state
                .compare_exchange(now, state(used, phase::EMPTY), AcqRel, Relaxed)
                .ok()?;
            record.owner.store(std::process::id() as i32, Relaxed);
            Some(Place {
                record,
                number: at as u16,
                used,
            })
        })
    }

    /// Returns the record that a registration names, if it is still that of this worker.
    pub(crate) fn find(&'static self, key: [u8; KEY]) -> Option<Place> {
        let [n0, n1, v0, v1, u0, u1, u2, u3] = key;
        let (number, used) = (
            u16::from_le_bytes([n0, n1]),
            u32::from_le_bytes([u0, u1, u2, u3]),
        );
        let record = self.records.get(usize::from(number))?;
        let is_ours = (record.state.load(Acquire) >> 32) as u32 == used;
        (u16::from_le_bytes([v0, v1]) == VERSION && is_ours).then_some(Place {
            record,
            number,
            used,
        })
    }
}

/// Distinguishes a key from other bytes.
const VERSION: u16 = 0x4C57;

fn is_alive(process: i32) -> bool {
    // SAFETY: cannot raise: sends no signal.
    let sent = unsafe { libc::kill(process, 0) };
    sent == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

impl Place {
    pub(crate) fn key(self) -> [u8; KEY] {
        let mut key = [0; KEY];
        key[..2].copy_from_slice(&self.number.to_le_bytes());
        key[2..4].copy_from_slice(&VERSION.to_le_bytes());
        key[4..].copy_from_slice(&self.used.to_le_bytes());
        key
    }

    fn change(self, from: u32, to: u32) -> bool {
        let (from, to) = (state(self.used, from), state(self.used, to));
        let changed = self
            .record
            .state
            .compare_exchange(from, to, AcqRel, Acquire);
        changed.is_ok()
    }

    /// Writes the error with which this worker ends. An earlier run may have written one.
    pub(crate) fn write(self, fields: &ErrorFields) {
        if !self.change(phase::EMPTY, phase::WRITING)
            && !self.change(phase::WRITTEN, phase::WRITING)
        {
            return;
        }
        self.record.writes.fetch_add(1, Release);
        self.record.sqlstate.store(fields.sqlstate.raw(), Relaxed);
        let mut bytes = self.record.text.iter();
        let mut length = 0;
        let texts = [Text::Message, Text::Detail, Text::Hint, Text::Statement];
        for (at, which) in texts.into_iter().enumerate() {
            // At least a fifth of the room is left for each text.
            let most = ROOM - length - (texts.len() - 1 - at) * (ROOM / 5) - 1;
            let text = cut(fields.get(which).unwrap_or_default(), most);
            for (byte, place) in text.bytes().chain([0]).zip(&mut bytes) {
                place.store(byte, Relaxed);
                length += 1;
            }
        }
        self.record.length.store(length as u32, Relaxed);
        if !self.change(phase::WRITING, phase::WRITTEN) {
            self.change(phase::ABANDONED, phase::FREE);
        }
    }

    /// Returns the error, if the worker has written one.
    pub(crate) fn read(self) -> Option<Error> {
        let is_written = || self.record.state.load(Acquire) == state(self.used, phase::WRITTEN);
        for _ in 0..10 {
            let writes = self.record.writes.load(Acquire);
            if !is_written() {
                return None;
            }
            let length = (self.record.length.load(Relaxed) as usize).min(ROOM);
            let places = self.record.text[..length].iter();
            let bytes: Vec<u8> = places.map(|byte| byte.load(Acquire)).collect();
            let sqlstate = SqlState::from_raw(self.record.sqlstate.load(Acquire));
            if is_written() && writes == self.record.writes.load(Acquire) {
                return Some(decode(sqlstate, &bytes));
            }
        }
        None
    }

    /// Gives the record back.
    pub(crate) fn release(self) {
        let _ = self.change(phase::EMPTY, phase::FREE)
            || self.change(phase::WRITTEN, phase::FREE)
            || self.change(phase::WRITING, phase::ABANDONED)
            || self.change(phase::WRITTEN, phase::FREE);
    }
}

/// A record that is released unless the launch succeeds.
#[derive(Debug)]
pub(crate) struct Reserved(Place);

impl Reserved {
    pub(crate) fn new(table: &'static Table) -> Option<Self> {
        table.take().map(Reserved)
    }

    pub(crate) fn key(&self) -> [u8; KEY] {
        self.0.key()
    }

    pub(crate) fn keep(self) -> Place {
        let place = self.0;
        std::mem::forget(self);
        place
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.0.release();
    }
}

fn decode(sqlstate: SqlState, bytes: &[u8]) -> Error {
    let mut texts = bytes
        .split(|byte| *byte == 0)
        .map(|text| String::from_utf8_lossy(text).into_owned());
    let mut fields = ErrorFields::new(sqlstate, texts.next().unwrap_or_default());
    for (which, text) in [Text::Detail, Text::Hint, Text::Statement]
        .into_iter()
        .zip(texts)
    {
        if !text.is_empty() {
            fields.set(which, text);
        }
    }
    Error::from_fields(ErrorKind::Remote, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &str) -> ErrorFields {
        let mut fields = ErrorFields::new(SqlState::DIVISION_BY_ZERO, message.to_string());
        fields.set(Text::Hint, "a hint".to_string());
        fields
    }

    #[test]
    fn an_error_is_read_until_the_record_is_released() {
        let table = map().unwrap();
        let place = table.take().unwrap();
        let worker = table.find(place.key()).unwrap();
        assert!(place.read().is_none());
        worker.write(&fields("first"));
        worker.write(&fields("second"));
        let error = place.read().unwrap();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Remote, "second")
        );
        assert_eq!(error.sqlstate(), SqlState::DIVISION_BY_ZERO);
        assert_eq!((error.detail(), error.hint()), (None, Some("a hint")));
        place.release();
        assert!(place.read().is_none());
        let next = table.take().unwrap();
        assert_eq!(next.number, place.number);
        worker.write(&fields("too late"));
        assert!(next.read().is_none() && table.find(place.key()).is_none());
    }

    #[test]
    fn long_texts_are_cut_visibly() {
        let place = map().unwrap().take().unwrap();
        place.write(&fields(&"ä".repeat(3000)));
        let error = place.read().unwrap();
        assert!(error.message().ends_with("ä…") && error.message().len() > ROOM / 3);
        assert_eq!(error.hint(), Some("a hint"));
    }

    #[test]
    fn records_of_dead_processes_are_taken_again() {
        let table = map().unwrap();
        let places: Vec<Place> = std::iter::from_fn(|| table.take()).collect();
        assert_eq!(places.len(), RECORDS);
        assert!(table.find([7; KEY]).is_none());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = child.id() as i32;
        child.wait().unwrap();
        places[3].record.owner.store(dead, Relaxed);
        assert_eq!(table.take().unwrap().number, 3);
        assert!(table.take().is_none());
    }
}
