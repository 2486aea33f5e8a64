//! ELF notes: small records that tools can read from a file.

use super::elf::Elf;
use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader as _};

/// The owner of the notes that the macros of `postgres-bgworker` write.
pub const OWNER: &str = "postgres-bgworker";

/// One note of this project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The kind of note.
    pub kind: u32,
    /// Its text.
    pub text: String,
}

/// An upper limit; valid libraries have fewer.
const MOST: usize = 4096;
const LONGEST: usize = 64 * 1024;

/// Returns the build ID and this project's notes. Ignores damaged notes.
pub(super) fn read<H: FileHeader<Endian = Endianness>>(
    elf: &Elf<'_, H>,
) -> (Option<String>, Vec<Note>) {
    let (mut build_id, mut ours) = (None, Vec::new());
    // Valid files have two or three.
    let segments = elf.segments.iter();
    let segments = segments.filter(|one| one.p_type(elf.endian) == elf::PT_NOTE);
    for segment in segments.take(16) {
        let Ok(Some(mut notes)) = segment.notes(elf.endian, elf.bytes) else {
            continue;
        };
        while let Ok(Some(note)) = notes.next() {
            let (kind, text) = (note.n_type(elf.endian), note.desc());
            if note.name() == b"GNU" && kind == elf::NT_GNU_BUILD_ID {
                let digits = text.iter().take(64).map(|byte| format!("{byte:02x}"));
                build_id = Some(digits.collect());
            }
            if note.name() == OWNER.as_bytes() && ours.len() < MOST {
                let text = &text[..text.len().min(LONGEST)];
                ours.push(Note {
                    kind: kind.0,
                    text: String::from_utf8_lossy(text)
                        .trim_end_matches('\0')
                        .to_owned(),
                });
            }
        }
    }
    (build_id, ours)
}
