//! The table in which the workers of this library show their state, and its slots.
//!
//! One process at a time owns a slot and writes to it, so a counter is a load and a store. Texts
//! and the identity change rarely, and a sequence number tells the reader of a change.

use crate::server::mapped::{self, Mapped, cut};
use crate::server::status_layout::{
    Header, LAYOUT, MAGIC, NAME, PLACE, SLOTS, TextPlace, WORDS, exit, kind, state, word,
};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU64, fence};

#[repr(C)]
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) header: Header,
    pub(crate) slots: [Slot; SLOTS],
}

/// What a worker shows.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Slot([AtomicU64; WORDS]);

/// Who a worker is: the same worker gets the same slot in its next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity<'n> {
    pub(crate) name: &'n str,
    pub(crate) argument: u64,
    pub(crate) registration: u64,
}

// SAFETY: atomics of numbers; zeroed, it is a table of free slots.
unsafe impl Mapped for Table {}

/// Maps a table, in the postmaster.
pub(crate) fn map(library: &str) -> Option<&'static Table> {
    let table: &'static Table = mapped::map().ok()?;
    let header = &table.header;
    header.magic.store(MAGIC, Relaxed);
    header.layout.store(LAYOUT, Relaxed);
    header
        .header_size
        .store(size_of::<Header>() as u32, Relaxed);
    header.slot_size.store(size_of::<Slot>() as u32, Relaxed);
    header.slots.store(SLOTS as u32, Relaxed);
    put(&header.library, library);
    put(&header.version, env!("CARGO_PKG_VERSION"));
    Some(table)
}

fn put(places: &[AtomicU8], text: &str) {
    let text = cut(text, places.len() - 1);
    for (place, byte) in places.iter().zip(text.bytes()) {
        place.store(byte, Relaxed);
    }
}

/// Returns the text in the header of a table.
pub(crate) fn text_of(places: &[AtomicU8]) -> String {
    let bytes: Vec<u8> = places.iter().map(|byte| byte.load(Relaxed)).collect();
    until_nul(&bytes)
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

impl Table {
    /// Takes a slot for a process: the one that the worker had in its last run, else one that was
    /// never used, else the one whose worker has been gone for the longest time. Returns the slot
    /// and the owner before, which has died if it is not 0.
    pub(crate) fn claim(
        &'static self,
        identity: Identity<'_>,
        owner: u64,
        is_alive: impl Fn(u64) -> bool,
    ) -> Option<(&'static Slot, u64)> {
        // Other processes claim slots at the same time, so the owner is compared with the one that
        // has been looked at, and then the rest is looked at again.
        let take = |slot: &'static Slot, fits: &dyn Fn(&Slot) -> bool| {
            let before = slot.0[word::OWNER].load(Acquire);
            if (before != 0 && is_alive(before)) || !fits(slot) {
                return None;
            }
            slot.0[word::OWNER]
                .compare_exchange(before, owner, AcqRel, Relaxed)
                .ok()?;
            if !fits(slot) {
                slot.release(owner);
                return None;
            }
            Some((slot, before))
        };
        let is_unused = |slot: &Slot| slot.get(word::STATE) == state::FREE;
        let first = |fits: &dyn Fn(&Slot) -> bool| {
            let mut slots = self.slots.iter();
            slots.find_map(|slot| take(slot, fits))
        };
        first(&|slot| slot.is(identity))
            .or_else(|| first(&is_unused))
            .or_else(|| {
                let mut slots: Vec<&Slot> = self.slots.iter().collect();
                slots.sort_by_cached_key(|slot| {
                    slot.get(word::LAST_EXIT_AT).max(slot.get(word::STARTED_AT))
                });
                let mut slots = slots.into_iter();
                slots.find_map(|slot| take(slot, &Slot::may_be_taken))
            })
    }
}

impl Slot {
    #[inline]
    pub(crate) fn get(&self, at: usize) -> u64 {
        self.0[at].load(Relaxed)
    }

    #[inline]
    pub(crate) fn set(&self, at: usize, value: u64) {
        self.0[at].store(value, Relaxed);
    }

    /// Adds to a counter. Only the owner of the slot does.
    #[inline]
    pub(crate) fn add(&self, at: usize, more: u64) {
        self.set(at, self.get(at).wrapping_add(more));
    }

    /// The place where a signal handler writes.
    pub(crate) fn place(&self, at: usize) -> *mut u64 {
        self.0[at].as_ptr()
    }

