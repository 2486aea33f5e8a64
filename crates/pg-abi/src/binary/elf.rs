//! Reads an ELF file of either width and byte order by its program headers, as the loader does.

use object::elf;
use object::pod::{self, Pod};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _, SectionTable};
use object::{Endian as _, Endianness};

/// A file's header, the segments that are loaded, and its dynamic table.
pub(super) struct Elf<'data, H: FileHeader> {
    pub(super) header: &'data H,
    pub(super) endian: Endianness,
    pub(super) bytes: &'data [u8],
    pub(super) segments: &'data [H::ProgramHeader],
    pub(super) loads: Vec<Load<'data>>,
    /// The entries of the dynamic table, up to its end.
    pub(super) dynamic: Vec<(elf::DynamicTag, u64)>,
    /// The loader does not read them, and a file may have none.
    pub(super) sections: Option<SectionTable<'data, H>>,
}

/// The part of a segment that comes from the file.
pub(super) struct Load<'data> {
    pub(super) address: u64,
    pub(super) bytes: &'data [u8],
    pub(super) is_code: bool,
}

/// A description of a defect, without the file's name.
pub(super) struct Damage(pub(super) String);

pub(super) type Parsed<T> = std::result::Result<T, Damage>;

impl From<object::Error> for Damage {
    fn from(error: object::Error) -> Self {
        Self(error.to_string())
    }
}

/// Returns an error in the form of the [`Damage`].
pub(super) fn damage<T>(what: &str) -> Parsed<T> {
    Err(Damage(what.to_owned()))
}

/// A limit for segments that no valid file reaches: each address is looked up in all of them.
const MOST: usize = 64;
/// The smallest page of any system.
const PAGE: u64 = 4096;

impl<'data, H: FileHeader<Endian = Endianness>> Elf<'data, H> {
    /// Reads the tables of a file, and refuses what the loader refuses.
    pub(super) fn open(header: &'data H, bytes: &'data [u8]) -> Parsed<Self> {
        let endian = header.endian()?;
        if usize::from(header.e_phentsize(endian)) != size_of::<H::ProgramHeader>() {
            return damage("its program headers have another size");
        }
        let start = usize::try_from(header.e_phoff(endian).into()).ok();
        let table = start.and_then(|start| bytes.get(start..));
        let count = usize::from(header.e_phnum(endian));
        let Some((segments, _)) = table.and_then(|t| pod::slice_from_bytes(t, count).ok()) else {
            return damage("its program headers are not in the file");
        };
        let mut elf = Self {
            header,
            endian,
            bytes,
            segments,
            loads: Vec::new(),
            dynamic: Vec::new(),
            sections: header.sections(endian, bytes).ok(),
        };
        elf.load()?;
        elf.read_dynamic();
        Ok(elf)
    }

    fn load(&mut self) -> Parsed<()> {
        let endian = self.endian;
        let mut before = 0;
        // Segments of a valid file overlap by a page at most, and not all of the file.
        let mut left = self.bytes.len().saturating_mul(2);
        let loads = self.segments.iter();
        for segment in loads.filter(|segment| segment.p_type(endian) == elf::PT_LOAD) {
            let (offset, size) = segment.file_range(endian);
            let address: u64 = segment.p_vaddr(endian).into();
            if address.wrapping_sub(offset) % PAGE != 0 {
                return damage("a segment is not at the right place in a page");
            }
            if address < before {
                return damage("its segments are not in the order of their addresses");
            }
            let Ok(bytes) = segment.data(endian, self.bytes) else {
                return damage("a segment is not in the file, which is perhaps truncated");
            };
            let Some(end) = address.checked_add(size) else {
                return damage("a segment does not fit into memory");
            };
            let Some(rest) = left.checked_sub(bytes.len()) else {
                return damage("its segments overlap");
            };
            if self.loads.len() == MOST {
                return damage("it has more segments than any real file");
            }
            (before, left) = (end, rest);
            self.loads.push(Load {
                address,
                bytes,
                is_code: segment.p_flags(endian).contains(elf::PF_X),
            });
        }
        if self.loads.is_empty() {
            return damage("it has no loadable segments");
        }
        Ok(())
    }

    fn read_dynamic(&mut self) {
        let endian = self.endian;
        let mut segments = self.segments.iter();
        let Some(segment) = segments.find(|one| one.p_type(endian) == elf::PT_DYNAMIC) else {
            return;
        };
        let Some(bytes) = self.at(segment.p_vaddr(endian).into()) else {
            return;
        };
        let entries = whole::<H::Dyn>(bytes).iter();
        let entries = entries.map(|entry| (entry.tag(endian), entry.val(endian)));
        self.dynamic = entries
            .take_while(|(tag, _)| *tag != elf::DT_NULL)
            .collect();
    }

    /// Returns the bytes at an address, up to the end of its segment.
    pub(super) fn at(&self, address: u64) -> Option<&'data [u8]> {
        self.loads.iter().find_map(|load| {
            let offset = usize::try_from(address.checked_sub(load.address)?).ok()?;
            load.bytes.get(offset..).filter(|rest| !rest.is_empty())
        })
    }

    /// Returns a value of the dynamic table. As for the loader, the last entry counts.
    pub(super) fn tag(&self, wanted: elf::DynamicTag) -> Option<u64> {
        let mut entries = self.dynamic.iter().rev();
        entries
            .find(|(tag, _)| *tag == wanted)
            .map(|(_, value)| *value)
    }

    /// Returns the bytes that an entry of the dynamic table points to.
    pub(super) fn table(&self, tag: elf::DynamicTag) -> Option<&'data [u8]> {
        self.at(self.tag(tag)?)
    }

    /// Like [`table`](Self::table), with its size in bytes in another entry.
    pub(super) fn sized(&self, tag: elf::DynamicTag, size: elf::DynamicTag) -> &'data [u8] {
        let bytes = self.table(tag).unwrap_or_default();
        let size = self.tag(size).and_then(|size| usize::try_from(size).ok());
        &bytes[..size.unwrap_or(0).min(bytes.len())]
    }

    /// Returns a text of the dynamic string table.
    pub(super) fn text(&self, offset: u64) -> Parsed<&'data [u8]> {
        let strings = self.sized(elf::DT_STRTAB, elf::DT_STRSZ);
        let start = usize::try_from(offset).ok();
        let rest = start.and_then(|start| strings.get(start..));
        let end = rest.and_then(|rest| rest.iter().position(|byte| *byte == 0));
        match (rest, end) {
            (Some(rest), Some(end)) => Ok(&rest[..end]),
            _ => damage("a name is not in its table of strings"),
        }
    }

    /// Returns an `Elf32_Half` or `Elf64_Half` of a table.
    pub(super) fn half(&self, table: &[u8], index: usize) -> Option<u16> {
        let start = index.checked_mul(2)?;
        let bytes = table.get(start..)?.first_chunk()?;
        Some(self.endian.read_u16(*bytes))
    }
}

/// Returns the whole entries at the start of some bytes.
pub(super) fn whole<T: Pod>(bytes: &[u8]) -> &[T] {
    let count = bytes.len() / size_of::<T>();
    pod::slice_from_bytes(bytes, count).map_or(&[], |(entries, _)| entries)
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
            return damage("its names are more than any real file's: over a million, or 64 MiB");
        }
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}
