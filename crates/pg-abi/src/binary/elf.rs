//! Reads an ELF file of either width and byte order in one pass.

use object::elf;
use object::read::elf::{FileHeader, SectionHeader as _, SectionTable};
use object::{Endianness, SectionIndex};

/// A file's header and its table of sections.
pub(super) struct Elf<'data, H: FileHeader> {
    pub(super) header: &'data H,
    pub(super) endian: Endianness,
    pub(super) bytes: &'data [u8],
    pub(super) sections: SectionTable<'data, H>,
}

/// The dynamic table.
#[derive(Default)]
pub(super) struct Dynamic {
    pub(super) needed: Vec<String>,
    pub(super) search: Vec<String>,
    pub(super) soname: Option<String>,
}

/// A description of a defect, without the file's name.
pub(super) struct Damage(pub(super) String);

pub(super) type Parsed<T> = std::result::Result<T, Damage>;

impl From<object::Error> for Damage {
    fn from(error: object::Error) -> Self {
        Self(error.to_string())
    }
}

impl<'data, H: FileHeader<Endian = Endianness>> Elf<'data, H> {
    pub(super) fn has(&self, kind: elf::SectionType) -> bool {
        self.sections
            .iter()
            .any(|section| section.sh_type(self.endian) == kind)
    }

    /// Returns the relocation tables of the dynamic symbols. Valid files have two or three.
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

    pub(super) fn dynamic(&self, names: &mut Names) -> Parsed<Dynamic> {
        let mut found = Dynamic::default();
        let table = self.sections.dynamic_table(self.endian, self.bytes)?;
        for entry in table.iter() {
            let mut text = || names.take(table.string(entry)?);
            match entry.tag {
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
}

/// Decodes names, up to a limit that no valid file reaches: many symbols may share one long string,
/// so a small file could require much memory.
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
