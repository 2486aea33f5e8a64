//! The dynamic symbol table: the exports and imports of a file.

use super::elf::{Elf, Names, Parsed};
use object::elf;
use object::read::elf::{FileHeader, Rel as _, Rela as _, SectionHeader as _, Sym as _};
use object::{Endianness, SymbolIndex};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Code.
    Function,
    /// A variable.
    Data,
    /// A thread-local variable.
    ThreadLocal,
    /// The file does not specify it.
    Unknown,
}

impl Kind {
    /// The name for display.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Data => "variable",
            Self::ThreadLocal => "thread-local variable",
            Self::Unknown => "symbol",
        }
    }

    fn of(symbol: elf::SymbolType) -> Self {
        match symbol {
            elf::STT_FUNC | elf::STT_GNU_IFUNC => Self::Function,
            elf::STT_OBJECT | elf::STT_COMMON => Self::Data,
            elf::STT_TLS => Self::ThreadLocal,
            _ => Self::Unknown,
        }
    }
}

/// An exported symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// The kind.
    pub kind: Kind,
    /// Size in bytes: of a variable, of a function's code.
    pub size: u64,
    /// Address, relative to the load address of the file.
    pub address: u64,
}

/// A symbol that another file must provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name.
    pub name: String,
    /// The kind of use, if known: from the symbol's own type, or a call through the procedure
    /// linkage table.
    pub kind: Kind,
    /// Weak: the symbol may be absent.
    pub weak: bool,
    /// The library and symbol version it was linked with, if that library has versions:
    /// `libc.so.6`, `GLIBC_2.34`.
    pub provider: Option<Provider>,
}

/// The provider of a symbol when the file was linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The library's name.
    pub library: String,
    /// The version of the symbol there.
    pub version: String,
}

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

/// The contents of a file's dynamic symbol table.
#[derive(Default)]
pub(super) struct Table {
    pub(super) exports: BTreeMap<String, Export>,
    pub(super) hidden: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    pub(super) versions: BTreeSet<String>,
    pub(super) export_versions: BTreeMap<String, Vec<String>>,
    pub(super) required: Vec<Required>,
}

pub(super) fn table<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
    names: &mut Names,
) -> Parsed<Table> {
    let symbols = elf
        .sections
        .symbols(elf.endian, elf.bytes, elf::SHT_DYNSYM)?;
    let versions = elf.sections.versions(elf.endian, elf.bytes)?;
    let called = called(elf, symbols.section());
    let mut table = Table {
        versions: defined_versions(elf, names)?,
        required: required_versions(elf, names)?,
        ..Table::default()
    };
    for (index, symbol) in symbols.enumerate() {
        let name = symbols.symbol_name(elf.endian, symbol)?;
        if name.is_empty() || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        let name = names.take(name)?;
        let kind = Kind::of(symbol.st_type());
        let version = match &versions {
            Some(known) => known.version(known.version_index(elf.endian, index).index())?,
            None => None,
        };
        if symbol.is_undefined(elf.endian) {
            let provider = match version.and_then(|v| Some((v.file()?, v.name()))) {
                Some((library, version)) => Some(Provider {
                    library: names.take(library)?,
                    version: names.take(version)?,
                }),
                None => None,
            };
            table.imports.push(Import {
                name,
                kind: match kind {
                    Kind::Unknown if called.contains(&index.0) => Kind::Function,
                    kind => kind,
                },
                weak: symbol.st_bind() == elf::STB_WEAK,
                provider,
            });
        } else if [elf::STV_DEFAULT, elf::STV_PROTECTED].contains(&symbol.st_visibility()) {
            let export = Export {
                kind,
                size: symbol.st_size(elf.endian).into(),
                address: symbol.st_value(elf.endian).into(),
            };
            if let Some(version) = version {
                let version = names.take(version.name())?;
                let known = table.export_versions.entry(name.clone());
                known.or_default().push(version);
            }
            table.exports.insert(name, export);
        }
    }
    table.hidden = hidden(elf, names);
    table.imports.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(table)
}

