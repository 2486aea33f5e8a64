//! What a supervisor and its children know of each other: a table in memory that they inherit from
//! the postmaster, with a place for each child.
//!
//! The supervisor owns a place while the child has no process. It launches a child with the number
//! of the place and a generation. The process proves that it is the one that was launched last, and
//! writes how it ends.
#![cfg(pg_has = "bgw_extra")]

use crate::server::hash::{START, fnv1a};
use crate::server::mapped::Mapped;
use std::any::Any;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// The largest number of children of a supervisor, over all databases.
pub(crate) const PLACES: usize = 4096;

/// The words that the supervisor keeps of each child.
pub(crate) const WORDS: usize = 22;

/// The room for a text: the last error, or the reason why the child does not run.
const ROOM: usize = 400;

/// What the process of a place has done. The number of the generation is in the upper half.
pub(crate) mod step {
    pub(crate) const LAUNCHED: u32 = 1;
    pub(crate) const RUNNING: u32 = 2;
    /// From here on, how it ended.
    pub(crate) const DONE: u32 = 3;
    pub(crate) const RESTART: u32 = 4;
    pub(crate) const FAILED: u32 = 5;
    pub(crate) const ASKED: u32 = 6;
    pub(crate) const ABSENT: u32 = 7;
}

/// A supervisor of this library. The postmaster makes the list while it preloads the library, and
/// its children inherit it.
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) table: &'static Table,
    pub(crate) children: Vec<Needs>,
    /// The whole description, whose type is not known here.
    pub(crate) description: &'static dyn Any,
}

/// What a child needs in its database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    pub(crate) name: String,
    pub(crate) per_database: bool,
    pub(crate) extension: Option<String>,
    /// The oldest version of the extension.
    pub(crate) version: Option<String>,
    pub(crate) as_superuser: bool,
    /// The address of the pool whose workers these are.
    #[cfg_attr(not(pg_has = "named_lwlock_tranche"), allow(dead_code))]
    pub(crate) crew: Option<usize>,
    /// A query that returns true.
    pub(crate) condition: Option<String>,
}

/// The place of this process, if it is the child of a supervisor.
#[derive(Clone, Copy)]
pub(crate) struct OwnPlace {
    pub(crate) family: &'static Family,
    pub(crate) place: &'static Place,
    pub(crate) generation: u32,
}

#[derive(Debug)]
pub(crate) struct Table {
    /// The supervisor's number among the processes of the server, plus one; 0 if there is none.
    pub(crate) supervisor: AtomicU32,
    /// The number of the server's start, from the first supervisor's point of view.
    pub(crate) start: AtomicU64,
    /// The number of the next event of databases and extensions to read.
    pub(crate) next_event: AtomicU64,
    /// The number of places that have been used.
    pub(crate) used: AtomicU32,
    places: [Place; PLACES],
}

// SAFETY: atomics of numbers.
unsafe impl Mapped for Table {}

#[derive(Debug)]
pub(crate) struct Place {
    step: AtomicU64,
    /// The role that a child for a database connects as, unless that is the bootstrap superuser.
    pub(crate) role: AtomicU32,
    /// The OID of the extension that the child has found, or 0.
    pub(crate) extension: AtomicU32,
    /// The process, or 0.
    pub(crate) pid: AtomicI32,
    /// The last generation whose process has gone.
    gone: AtomicU32,
    /// Why the child may not run; a number of the supervisor.
    pub(crate) reason: AtomicU32,
    words: [AtomicU64; WORDS],
    /// Odd while the text is written.
    writes: AtomicU32,
    length: AtomicU32,
    text: [AtomicU8; ROOM],
}

impl Table {
    pub(crate) fn place(&self, number: usize) -> Option<&Place> {
        self.places.get(number)
    }
}

impl Place {
    /// Names the next launch, before the server is asked for it. Returns its generation, which no
    /// earlier launch of the place has had.
    pub(crate) fn launch(&self) -> u32 {
        let generation = self.step().0.wrapping_add(1);
        self.pid.store(0, Relaxed);
        self.extension.store(0, Relaxed);
        self.step.store(join(generation, step::LAUNCHED), SeqCst);
        generation
    }

    /// Takes the place for this process. Returns false if it was launched for an earlier
    /// generation, or if another process has taken the place.
    pub(crate) fn claim(&self, generation: u32) -> bool {
        let (launched, running) = (
            join(generation, step::LAUNCHED),
            join(generation, step::RUNNING),
        );
        self.step
            .compare_exchange(launched, running, SeqCst, SeqCst)
            .is_ok()
    }

    /// Refuses a process that has not started. Returns false if it has.
    pub(crate) fn cancel(&self) -> bool {
        let (generation, _) = self.step();
        let launched = join(generation, step::LAUNCHED);
        self.step
            .compare_exchange(launched, join(generation, step::ASKED), SeqCst, SeqCst)
            .is_ok()
    }

    /// Records that the process of this generation exits. It does nothing more with the place.
    pub(crate) fn leave(&self, generation: u32) {
        if self.step().0 == generation {
            self.pid.store(0, Relaxed);
            self.gone.store(generation, SeqCst);
        }
    }

    /// Returns whether the process that was launched last has exited.
    pub(crate) fn has_left(&self) -> bool {
        self.gone.load(SeqCst) == self.step().0
    }

