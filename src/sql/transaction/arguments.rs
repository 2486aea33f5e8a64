//! The values of a statement's parameters, in memory that is reused by later statements.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Datum;
use std::ffi::c_char;

/// Parameter values, and the memory that they point to.
#[derive(Debug, Default)]
pub struct Arguments {
    slots: Vec<Slot>,
    /// The memory that the slots point into. Words align every value sufficiently.
    memory: Vec<u64>,
    pub(crate) types: Vec<ffi::Oid>,
    pub(crate) values: Vec<ffi::Datum>,
    /// In the format of SPI: `n` for NULL, a space for a value.
    pub(crate) nulls: Vec<c_char>,
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    Null,
    Value(ffi::Datum),
    /// An index into `memory`, which may still be reallocated.
    Inside(usize),
}

/// The size in bytes of the longest value that the server accepts (`MaxAllocSize`).
pub(crate) const MAX_VARLENA: usize = 0x3fff_ffff;

/// The memory that is kept for the next statement, at most, in words.
const MAX_KEPT: usize = 8192;

impl Arguments {
    #[inline]
    pub(crate) fn null(&mut self) {
        self.slots.push(Slot::Null);
    }

    /// Adds a value that fits into a word, or that is in the server's memory.
    #[inline]
    pub(crate) fn value(&mut self, datum: Datum) {
        self.slots.push(Slot::Value(datum.0));
    }