/// Returns the additional symbols of the static symbol table, if the file was not stripped.
fn hidden<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
    names: &mut Names,
) -> BTreeSet<String> {
    let mut hidden = BTreeSet::new();
    let Ok(symbols) = elf.sections.symbols(elf.endian, elf.bytes, elf::SHT_SYMTAB) else {
        return hidden;
    };
    let functions = symbols
        .iter()
        .filter(|symbol| symbol.st_type() == elf::STT_FUNC && !symbol.is_undefined(elf.endian));
    let is_outside = |symbol: &H::Sym| {
        symbol.st_bind() != elf::STB_LOCAL
            && [elf::STV_DEFAULT, elf::STV_PROTECTED].contains(&symbol.st_visibility())
    };
    for symbol in functions.filter(|symbol| !is_outside(symbol)) {
        let Ok(name) = symbols.symbol_name(elf.endian, symbol) else {
            continue;
        };
        // There are many mangled names, and no server looks them up.
        if name.is_empty() || name.starts_with(b"_ZN") || name.starts_with(b"_R") {
            continue;
        }
        match names.take(name) {
            Ok(name) => hidden.insert(name),
            Err(_) => break,
        };
    }
    hidden
}

fn defined_versions<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
    names: &mut Names,
) -> Parsed<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let Some((mut definitions, link)) = elf.sections.gnu_verdef(elf.endian, elf.bytes)? else {
        return Ok(found);
    };
    let strings = elf.sections.strings(elf.endian, elf.bytes, link)?;
    while let Some((_, mut words)) = definitions.next()? {
        if let Some(first) = words.next()? {
            found.insert(names.take(first.name(elf.endian, strings)?)?);
        }
    }
    Ok(found)
}

fn required_versions<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
    names: &mut Names,
) -> Parsed<Vec<Required>> {
    let mut found = Vec::new();
    let Some((mut files, link)) = elf.sections.gnu_verneed(elf.endian, elf.bytes)? else {
        return Ok(found);
    };
    let strings = elf.sections.strings(elf.endian, elf.bytes, link)?;
    while let Some((file, mut versions)) = files.next()? {
        while let Some(version) = versions.next()? {
            found.push(Required {
                library: names.take(file.file(elf.endian, strings)?)?,
                version: names.take(version.name(elf.endian, strings)?)?,
                weak: version
                    .vna_flags
                    .get(elf.endian)
                    .contains(elf::VER_FLG_WEAK),
            });
        }
    }
    Ok(found)
}

/// Returns the symbols that are reached through the procedure linkage table, which only calls use.
fn called<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
    symbols: object::SectionIndex,
) -> BTreeSet<usize> {
    let mut called = BTreeSet::new();
    let Some(jump_slot) = jump_slot(elf.header.e_machine(elf.endian)) else {
        return called;
    };
    let mut note = |index: Option<SymbolIndex>, kind: elf::RelocationType| {
        if let Some(index) = index.filter(|_| kind.0 == jump_slot) {
            called.insert(index.0);
        }
    };
    for section in elf.relocations(symbols) {
        // A damaged table only loses detail, so it is not an error.
        if let Ok(Some((rels, _))) = section.rela(elf.endian, elf.bytes) {
            let mips = elf.header.is_mips64el(elf.endian);
            for rel in rels {
                note(rel.symbol(elf.endian, mips), rel.r_type(elf.endian, mips));
            }
        } else if let Ok(Some((rels, _))) = section.rel(elf.endian, elf.bytes) {
            for rel in rels {
                note(rel.symbol(elf.endian), rel.r_type(elf.endian));
            }
        }
    }
    called
}

/// `R_…_JUMP_SLOT`
fn jump_slot(machine: elf::Machine) -> Option<u32> {
    Some(match machine {
        elf::EM_X86_64 | elf::EM_386 => 7,
        elf::EM_AARCH64 => 1026,
        elf::EM_ARM => 22,
        elf::EM_RISCV | elf::EM_LOONGARCH => 5,
        elf::EM_PPC64 => 21,
        elf::EM_S390 => 11,
        _ => return None,
    })
}
