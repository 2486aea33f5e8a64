//! The memory image of a file before relocation.

use super::elf::Elf;
use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, Rela as _, SectionHeader as _};
use std::collections::BTreeMap;

/// The parts of a file that are loaded as data.
pub(super) struct Image<'data> {
    /// Address and bytes.
    pub(super) parts: Vec<(u64, &'data [u8])>,
    /// Relative relocations: the pointers in position-independent data.
    pointers: BTreeMap<u64, u64>,
    little_endian: bool,
    pub(super) wide: bool,
}

impl<'data> Image<'data> {
    pub(super) fn of<H: FileHeader<Endian = Endianness>>(elf: &Elf<'data, H>) -> Self {
        let endian = elf.endian;
        let mut image = Self {
            parts: Vec::new(),
            pointers: BTreeMap::new(),
            little_endian: elf.header.is_little_endian(),
            wide: elf.header.is_class_64(),
        };
        // Sections of a valid file do not overlap, so their total is at most the size of the file.
        let mut left = elf.bytes.len();
        for section in elf.sections.iter() {
            let flags = section.sh_flags(endian);
            let is_data = section.sh_type(endian) == elf::SHT_PROGBITS
                && flags.contains(elf::SHF_ALLOC)
                && !flags.contains(elf::SHF_EXECINSTR);
            if !is_data {
                continue;
            }
            let Ok(bytes) = section.data(endian, elf.bytes) else {
                continue;
            };
            let Some(rest) = left.checked_sub(bytes.len()) else {
                break;
            };
            left = rest;
            image.parts.push((section.sh_addr(endian).into(), bytes));
        }
        image.read_pointers(elf);
        image
    }

    fn read_pointers<H: FileHeader<Endian = Endianness>>(&mut self, elf: &Elf<'data, H>) {
        let Some(relative) = relative(elf.header.e_machine(elf.endian)) else {
            return;
        };
        let sections = elf.sections.iter();
        let tables = sections.filter(|s| s.sh_type(elf.endian) == elf::SHT_RELA);
        for section in tables.take(16) {
            let Ok(Some((rels, _))) = section.rela(elf.endian, elf.bytes) else {
                continue;
            };
            for rel in rels {
                if rel.r_type(elf.endian, false).0 == relative {
                    let addend: i64 = rel.r_addend(elf.endian).into();
                    self.pointers
                        .insert(rel.r_offset(elf.endian).into(), addend as u64);
                }
            }
        }
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

    /// Returns the bytes at an address, up to the end of its section.
    fn at(&self, address: u64) -> Option<&'data [u8]> {
        if address == 0 {
            return None;
        }
        self.parts.iter().find_map(|(start, bytes)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(offset..).filter(|rest| !rest.is_empty())
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