    /// Adds a value of fixed length that is passed by reference.
    pub(crate) fn by_reference(&mut self, bytes: &[u8]) {
        self.append(bytes.len(), |start| {
            // SAFETY: cannot raise; the memory has room for the bytes.
            unsafe { start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
        });
    }

    /// Adds a `text` or `bytea`: a header with the length, then the bytes.
    pub(crate) fn varlena(&mut self, bytes: &[u8]) -> Result<()> {
        let total = bytes.len() + size_of::<u32>();
        if total > MAX_VARLENA {
            return Err(Error::new(
                ErrorKind::TooLong,
                format!(
                    "value of {} bytes is too long (maximum is 1 GB)",
                    bytes.len()
                ),
            ));
        }
        self.append(total, |start| {
            // SAFETY: cannot raise; the memory has room for the header and the bytes.
            unsafe {
                ffi::inline::SET_VARSIZE(start.cast(), total);
                start
                    .add(size_of::<u32>())
                    .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
        });
        Ok(())
    }

    /// Adds a value of this many bytes, all of which `fill` writes. They are not zeroed before,
    /// because values can be long.
    fn append(&mut self, bytes: usize, fill: impl FnOnce(*mut u8)) {
        let start = self.memory.len();
        let words = bytes.div_ceil(size_of::<u64>());
        self.memory.reserve(words);
        let room = &mut self.memory.spare_capacity_mut()[..words];
        if let Some(last) = room.last_mut() {
            // The bytes after the value, in its last word.
            last.write(0);
        }
        fill(room.as_mut_ptr().cast());
        // SAFETY: cannot raise; the words have been reserved, and all of their bytes written.
        unsafe { self.memory.set_len(start + words) }
        self.slots.push(Slot::Inside(start));
    }

    /// Returns the only value, or `None` if it is NULL. It is valid until the next value is added.
    #[inline]
    pub(crate) fn only(&self) -> Option<Datum> {
        match *self.slots.last()? {
            Slot::Null => None,
            Slot::Value(value) => Some(Datum(value)),
            Slot::Inside(start) => Some(Datum(
                self.memory[start..].as_ptr().expose_provenance() as ffi::Datum
            )),
        }
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns the memory that the values use, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.memory.len() * size_of::<u64>()
    }

    /// Fills `values` and `nulls` with the values from number `first` on. They are valid until the
    /// next value is added.
    pub(crate) fn resolve(&mut self, first: usize) {
        self.values.clear();
        self.nulls.clear();
        for slot in &self.slots[first..] {
            let (value, null) = match *slot {
                Slot::Null => (0, b'n'),
                Slot::Value(value) => (value, b' '),
                Slot::Inside(start) => (
                    self.memory[start..].as_ptr().expose_provenance() as ffi::Datum,
                    b' ',
                ),
            };
            self.values.push(value);
            self.nulls.push(null as c_char);
        }
    }

    /// Removes the values from number `first` on.
    pub(crate) fn truncate(&mut self, first: usize) {
        let inside = self.slots[first..].iter().find_map(|slot| match slot {
            Slot::Inside(start) => Some(*start),
            _ => None,
        });
        if let Some(start) = inside {
            self.memory.truncate(start);
        }
        self.slots.truncate(first);
    }

    /// Removes all values, before the next statement.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.memory.clear();
        self.types.clear();
        if self.memory.capacity() > MAX_KEPT {
            self.memory = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_keep_their_places_while_memory_grows() {
        let mut arguments = Arguments::default();
        arguments.value(Datum(7));
        for size in [1usize, 100, 10_000] {
            arguments.varlena(&vec![b'x'; size]).unwrap();
        }
        arguments.null();
        arguments.by_reference(&[1, 2, 3]);
        arguments.resolve(0);
        assert_eq!(arguments.values[0], 7);
        let nulls: Vec<u8> = arguments.nulls.iter().map(|null| *null as u8).collect();
        assert_eq!(nulls, b"    n ");
        for (at, size) in [(1, 1usize), (2, 100), (3, 10_000)] {
            let varlena = Datum(arguments.values[at]).as_pointer::<std::ffi::c_void>();
            // SAFETY: cannot raise; the argument is such a varlena.
            assert_eq!(unsafe { ffi::inline::VARSIZE_ANY_EXHDR(varlena) }, size);
        }
        arguments.truncate(2);
        assert_eq!((arguments.len(), arguments.memory.len()), (2, 1));
        arguments.clear();
        assert_eq!(arguments.len(), 0);
    }

    #[test]
    fn too_long_values_are_rejected() {
        let bytes = vec![0; MAX_VARLENA - 3];
        let error = Arguments::default().varlena(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLong);
    }

    #[derive(Debug, Clone)]
    enum Put {
        Null,
        Word(ffi::Datum),
        Bytes(Vec<u8>),
        Fixed(Vec<u8>),
    }

    fn put() -> impl Strategy<Value = Put> {
        let bytes = || prop::collection::vec(any::<u8>(), 1..40);
        prop_oneof![
            Just(Put::Null),
            any::<ffi::Datum>().prop_map(Put::Word),
            bytes().prop_map(Put::Bytes),
            bytes().prop_map(Put::Fixed),
        ]
    }

    fn add(arguments: &mut Arguments, put: &Put) {
        match put {
            Put::Null => arguments.null(),
            Put::Word(word) => arguments.value(Datum(*word)),
            Put::Bytes(bytes) => arguments.varlena(bytes).unwrap(),
            Put::Fixed(bytes) => arguments.by_reference(bytes),
        }
    }

    fn is_stored(arguments: &Arguments, at: usize, put: &Put) -> bool {
        let place = Datum(arguments.values[at]);
        let is_null = arguments.nulls[at] as u8 == b'n';
        // SAFETY: cannot raise; server memory, as it will be: the argument is such a value, aligned
        // to a word.
        let bytes = |skip: usize, length| unsafe {
            std::slice::from_raw_parts(place.as_pointer::<u8>().add(skip), length)
        };
        match put {
            Put::Null => is_null,
            Put::Word(word) => !is_null && place.0 == *word,
            Put::Bytes(expected) => !is_null && bytes(4, expected.len()) == expected,
            Put::Fixed(expected) => !is_null && bytes(0, expected.len()) == expected,
        }
    }

    proptest! {
        /// An array is encoded as values that are removed again and replaced by one value.
        #[test]
        fn any_values_keep_their_places(first in prop::collection::vec(put(), 0..20), away in prop::collection::vec(put(), 0..20), last in prop::collection::vec(put(), 0..20)) {
            let mut arguments = Arguments::default();
            first.iter().for_each(|put| add(&mut arguments, put));
            let length = arguments.len();
            away.iter().for_each(|put| add(&mut arguments, put));
            arguments.resolve(length);
            prop_assert!(away.iter().enumerate().all(|(at, put)| is_stored(&arguments, at, put)));
            arguments.truncate(length);
            last.iter().for_each(|put| add(&mut arguments, put));
            arguments.resolve(0);
            let kept = first.iter().chain(&last);
            prop_assert_eq!(arguments.len(), first.len() + last.len());
            prop_assert!(kept.enumerate().all(|(at, put)| is_stored(&arguments, at, put)));
        }
    }
}
