//! What a library was built for, kept in its file: ELF notes of the owner `postgres-bgworker`, for tools that
//! look at a library before a server loads it (`cargo bgworker inspect`, `readelf --notes`).
//!
//! | Kind | Text | Written by |
//! |---|---|---|
//! | 1 | [`TEXT`]: the headers, the target, and the layout of every type that is bound with its fields | [`pg_module_magic!`](crate::pg_module_magic) |
//! | 2 | the package and its version | the same |
//! | 3 | the exported name of a worker's main function | `worker_main!` of `postgres-bgworker`, or [`module_note!`](crate::module_note) |
//!
//! [`TEXT`] begins with lines `NAME = value`. After an empty line follows one line for each type: its name, its
//! size, and `field@offset` for each field. `LAYOUT` is a hash of those lines, for a quick look: two
//! libraries of the same version of this crate with the same one agree about every type.
//!
//! Mach-O and PE files get no notes.

include!(concat!(env!("OUT_DIR"), "/fingerprint.rs"));

/// Kind of the note with [`TEXT`].
pub const NOTE_FINGERPRINT: u32 = 1;
/// Kind of the note with the package's name and version.
pub const NOTE_PACKAGE: u32 = 2;
/// Kind of the note with the exported name of a worker's main function.
pub const NOTE_WORKER: u32 = 3;

const OWNER: [u8; 20] = *b"postgres-bgworker\0\0\0";

/// A note as it is in the file (`Elf64_Nhdr`, name and text padded to four bytes).
#[doc(hidden)]
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_size: u32,
    text_size: u32,
    kind: u32,
    owner: [u8; OWNER.len()],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    /// # Panics
    /// If the text is not `N` bytes long; in a `static`, that is a compile error.
    pub const fn new(kind: u32, text: &str) -> Self {
        assert!(text.len() == N, "a note's text is of another length");
        let mut bytes = [0; N];
        let mut at = 0;
        while at < N {
            bytes[at] = text.as_bytes()[at];
            at += 1;
        }
        Note {
            // With its NUL, without what fills it up.
            owner_size: 18,
            text_size: N as u32,
            kind,
            owner: OWNER,
            text: bytes,
        }
    }
}

/// Puts a note of ours into the library's file: its kind, and a constant text.
///
/// [`pg_module_magic!`](crate::pg_module_magic) writes what a library was built for. Whoever registers workers by name, another framework for example, adds
/// the names, so that `cargo bgworker inspect` can tell whether they are exported:
///
/// ```no_run
/// use postgres_bgworker_sys as ffi;
///
/// ffi::module_note!(ffi::fingerprint::NOTE_WORKER, "my_worker_main");
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! module_note {
    ($kind:expr, $text:expr) => {
        const _: () = {
            const TEXT: &str = $text;
            #[used]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".note.postgres-bgworker")
            )]
            static NOTE: $crate::fingerprint::Note<{ TEXT.len() }> =
                $crate::fingerprint::Note::new($kind, TEXT);
        };
    };
}
