//! The memory image of a file before relocation.

use super::elf::Elf;
use object::Endianness;
use object::elf;
use object::read::elf::FileHeader;
use std::collections::BTreeMap;

/// The parts of a file that are loaded, without the names of its symbols.
pub(super) struct Image<'data> {
    pub(super) parts: Vec<Part<'data>>,
    /// Relative relocations: the pointers in position-independent data.
    pointers: BTreeMap<u64, u64>,
    little_endian: bool,
    pub(super) wide: bool,
}

/// A part of a segment. Some linkers put constants and code into one segment.
#[derive(Clone, Copy)]
pub(super) struct Part<'data> {
    pub(super) address: u64,
    pub(super) bytes: &'data [u8],
    pub(super) is_code: bool,
}

impl<'data> Image<'data> {
    pub(super) fn of<H: FileHeader<Endian = Endianness>>(elf: &Elf<'data, H>) -> Self {
        let mut image = Self {
            parts: Vec::new(),
            pointers: BTreeMap::new(),
            little_endian: elf.header.is_little_endian(),
            wide: elf.header.is_class_64(),
        };
        let names = elf.tag(elf::DT_STRTAB).unwrap_or(0);
        let size = elf.sized(elf::DT_STRTAB, elf::DT_STRSZ).len();
        for load in &elf.loads {
            let mut put = |from: usize, to: usize| {
                if let Some(bytes) = load.bytes.get(from..to).filter(|part| !part.is_empty()) {
                    image.parts.push(Part {
                        address: load.address.wrapping_add(from as u64),
                        bytes,
                        is_code: load.is_code,
                    });
                }
            };
            let (start, end) = (names.wrapping_sub(load.address), load.bytes.len());
            match usize::try_from(start).ok().filter(|start| *start < end) {
                Some(start) => {
                    put(0, start);
                    put(start.saturating_add(size), end);
                }
                None => put(0, end),
            }
        }
        if let Some(relative) = relative(elf.header.e_machine(elf.endian)) {
            elf.relocations(|relocation| {
                if let (true, Some(to)) = (relocation.kind == relative, relocation.addend) {
                    image.pointers.insert(relocation.address, to);
                }
            });
        }
        image
    }

    /// Returns the addresses that pointers in the data lead to.
    pub(super) fn targets(&self) -> impl Iterator<Item = u64> {
        self.pointers.values().copied()
    }

    /// Returns the C string that the pointer at an address points to.
    pub(super) fn pointed_text(&self, address: u64) -> Option<String> {
        let target = match self.pointers.get(&address) {
            Some(target) => *target,
            None => self.word(address)?,
        };
        let bytes = self.at(target)?;
        let end = bytes.iter().take(1024).position(|byte| *byte == 0)?;
        String::from_utf8(bytes[..end].to_vec()).ok()
    }

    /// Returns the bytes at an address, up to the end of its part.
    pub(super) fn at(&self, address: u64) -> Option<&'data [u8]> {
        if address == 0 {
            return None;
        }
        self.parts.iter().find_map(|part| {
            let offset = usize::try_from(address.checked_sub(part.address)?).ok()?;
            part.bytes.get(offset..).filter(|rest| !rest.is_empty())
        })
    }

    fn word(&self, address: u64) -> Option<u64> {
        let bytes = self.at(address)?;
        if self.wide {
            let word = bytes.first_chunk()?;
            Some(if self.little_endian {
                u64::from_le_bytes(*word)
            } else {
                u64::from_be_bytes(*word)
            })
        } else {
            self.int(bytes).map(|value| u64::from(value as u32))
        }
    }

    /// Returns the `int` at the start of some bytes.
    pub(super) fn int(&self, bytes: &[u8]) -> Option<i32> {
        let word = *bytes.first_chunk()?;
        Some(if self.little_endian {
            i32::from_le_bytes(word)
        } else {
            i32::from_be_bytes(word)
        })
    }
}

/// `R_…_RELATIVE`
fn relative(machine: elf::Machine) -> Option<u32> {
    Some(match machine {
        elf::EM_X86_64 => 8,
        elf::EM_AARCH64 => 1027,
        elf::EM_RISCV | elf::EM_LOONGARCH => 3,
        elf::EM_PPC64 => 22,
        elf::EM_S390 => 12,
        _ => return None,
    })
}