    /// Records that a crash of the server has ended the process.
    pub(crate) fn crashed(&self) {
        let (generation, _) = self.step();
        self.cancel();
        self.end(generation, step::FAILED);
        self.leave(generation);
    }

    /// Records how the process ends, if it has not been recorded.
    pub(crate) fn end(&self, generation: u32, how: u32) {
        let running = join(generation, step::RUNNING);
        let _ = self
            .step
            .compare_exchange(running, join(generation, how), SeqCst, SeqCst);
    }

    /// Takes back that the process has found no work.
    #[cfg(pg_has = "named_lwlock_tranche")]
    pub(crate) fn resume(&self, generation: u32) {
        let (absent, running) = (
            join(generation, step::ABSENT),
            join(generation, step::RUNNING),
        );
        let _ = self.step.compare_exchange(absent, running, SeqCst, SeqCst);
    }

    /// Returns the generation, and what its process has done.
    pub(crate) fn step(&self) -> (u32, u32) {
        let step = self.step.load(SeqCst);
        ((step >> 32) as u32, step as u32)
    }

    pub(crate) fn save(&self, words: &[u64; WORDS]) {
        for (place, word) in self.words.iter().zip(words) {
            place.store(*word, Relaxed);
        }
    }

    pub(crate) fn words(&self) -> [u64; WORDS] {
        std::array::from_fn(|at| self.words[at].load(Relaxed))
    }

    /// Sets the text. It is cut to fit. Only the owner of the place writes it.
    pub(crate) fn set_text(&self, text: &str) {
        let mut end = text.len().min(ROOM);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let writes = self.writes.load(Relaxed) | 1;
        self.writes.store(writes, Release);
        for (place, byte) in self.text.iter().zip(text[..end].bytes()) {
            place.store(byte, Release);
        }
        self.length.store(end as u32, Release);
        self.writes.store(writes.wrapping_add(1), Release);
    }

    /// Returns the text, or an empty one if it changes all the time.
    pub(crate) fn text(&self) -> String {
        for _ in 0..10 {
            let before = self.writes.load(Acquire);
            let length = (self.length.load(Acquire) as usize).min(ROOM);
            let bytes: Vec<u8> = self.text[..length]
                .iter()
                .map(|byte| byte.load(Acquire))
                .collect();
            if before % 2 == 0 && before == self.writes.load(Acquire) {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        String::new()
    }
}

fn join(generation: u32, step: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(step)
}

/// By what a process finds its place: some bytes of its registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The number of the supervisor in its library.
    pub(crate) family: u16,
    pub(crate) place: u16,
    pub(crate) child: u16,
    pub(crate) generation: u32,
}

impl Ticket {
    pub(crate) fn pack(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&self.family.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.place.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.child.to_le_bytes());
        bytes[6..10].copy_from_slice(&self.generation.to_le_bytes());
        let sum = checksum(&bytes[..10]);
        bytes[10..].copy_from_slice(&sum);
        bytes
    }

    /// Reads a ticket. Returns `None` for a worker that no supervisor has launched.
    pub(crate) fn unpack(bytes: [u8; 16]) -> Option<Self> {
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let ticket = Ticket {
            family: short(0),
            place: short(2),
            child: short(4),
            generation: u32::from_le_bytes(std::array::from_fn(|at| bytes[6 + at])),
        };
        (ticket.pack() == bytes).then_some(ticket)
    }
}

/// Differs from that of a channel's ticket.
fn checksum(bytes: &[u8]) -> [u8; 6] {
    let hash = fnv1a(fnv1a(START, b"child"), bytes).to_le_bytes();
    std::array::from_fn(|at| hash[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::mapped;

    #[test]
    fn ticket_round_trips_and_other_bytes_are_rejected() {
        let ticket = Ticket {
            family: 7,
            place: 4095,
            child: 3,
            generation: 0xdead_beef,
        };
        assert_eq!(Ticket::unpack(ticket.pack()), Some(ticket));
        assert_eq!(Ticket::unpack([0; 16]), None);
        for at in 0..16 {
            let mut bytes = ticket.pack();
            bytes[at] ^= 1;
            assert_eq!(Ticket::unpack(bytes), None, "byte {at}");
        }
    }

    #[test]
    fn process_of_an_earlier_generation_is_refused() {
        let table: &Table = mapped::map().unwrap();
        let place = table.place(1).unwrap();
        assert_eq!((place.launch(), place.launch()), (1, 2));
        assert!(!place.claim(1));
        assert!(place.claim(2) && !place.claim(2));
        place.end(1, step::FAILED);
        assert_eq!(place.step(), (2, step::RUNNING));
        place.end(2, step::DONE);
        place.end(2, step::FAILED);
        assert_eq!(place.step(), (2, step::DONE));
        place.leave(1);
        assert!(!place.has_left());
        place.leave(2);
        assert!(place.has_left());
        assert_eq!(place.launch(), 3);
        assert!(place.cancel() && !place.claim(3) && !place.cancel());
    }

    #[test]
    fn text_is_cut_at_a_character() {
        let table: &Table = mapped::map().unwrap();
        let place = table.place(0).unwrap();
        assert_eq!(place.text(), "");
        place.set_text(&"ä".repeat(300));
        assert_eq!(place.text(), "ä".repeat(200));
        place.set_text("short");
        assert_eq!(place.text(), "short");
    }
}
