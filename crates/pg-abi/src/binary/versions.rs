//! The versions of symbols: those that a file defines, and those that it needs of others.

use super::elf::{Elf, Names, Parsed, damage};
use object::Endianness;
use object::elf;
use object::pod;
use object::read::elf::FileHeader;
use std::collections::{BTreeMap, BTreeSet};

/// A version that a library must define. The loader checks it before it looks up any symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The library's name.
    pub library: String,
    /// The version.
    pub version: String,
    /// Weak: all its symbols may be absent, so the version may be, too.
    pub weak: bool,
}

/// The tables of versions.
#[derive(Default)]
pub(super) struct Versions<'data> {
    /// The version index of each symbol.
    of_symbols: &'data [u8],
    /// By index: the version, and the library that has to define it.
    known: BTreeMap<u16, Version<'data>>,
    pub(super) defined: BTreeSet<String>,
    pub(super) required: Vec<Required>,
}

/// A version.
#[derive(Clone, Copy)]
pub(super) struct Version<'data> {
    pub(super) name: &'data [u8],
    pub(super) library: Option<&'data [u8]>,
}

/// A version index has 15 bits.
const MOST: usize = 1 << 15;
/// The index of a version, without the bit of hidden symbols.
const INDEX: u16 = 0x7fff;

impl<'data> Versions<'data> {
    pub(super) fn of<H: FileHeader<Endian = Endianness>>(
        elf: &Elf<'data, H>,
        names: &mut Names,
    ) -> Parsed<Self> {
        let mut versions = Self {
            of_symbols: elf.table(elf::DT_VERSYM).unwrap_or_default(),
            ..Self::default()
        };
        versions.read_defined(elf, names)?;
        versions.read_required(elf, names)?;
        Ok(versions)
    }

    /// Returns the version of a symbol.
    pub(super) fn of_symbol<H: FileHeader<Endian = Endianness>>(
        &self,
        elf: &Elf<'data, H>,
        symbol: usize,
    ) -> Option<Version<'data>> {
        let index = elf.half(self.of_symbols, symbol)?;
        self.known.get(&(index & INDEX)).copied()
    }

    fn read_defined<H: FileHeader<Endian = Endianness>>(
        &mut self,
        elf: &Elf<'data, H>,
        names: &mut Names,
    ) -> Parsed<()> {
        let endian = elf.endian;
        let count = elf.tag(elf::DT_VERDEFNUM).unwrap_or(0);
        let Some(mut rest) = elf.table(elf::DT_VERDEF).filter(|_| count > 0) else {
            return Ok(());
        };
        for _ in 0..MOST {
            let definition: &elf::Verdef<Endianness> = entry(rest, 0)?;
            let name: &elf::Verdaux<Endianness> = entry(rest, definition.vd_aux.get(endian))?;
            let name = elf.text(name.vda_name.get(endian).into())?;
            self.defined.insert(names.take(name)?);
            // The name of the file itself is no version of symbols.
            if !definition.vd_flags.get(endian).contains(elf::VER_FLG_BASE) {
                let version = Version {
                    name,
                    library: None,
                };
                let index = definition.vd_ndx.get(endian).0 & INDEX;
                self.known.insert(index, version);
            }
            match after(rest, definition.vd_next.get(endian)) {
                Some(next) => rest = next,
                None => return Ok(()),
            }
        }
        damage("it defines more versions than there can be")
    }

    fn read_required<H: FileHeader<Endian = Endianness>>(
        &mut self,
        elf: &Elf<'data, H>,
        names: &mut Names,
    ) -> Parsed<()> {
        let endian = elf.endian;
        let count = elf.tag(elf::DT_VERNEEDNUM).unwrap_or(0);
        let Some(mut files) = elf.table(elf::DT_VERNEED).filter(|_| count > 0) else {
            return Ok(());
        };
        loop {
            let file: &elf::Verneed<Endianness> = entry(files, 0)?;
            let library = elf.text(file.vn_file.get(endian).into())?;
            let library_name = names.take(library)?;
            let mut rest = after(files, file.vn_aux.get(endian));
            while let Some(bytes) = rest {
                let version: &elf::Vernaux<Endianness> = entry(bytes, 0)?;
                let name = elf.text(version.vna_name.get(endian).into())?;
                let known = Version {
                    name,
                    library: Some(library),
                };
                self.known
                    .insert(version.vna_other.get(endian).0 & INDEX, known);
                self.required.push(Required {
                    library: library_name.clone(),
                    version: names.take(name)?,
                    weak: version.vna_flags.get(endian).contains(elf::VER_FLG_WEAK),
                });
                if self.required.len() > MOST {
                    return damage("it needs more versions than there can be");
                }
                rest = after(bytes, version.vna_next.get(endian));
            }
            match after(files, file.vn_next.get(endian)) {
                Some(next) => files = next,
                None => return Ok(()),
            }
        }
    }
}

fn entry<T: pod::Pod>(bytes: &[u8], offset: u32) -> Parsed<&T> {
    let bytes = bytes.get(offset as usize..).unwrap_or_default();
    match pod::from_bytes(bytes) {
        Ok((entry, _)) => Ok(entry),
        Err(()) => damage("its tables of versions are not in a segment"),
    }
}

/// Returns what an offset to the next entry leads to. Zero is the end.
fn after(bytes: &[u8], offset: u32) -> Option<&[u8]> {
    bytes.get(offset as usize..).filter(|_| offset > 0)
}
