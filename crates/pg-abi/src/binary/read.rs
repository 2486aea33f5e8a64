//! Reads a file of either width and byte order in one pass.

use super::contents::Binary;
use super::elf::{Damage, Elf, Names, Parsed};
use super::file::{self, foreign, refusal};
use super::image::Image;
use super::naming::Mains;
use super::target::Target;
use super::{calls, magic, mains, note, strings, symbol};
use object::Endianness;
use object::elf;
use object::read::elf::FileHeader;
use pg_scratch::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

impl Binary {
    /// Reads a file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is not an ELF program or library, or is
    /// damaged.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(path, &file::read(path)?)
    }

    /// Like [`read`](Self::read), for bytes in memory; `path` is used in messages.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        parse(path, bytes, true)
    }

    /// Like [`read`](Self::read), without what only a module or a server has in its data.
    pub(crate) fn read_symbols(path: &Path) -> Result<Self> {
        parse(path, &file::read(path)?, false)
    }
}

fn parse(path: &Path, bytes: &[u8], with_data: bool) -> Result<Binary> {
    if let Some(error) = foreign(path, bytes) {
        return Err(error);
    }
    let result = match bytes.get(4) {
        Some(1) => read::<elf::FileHeader32<Endianness>>(path, bytes, with_data),
        Some(2) => read::<elf::FileHeader64<Endianness>>(path, bytes, with_data),
        _ => return Err(damaged(path, "its header does not specify a width")),
    };
    match result {
        Ok(result) => result,
        Err(Damage(why)) => Err(damaged(path, &why)),
    }
}

fn damaged(path: &Path, why: &str) -> Error {
    refusal(path, "is a damaged ELF file")
        .note(why)
        .help("check that the file is complete; copy or build it again")
}

fn read<H: FileHeader<Endian = Endianness>>(
    path: &Path,
    bytes: &[u8],
    with_data: bool,
) -> Parsed<Result<Binary>> {
    let header = H::parse(bytes)?;
    let endian = header.endian()?;
    if header.e_type(endian) != elf::ET_DYN && header.e_type(endian) != elf::ET_EXEC {
        return Ok(Err(refusal(
            path,
            "is neither a shared library nor a program",
        )
        .note("an object file (.o) or a core dump has no dynamic symbols")));
    }
    let elf = Elf::open(header, bytes)?;
    if elf.dynamic.is_empty() {
        return Ok(Err(refusal(path, "has no dynamic symbols").note(
            "it is linked statically, or contains only debug information",
        )));
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
        export_versions: Default::default(),
        required: Vec::new(),
        needed: Vec::new(),
        search: Vec::new(),
        soname: None,
        build_id: None,
        magic: Vec::new(),
        notes: Vec::new(),
        mains: Mains::default(),
        names_preloading: false,
        server_version: None,
        server_product: None,
    };
    let dynamic = elf.names(&mut names)?;
    (binary.needed, binary.search, binary.soname) =
        (dynamic.needed, dynamic.search, dynamic.soname);
    let table = symbol::table(&elf, &mut names)?;
    (binary.exports, binary.hidden) = (table.exports, table.hidden);
    (binary.imports, binary.versions) = (table.imports, table.versions);
    (binary.export_versions, binary.required) = (table.export_versions, table.required);
    (binary.build_id, binary.notes) = note::read(&elf);
    if with_data {
        let image = Image::of(&elf);
        binary.magic = magic::find(&image, binary.is_server());
        binary.names_preloading = strings::name_preloading(&image);
        binary.server_version = strings::server_version(&image);
        binary.server_product = strings::server_product(&image);
        if binary.registers_workers() {
            let windows = calls::windows(&elf, &image, &table.registers, &table.functions);
            binary.mains = mains::find(&image, &binary, &windows, &table.own_names);
        }
    }
    Ok(Ok(binary))
}
