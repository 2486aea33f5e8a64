//! One pass over an ELF file of either width and byte order.

use super::file::{foreign, refusal};
use super::image::Image;
use super::target::Target;
use super::{Binary, magic, note, symbol, words};
use object::elf;
use object::read::elf::{FileHeader, SectionHeader as _, SectionTable};
use object::{Endianness, SectionIndex};
use pg_scratch::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// A file's header and its table of sections.
pub(super) struct Elf<'data, H: FileHeader> {
    pub(super) header: &'data H,
    pub(super) endian: Endianness,
    pub(super) bytes: &'data [u8],
    pub(super) sections: SectionTable<'data, H>,
}

/// What is wrong with a file, without its name.
pub(super) struct Damage(String);

pub(super) type Parsed<T> = std::result::Result<T, Damage>;

impl From<object::Error> for Damage {
    fn from(error: object::Error) -> Self {
        Self(error.to_string())
    }
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Binary> {
    if let Some(error) = foreign(path, bytes) {
        return Err(error);
    }
    let result = match bytes.get(4) {
        Some(1) => read::<elf::FileHeader32<Endianness>>(path, bytes),
        Some(2) => read::<elf::FileHeader64<Endianness>>(path, bytes),
        _ => return Err(damaged(path, "its header names no width")),
    };
    match result {
        Ok(result) => result,
        Err(Damage(why)) => Err(damaged(path, &why)),
    }
}

fn damaged(path: &Path, why: &str) -> Error {
    refusal(path, "is a damaged ELF file")
        .note(why)
        .help("copy or build it again; is it complete?")
}

fn read<H: FileHeader<Endian = Endianness>>(path: &Path, bytes: &[u8]) -> Parsed<Result<Binary>> {
    let header = H::parse(bytes)?;
    let endian = header.endian()?;
    if header.e_type(endian) != elf::ET_DYN && header.e_type(endian) != elf::ET_EXEC {
        return Ok(Err(refusal(
            path,
            "is neither a shared library nor a program",
        )
        .note("an object file (.o) or a core dump has no dynamic symbols")));
    }
    let elf = Elf {
        header,
        endian,
        bytes,
        sections: header.sections(endian, bytes)?,
    };
    if !elf.has(elf::SHT_DYNSYM) {
        return Ok(Err(refusal(path, "has no dynamic symbols")
            .note("it is linked statically, or a file of debug information, or its section headers were removed")));
    }
    let mut names = Names::default();
    let mut binary = Binary {
        path: path.to_owned(),
        target: Target {
            machine: header.e_machine(endian).0,
            bits: if header.is_class_64() { 64 } else { 32 },
            little_endian: header.is_little_endian(),
        },
        exports: Default::default(),
        hidden: BTreeSet::new(),
        imports: Vec::new(),
        versions: BTreeSet::new(),
        needed: Vec::new(),
        search: Vec::new(),
        soname: None,
        build_id: None,
        magic: Vec::new(),
        notes: Vec::new(),
        named: BTreeSet::new(),
        server_version: None,
    };
    elf.dynamic(&mut binary, &mut names)?;
    let table = symbol::table(&elf, &mut names)?;
    (binary.exports, binary.hidden) = (table.exports, table.hidden);
    (binary.imports, binary.versions) = (table.imports, table.versions);
    note::read(&elf, &mut binary);
    let image = Image::of(&elf);
    binary.magic = magic::find(&image, binary.is_server());
    (binary.named, binary.server_version) = words::find(&image, &binary);
    Ok(Ok(binary))
}

impl<'data, H: FileHeader<Endian = Endianness>> Elf<'data, H> {
    fn has(&self, kind: elf::SectionType) -> bool {
        self.sections
            .iter()
            .any(|section| section.sh_type(self.endian) == kind)
    }

    /// The tables of relocations of the dynamic symbols. Real files have two or three.
    pub(super) fn relocations(
        &self,
        symbols: SectionIndex,
    ) -> impl Iterator<Item = &'data H::SectionHeader> {
        let endian = self.endian;
        self.sections
            .iter()
            .filter(move |section| {
                [elf::SHT_RELA, elf::SHT_REL].contains(&section.sh_type(endian))
                    && section.link(endian) == symbols
            })
            .take(16)
    }

    fn dynamic(&self, binary: &mut Binary, names: &mut Names) -> Parsed<()> {
        let table = self.sections.dynamic_table(self.endian, self.bytes)?;
        for entry in table.iter() {
            let mut text = || names.take(table.string(entry)?);
            match entry.tag {
                elf::DT_NEEDED => binary.needed.push(text()?),
                elf::DT_SONAME => binary.soname = Some(text()?),
                elf::DT_RUNPATH | elf::DT_RPATH => {
                    binary.search.extend(text()?.split(':').map(str::to_owned));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Names as text, no more of them than a real file can have: many symbols may share one long string,
/// so a small file could ask for a lot of memory.
#[derive(Default)]
pub(super) struct Names {
    bytes: usize,
    count: usize,
}

impl Names {
    const BYTES: usize = 64 << 20;
    const COUNT: usize = 1 << 20;

    pub(super) fn take(&mut self, name: &[u8]) -> Parsed<String> {
        self.bytes += name.len();
        self.count += 1;
        if self.bytes > Self::BYTES || self.count > Self::COUNT {
            return Err(Damage(
                "its names are more than any real file's: over a million, or 64 MiB".to_owned(),
            ));
        }
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}
