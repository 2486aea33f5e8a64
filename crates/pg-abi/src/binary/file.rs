//! Reads the bytes of a file, and identifies files that are not ELF.

use pg_scratch::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An upper limit for the size of a server or library, including debug information.
const LARGEST: u64 = 1 << 30;

/// Returns the bytes of a regular file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let cannot = |error: &std::io::Error| Error::io(path.display(), error);
    // Checked before opening: opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::new(format!("{} does not exist", path.display())),
        _ => cannot(&e),
    })?;
    if metadata.is_dir() {
        return Err(refusal(path, "is a directory").help("specify a file in the directory"));
    }
    if !metadata.is_file() {
        return Err(refusal(path, "is not a regular file"));
    }
    if metadata.len() > LARGEST {
        let size = metadata.len() >> 20;
        return Err(refusal(path, &format!("is too large: {size} MiB"))
            .note(format!("the limit is {} MiB", LARGEST >> 20)));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| cannot(&e))?;
    // The file may grow meanwhile.
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|e| cannot(&e))?;
    if bytes.is_empty() {
        return Err(refusal(path, "is empty").help("check whether building or copying it failed"));
    }
    Ok(bytes)
}

/// `error: PATH is …`
pub(super) fn refusal(path: &Path, what: &str) -> Error {
    Error::new(format!("{} {what}", path.display()))
}

/// Returns why these bytes are not an ELF file, or `None` if they are.
pub(super) fn foreign(path: &Path, bytes: &[u8]) -> Option<Error> {
    let (what, help) = match bytes {
        [0x7f, b'E', b'L', b'F', ..] => return None,
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => {
            ("is a Mach-O file (macOS)", OTHER_TOOL_MACOS)
        }
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => {
            ("is a universal Mach-O file (macOS)", OTHER_TOOL_MACOS)
        }
        [b'M', b'Z', ..] => ("is a PE file (Windows)", OTHER_TOOL_WINDOWS),
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => (
            "is an archive of object files, not a shared library",
            "for a crate: crate-type = [\"cdylib\"]",
        ),
        [b'#', b'!', ..] => (
            "is a script, not a program",
            "if it is a wrapper, specify the program that it runs",
        ),
        _ => (
            "is not an ELF file",
            "expected a shared library (.so) or the server program `postgres`",
        ),
    };
    Some(refusal(path, what).help(help))
}

const OTHER_TOOL_MACOS: &str =
    "only ELF files are supported; use nm -gU FILE, and otool -L FILE for the libraries";
const OTHER_TOOL_WINDOWS: &str = "only ELF files are supported; use dumpbin /exports /imports FILE";
