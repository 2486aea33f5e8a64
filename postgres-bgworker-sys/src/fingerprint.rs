//! ELF notes in a library's file that record what it was built for. Their owner is
//! `postgres-bgworker`. They are for tools that inspect a library before a server loads it
//! (`cargo bgworker inspect`, `readelf --notes`).
//!
//! | Kind | Text | Written by |
//! |---|---|---|
//! | 1 | [`TEXT`]: the headers, the target, and the layout of every type whose fields are bound | [`pg_module_magic!`](crate::pg_module_magic) |
//! | 2 | the package and its version | [`pg_module_magic!`](crate::pg_module_magic) |
//! | 3 | the exported name of a worker's main function | `worker_main!` of `postgres-bgworker`, or [`module_note!`](crate::module_note) |
//! | 4 | the declaration in SQL of a function | `sql_function!` of `postgres-bgworker`, or [`module_note!`](crate::module_note) |
//! | 5 | `module`, and the names of the arguments of `bgworker_module!`: `module init` | `bgworker_module!` of `postgres-bgworker` |
//!
//! [`TEXT`] begins with lines `NAME = value`. After an empty line, one line per type follows: its
//! name, its size in bytes, and `field@offset` for each field. `LAYOUT` is a hash of those lines:
//! two libraries of the same version of this crate with the same hash agree on every type.
//!
//! Mach-O and PE files have no notes.

include!(concat!(env!("OUT_DIR"), "/fingerprint.rs"));

/// The kind of the note with [`TEXT`].
pub const NOTE_FINGERPRINT: u32 = 1;
/// The kind of the note with the package's name and version.
pub const NOTE_PACKAGE: u32 = 2;
/// The kind of the note with the exported name of a worker's main function.
pub const NOTE_WORKER: u32 = 3;
/// The kind of the note with the declaration of a function that SQL calls.
pub const NOTE_FUNCTION: u32 = 4;
/// The kind of the note with the names of the functions that run when the library is loaded.
pub const NOTE_MODULE: u32 = 5;

const OWNER: [u8; 20] = *b"postgres-bgworker\0\0\0";

/// A note in the format of the file (`Elf64_Nhdr`, with name and text padded to four bytes).
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
    /// Panics if the text is not `N` bytes long. In a `static`, that is a compile error.
    pub const fn new(kind: u32, text: &str) -> Self {
        assert!(text.len() == N, "length of the note's text does not match");
        let mut bytes = [0; N];
        let mut at = 0;
        while at < N {
            bytes[at] = text.as_bytes()[at];
            at += 1;
        }
        Note {
            // With its NUL, without the padding.
            owner_size: 18,
            text_size: N as u32,
            kind,
            owner: OWNER,
            text: bytes,
        }
    }
}

/// Adds a note of this crate to the library's file, with a kind and a constant text.
///
/// [`pg_module_magic!`](crate::pg_module_magic) records what a library was built for. A framework
/// that registers workers by name adds the names, so that `cargo bgworker inspect` can check that
/// they are exported:
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