    /// Returns whether this process has the slot.
    pub(crate) fn is_own(&self) -> bool {
        self.get(word::OWNER) as u32 == std::process::id()
    }

    /// Gives the slot back, after everything has been written.
    pub(crate) fn release(&self, owner: u64) {
        let _ = self.0[word::OWNER].compare_exchange(owner, 0, Release, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn words(&'static self) -> &'static [AtomicU64] {
        &self.0
    }

    /// Changes texts or the identity. A reader that sees a part of the change reads again.
    pub(crate) fn change(&self, change: impl FnOnce()) {
        let sequence = self.get(word::SEQUENCE) | 1;
        self.set(word::SEQUENCE, sequence);
        fence(Release);
        change();
        self.0[word::SEQUENCE].store(sequence.wrapping_add(1), Release);
    }

    /// Makes the slot that of another worker. Inside [`Slot::change`].
    pub(crate) fn begin(&self, identity: Identity<'_>, kind: u64, now: u64) {
        for (at, word) in self.0.iter().enumerate() {
            if ![word::OWNER, word::SEQUENCE].contains(&at) {
                word.store(0, Relaxed);
            }
        }
        self.write(NAME, identity.name);
        self.set(word::ARGUMENT, identity.argument);
        self.set(word::REGISTRATION, identity.registration);
        self.set(word::KIND, kind);
        self.set(word::RESET_AT, now);
    }

    /// Whether another worker may take the slot of one that is gone. A static worker starts
    /// again, unless it is done.
    fn may_be_taken(&self) -> bool {
        let is_static = [kind::STATIC, kind::SUPERVISOR].contains(&self.get(word::KIND));
        !is_static || self.get(word::LAST_EXIT) == exit::DONE
    }

    pub(crate) fn is(&self, identity: Identity<'_>) -> bool {
        self.get(word::STATE) != state::FREE
            && self.get(word::ARGUMENT) == identity.argument
            && self.get(word::REGISTRATION) == identity.registration
            && self.read(NAME) == identity.name
    }

    /// Writes a text, cut to its room. Inside [`Slot::change`].
    pub(crate) fn write(&self, TextPlace(first, words): TextPlace, text: &str) {
        let text = cut(text, words * 8 - 1);
        let mut bytes = text.bytes();
        for place in &self.0[first..first + words] {
            let part = std::array::from_fn(|_| bytes.next().unwrap_or(0));
            place.store(u64::from_ne_bytes(part), Relaxed);
        }
    }

    pub(crate) fn read(&self, TextPlace(first, words): TextPlace) -> String {
        text_from((first..first + words).map(|at| self.get(at)))
    }
}

fn text_from(words: impl Iterator<Item = u64>) -> String {
    let bytes: Vec<u8> = words.flat_map(u64::to_ne_bytes).collect();
    until_nul(&bytes)
}

/// A consistent copy of a slot.
#[derive(Debug)]
pub(crate) struct Copied {
    words: Vec<u64>,
}

impl Copied {
    /// Copies a slot. A process may have died while it changed the texts: they are left out then.
    pub(crate) fn of(words: &[AtomicU64]) -> Self {
        let all = |words: &[AtomicU64]| words.iter().map(|word| word.load(Relaxed)).collect();
        let sequence = |words: &[AtomicU64]| words.get(word::SEQUENCE).map(|w| w.load(Acquire));
        for _ in 0..100 {
            let before = sequence(words);
            let copy = Copied { words: all(words) };
            fence(Acquire);
            if before == sequence(words) && before.is_some_and(|number| number % 2 == 0) {
                return copy;
            }
            std::hint::spin_loop();
        }
        let mut words: Vec<u64> = all(words);
        words.truncate(PLACE.0);
        Copied { words }
    }

    /// A word, or 0 if the other build does not have it.
    pub(crate) fn get(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or(0)
    }

    /// A counter since the last reset, of which this much is not counted yet.
    pub(crate) fn counter(&self, at: usize, more: u64) -> u64 {
        let total = self.get(at).wrapping_add(more);
        total.saturating_sub(self.get(at + word::COUNTERS))
    }

    pub(crate) fn text(&self, TextPlace(first, count): TextPlace) -> String {
        text_from((first..first + count).map(|at| self.get(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::status_layout::MESSAGE;

    const IDENTITY: Identity<'_> = Identity {
        name: "heartbeat",
        argument: 7,
        registration: 60,
    };

    fn claim(table: &'static Table, identity: Identity<'_>, owner: u64) -> Option<&'static Slot> {
        // The processes with odd numbers have died.
        let (slot, _) = table.claim(identity, owner, |owner| owner % 2 == 0)?;
        slot.change(|| {
            if !slot.is(identity) {
                slot.begin(identity, kind::DYNAMIC, 1);
            }
            slot.set(word::STATE, state::RUNNING);
            slot.set(word::STARTED_AT, owner);
        });
        Some(slot)
    }

    #[test]
    fn same_worker_gets_the_same_slot() {
        let table = map("library").unwrap();
        let first = claim(table, IDENTITY, 1).unwrap();
        first.add(word::WAITS, 5);
        let other = Identity {
            argument: 8,
            ..IDENTITY
        };
        assert!(!std::ptr::eq(claim(table, other, 2).unwrap(), first));
        let again = claim(table, IDENTITY, 4).unwrap();
        assert!(std::ptr::eq(again, first));
        assert_eq!(again.get(word::WAITS), 5);
        // A second worker of the same name runs at the same time.
        assert!(!std::ptr::eq(claim(table, IDENTITY, 6).unwrap(), first));
    }

    #[test]
    fn slot_that_was_left_first_is_taken_first() {
        let table = map("library").unwrap();
        let numbered = |argument| Identity {
            argument,
            ..IDENTITY
        };
        for number in 0..SLOTS as u64 {
            claim(table, numbered(number), 100 + 2 * number).unwrap();
        }
        assert!(claim(table, numbered(1000), 1).is_none());
        for (number, ended_at) in [(5, 30), (6, 20), (7, 40)] {
            let slot = &table.slots[number];
            slot.set(word::STARTED_AT, 1);
            slot.set(word::LAST_EXIT_AT, ended_at);
            slot.release(slot.get(word::OWNER));
        }
        let taken = claim(table, numbered(1000), 2).unwrap();
        assert!(std::ptr::eq(taken, &table.slots[6]));
        assert_eq!(taken.get(word::LAST_EXIT_AT), 0);
    }

    #[test]
    fn workers_that_start_at_once_get_different_slots() {
        for _ in 0..50 {
            let table = map("library").unwrap();
            let start = std::sync::Barrier::new(SLOTS);
            let slots = std::thread::scope(|scope| {
                let workers: Vec<_> = (1..=SLOTS as u64)
                    .map(|number| {
                        let start = &start;
                        let identity = Identity {
                            argument: number,
                            ..IDENTITY
                        };
                        scope.spawn(move || {
                            start.wait();
                            let slot = claim(table, identity, 2 * number);
                            std::ptr::from_ref(slot.unwrap()).addr()
                        })
                    })
                    .collect();
                let slots = workers.into_iter().map(|worker| worker.join().unwrap());
                slots.collect::<std::collections::BTreeSet<_>>()
            });
            assert_eq!(slots.len(), SLOTS);
        }
    }

    #[test]
    fn long_texts_are_cut_visibly() {
        let slot = &map("library").unwrap().slots[0];
        slot.change(|| slot.write(PLACE, &"ä".repeat(200)));
        let text = Copied::of(slot.words()).text(PLACE);
        assert!(text.ends_with("ä…") && text.len() > 150, "{text}");
    }

    #[test]
    fn words_that_another_build_lacks_are_zero() {
        let slot = &map("library").unwrap().slots[0];
        slot.change(|| slot.begin(IDENTITY, kind::STATIC, 1));
        let copy = Copied::of(&slot.words()[..96]);
        assert_eq!(copy.text(NAME), "heartbeat");
        assert_eq!((copy.get(300), copy.text(MESSAGE)), (0, String::new()));
    }

    #[test]
    fn texts_of_a_process_that_died_while_it_wrote_are_left_out() {
        let slot = &map("library").unwrap().slots[0];
        slot.change(|| slot.write(MESSAGE, "whole"));
        slot.set(word::SEQUENCE, slot.get(word::SEQUENCE) + 1);
        slot.set(word::WAITS, 3);
        let copy = Copied::of(slot.words());
        assert_eq!(
            (copy.get(word::WAITS), copy.text(MESSAGE)),
            (3, String::new())
        );
        slot.change(|| slot.write(MESSAGE, "whole again"));
        assert_eq!(Copied::of(slot.words()).text(MESSAGE), "whole again");
    }
}
