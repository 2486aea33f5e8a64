//! The dynamic symbol table: the exports and imports of a file.

use super::calls::REGISTER;
use super::elf::{Elf, Names, Parsed};
use super::versions::{Required, Versions};
use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, Sym as _};
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

/// The contents of a file's dynamic symbol table.
#[derive(Default)]
pub(super) struct Table {
    pub(super) exports: BTreeMap<String, Export>,
    pub(super) hidden: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    pub(super) versions: BTreeSet<String>,
    pub(super) export_versions: BTreeMap<String, Vec<String>>,
    pub(super) required: Vec<Required>,
    /// The indexes of the functions that register workers.
    pub(super) registers: BTreeSet<usize>,
    /// The addresses of functions, as far as they are known.
    pub(super) functions: BTreeSet<u64>,
    /// The addresses of texts in which a function names itself, for messages.
    pub(super) own_names: BTreeSet<u64>,
}

pub(super) fn table<'data, H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'data, H>,
    names: &mut Names,
) -> Parsed<Table> {
    let versions = Versions::of(elf, names)?;
    let called = called(elf);
    let mut table = Table::default();
    for (index, symbol) in elf.symbols().iter().enumerate() {
        if symbol.st_bind() == elf::STB_LOCAL || symbol.st_name(elf.endian) == 0 {
            continue;
        }
        let name = names.take(elf.text(symbol.st_name(elf.endian).into())?)?;
        if name.is_empty() {
            continue;
        }
        let kind = Kind::of(symbol.st_type());
        let version = versions.of_symbol(elf, index);
        if symbol.is_undefined(elf.endian) {
            let provider = match version.and_then(|v| Some((v.library?, v.name))) {
                Some((library, version)) => Some(Provider {
                    library: names.take(library)?,
                    version: names.take(version)?,
                }),
                None => None,
            };
            if REGISTER.contains(&name.as_str()) {
                table.registers.insert(index);
            }
            table.imports.push(Import {
                name,
                kind: match kind {
                    Kind::Unknown if called.contains(&index) => Kind::Function,
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
                let version = names.take(version.name)?;
                let known = table.export_versions.entry(name.clone());
                known.or_default().push(version);
            }
            if kind == Kind::Function {
                table.functions.insert(export.address);
            }
            table.exports.insert(name, export);
        }
    }
    (table.versions, table.required) = (versions.defined, versions.required);
    table.read_others(elf, names);
    table.imports.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(table)
}

impl Table {
    /// Reads the additional symbols of the static symbol table, if the file was not stripped.
    fn read_others<H: FileHeader<Endian = Endianness>>(
        &mut self,
        elf: &Elf<'_, H>,
        names: &mut Names,
    ) {
        let sections = elf.sections.as_ref();
        let symbols = sections.map(|all| all.symbols(elf.endian, elf.bytes, elf::SHT_SYMTAB));
        let Some(Ok(symbols)) = symbols else {
            return;
        };
        // Names may share their bytes.
        let mut left = elf.bytes.len();
        let defined = symbols.iter().filter(|one| !one.is_undefined(elf.endian));
        for symbol in defined {
            let kind = symbol.st_type();
            if kind != elf::STT_FUNC && kind != elf::STT_OBJECT {
                continue;
            }
            let Ok(name) = symbols.symbol_name(elf.endian, symbol) else {
                continue;
            };
            let Some(rest) = left.checked_sub(name.len()) else {
                break;
            };
            left = rest;
            let address = symbol.st_value(elf.endian).into();
            if kind == elf::STT_OBJECT {
                if name.starts_with(b"__func__") || name.starts_with(b"__FUNCTION__") {
                    self.own_names.insert(address);
                }
                continue;
            }
            self.functions.insert(address);
            let is_outside = symbol.st_bind() != elf::STB_LOCAL
                && [elf::STV_DEFAULT, elf::STV_PROTECTED].contains(&symbol.st_visibility());
            // There are many mangled names, and no server looks them up.
            let is_mangled = name.starts_with(b"_ZN") || name.starts_with(b"_R");
            if is_outside || is_mangled || name.is_empty() {
                continue;
            }
            match names.take(name) {
                Ok(name) => self.hidden.insert(name),
                Err(_) => break,
            };
        }
    }
}

/// Returns the symbols that are reached through the procedure linkage table, which only calls use.
fn called<H: FileHeader<Endian = Endianness>>(elf: &Elf<'_, H>) -> BTreeSet<usize> {
    let mut called = BTreeSet::new();
    if let Some(jump_slot) = jump_slot(elf.header.e_machine(elf.endian)) {
        elf.relocations(|relocation| {
            if relocation.kind == jump_slot {
                called.insert(relocation.symbol);
            }
        });
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
