//! The code around the calls that register workers.
//!
//! A worker's main function is named by a string, which the code that registers the worker uses. So
//! texts next to such a call are better evidence than those elsewhere. Only code of x86_64 is read;
//! for other machines all texts are equal.

use super::elf::Elf;
use super::image::{Image, Part};
use object::Endianness;
use object::elf;
use object::read::elf::FileHeader;
use std::collections::BTreeSet;

/// The functions that a module calls to start workers.
pub(super) const REGISTER: [&str; 2] = [
    "RegisterBackgroundWorker",
    "RegisterDynamicBackgroundWorker",
];

/// The number of bytes before and after a call that belong to it.
const BEFORE: usize = 1024;
const AFTER: usize = 64;
/// A limit that no module reaches.
const MOST: usize = 64;

/// The code around a call, and its address.
pub(super) struct Window<'data> {
    pub(super) address: u64,
    pub(super) code: &'data [u8],
}

/// Returns the code around each call of the functions with these symbol indexes. `starts` are the
/// addresses of functions.
pub(super) fn windows<'data, H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'data, H>,
    image: &Image<'data>,
    called: &BTreeSet<usize>,
    starts: &BTreeSet<u64>,
) -> Vec<Window<'data>> {
    if elf.header.e_machine(elf.endian) != elf::EM_X86_64 || called.is_empty() {
        return Vec::new();
    }
    let mut slots = BTreeSet::new();
    elf.relocations(|relocation| {
        if called.contains(&relocation.symbol) {
            slots.insert(relocation.address);
        }
    });
    let code = || image.parts.iter().filter(|part| part.is_code);
    // `jmp *slot(%rip)`: an entry of the procedure linkage table, or a call at the end of a
    // function.
    let mut stubs = BTreeSet::new();
    let mut calls = BTreeSet::new();
    for part in code() {
        each_operand(part, |at, target| {
            let before = at.checked_sub(2).and_then(|at| part.bytes.get(at..at + 2));
            match before {
                Some([0xff, 0x25]) if slots.contains(&target) => {
                    // It may begin with a prefix, and with `endbr64`.
                    let start = part.address.wrapping_add(at as u64).wrapping_sub(2);
                    stubs.extend([0, 1, 4, 5].map(|skipped| start.wrapping_sub(skipped)));
                    calls.insert((part.address, at));
                }
                Some([0xff, 0x15]) if slots.contains(&target) => {
                    calls.insert((part.address, at));
                }
                _ => {}
            }
        });
    }
    for part in code() {
        each_operand(part, |at, target| {
            let before = at.checked_sub(1).and_then(|at| part.bytes.get(at));
            if let (Some(0xe8 | 0xe9), true) = (before, stubs.contains(&target)) {
                calls.insert((part.address, at));
            }
        });
    }
    let mut windows = Vec::new();
    for part in code() {
        let calls = calls.iter().filter(|(address, _)| *address == part.address);
        for (_, at) in calls.take(MOST) {
            windows.push(window(part, *at, starts));
        }
    }
    windows
}

/// Returns the addresses of texts that code of x86_64 loads: the address (`lea`), or 16 bytes from
/// there.
pub(super) fn loaded(image: &Image<'_>) -> impl Iterator<Item = u64> {
    let code = image.parts.iter().filter(|part| part.is_code);
    code.flat_map(|part| {
        let places = part.bytes.windows(3).enumerate();
        let loads = places.filter(|(_, bytes)| {
            bytes[2] & 0xc7 == 0x05
                && matches!(bytes[..2], [0x48 | 0x4c, 0x8d] | [0x0f, 0x10 | 0x28 | 0x6f])
        });
        let operands = loads.map(|(at, _)| at + 3);
        operands
            .filter(|at| at + 4 <= part.bytes.len())
            .map(|at| operand(part.address, part.bytes, at))
    })
}

/// Returns the code around each constant of 8 bytes (`movabs`) that is wanted.
pub(super) fn constants<'data>(
    image: &Image<'data>,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> impl Iterator<Item = Window<'data>> {
    let parts = image.parts.iter().filter(|part| part.is_code);
    let places = parts.flat_map(|part| {
        let places = part.bytes.windows(10).enumerate();
        let constants = places.filter(|(_, bytes)| {
            matches!(bytes[..2], [0x48 | 0x49, 0xb8..=0xbf])
                && bytes[2..].iter().all(u8::is_ascii_graphic)
        });
        constants.map(move |(at, bytes)| (part, at, &bytes[2..]))
    });
    let places = places.filter(move |(_, _, text)| is_wanted(text));
    places.map(|(part, at, _)| {
        let begin = at.saturating_sub(AFTER);
        let end = at.saturating_add(AFTER).min(part.bytes.len());
        Window {
            address: part.address.wrapping_add(begin as u64),
            code: &part.bytes[begin..end],
        }
    })
}

/// Cuts at the functions before and after.
fn window<'data>(part: &Part<'data>, at: usize, starts: &BTreeSet<u64>) -> Window<'data> {
    let place = part.address.wrapping_add(at as u64);
    let offset = |address: u64| usize::try_from(address.wrapping_sub(part.address)).ok();
    let begin = starts.range(..place).next_back().and_then(|a| offset(*a));
    let begin = begin.unwrap_or(0).max(at.saturating_sub(BEFORE)).min(at);
    let next = starts.range(place..).next().and_then(|a| offset(*a));
    let end = next.unwrap_or(usize::MAX).min(at.saturating_add(AFTER));
    let end = end.min(part.bytes.len()).max(begin);
    Window {
        address: part.address.wrapping_add(begin as u64),
        code: &part.bytes[begin..end],
    }
}

/// Calls a function with the place of each four bytes, and with the address that they mean as the
/// last operand of an instruction.
fn each_operand(part: &Part<'_>, mut each: impl FnMut(usize, u64)) {
    for at in 0..part.bytes.len().saturating_sub(3) {
        // Only these instructions matter; the others are most of the code.
        let is_close = at > 0 && matches!(part.bytes[at - 1], 0xe8 | 0xe9 | 0x15 | 0x25);
        if is_close {
            each(at, operand(part.address, part.bytes, at));
        }
    }
}

fn operand(address: u64, code: &[u8], at: usize) -> u64 {
    let bytes = code[at..].first_chunk().copied().unwrap_or_default();
    let next = address.wrapping_add(at as u64 + 4);
    next.wrapping_add_signed(i32::from_le_bytes(bytes).into())
}

impl Window<'_> {
    /// Returns the addresses that its instructions may use.
    pub(super) fn operands(&self) -> impl Iterator<Item = u64> {
        let places = 0..self.code.len().saturating_sub(3);
        places.map(|at| operand(self.address, self.code, at))
    }

    /// Returns whether its instructions contain a short text, as the compiler stores it.
    pub(super) fn contains(&self, text: &[u8]) -> bool {
        self.code
            .windows(text.len().max(1))
            .any(|part| part == text)
    }
}
