//! The dynamic table: the libraries that a file needs, and its relocations.

use super::elf::{Elf, Names, Parsed, whole};
use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, GnuHashTable, HashTable, Rel as _, Rela as _};

/// The names in the dynamic table.
#[derive(Default)]
pub(super) struct Dynamic {
    pub(super) needed: Vec<String>,
    pub(super) search: Vec<String>,
    pub(super) soname: Option<String>,
}

/// A relocation.
pub(super) struct Relocation {
    /// The address of what the loader changes.
    pub(super) address: u64,
    /// The index of a symbol; 0 for none.
    pub(super) symbol: usize,
    /// `R_…`
    pub(super) kind: u32,
    /// `None` if it is at the address.
    pub(super) addend: Option<u64>,
}

impl<'data, H: FileHeader<Endian = Endianness>> Elf<'data, H> {
    pub(super) fn names(&self, names: &mut Names) -> Parsed<Dynamic> {
        let mut found = Dynamic::default();
        for (tag, value) in &self.dynamic {
            let mut text = || names.take(self.text(*value)?);
            match *tag {
                elf::DT_NEEDED => found.needed.push(text()?),
                elf::DT_SONAME => found.soname = Some(text()?),
                elf::DT_RUNPATH | elf::DT_RPATH => {
                    found.search.extend(text()?.split(':').map(str::to_owned));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Calls a function with each relocation. A damaged table only loses detail.
    pub(super) fn relocations(&self, mut each: impl FnMut(Relocation)) {
        let endian = self.endian;
        let calls = self.sized(elf::DT_JMPREL, elf::DT_PLTRELSZ);
        let rela = u64::try_from(elf::DT_RELA.0).ok();
        let (calls_with, calls_without) = match self.tag(elf::DT_PLTREL) == rela {
            true => (calls, &[][..]),
            false => (&[][..], calls),
        };
        let mips = self.header.is_mips64el(endian);
        for table in [self.sized(elf::DT_RELA, elf::DT_RELASZ), calls_with] {
            for rela in whole::<H::Rela>(table) {
                let addend: i64 = rela.r_addend(endian).into();
                each(Relocation {
                    address: rela.r_offset(endian).into(),
                    symbol: rela.r_sym(endian, mips) as usize,
                    kind: rela.r_type(endian, mips).0,
                    addend: Some(addend as u64),
                });
            }
        }
        for table in [self.sized(elf::DT_REL, elf::DT_RELSZ), calls_without] {
            for rel in whole::<H::Rel>(table) {
                each(Relocation {
                    address: rel.r_offset(endian).into(),
                    symbol: rel.r_sym(endian) as usize,
                    kind: rel.r_type(endian).0,
                    addend: None,
                });
            }
        }
    }

    /// Returns the dynamic symbols. No entry has their number: the hash table covers what the file
    /// defines, and relocations use what it imports.
    pub(super) fn symbols(&self) -> &'data [H::Sym] {
        let symbols = whole::<H::Sym>(self.table(elf::DT_SYMTAB).unwrap_or_default());
        let gnu = self.table(elf::DT_GNU_HASH).and_then(|bytes| {
            let table = GnuHashTable::<H>::parse(self.endian, bytes).ok()?;
            table.symbol_table_length(self.endian)
        });
        let hashed = gnu.or_else(|| {
            let bytes = self.table(elf::DT_HASH)?;
            let table = HashTable::<H>::parse(self.endian, bytes).ok()?;
            Some(table.symbol_table_length())
        });
        let mut count = hashed.unwrap_or(0) as usize;
        self.relocations(|relocation| count = count.max(relocation.symbol.saturating_add(1)));
        &symbols[..count.min(symbols.len())]
    }
}
