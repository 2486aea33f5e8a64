//! Copies libraries to where a scratch server can load them.

use crate::error::{Error, Result};
use crate::servers::Server;
use std::path::Path;
use tempfile::NamedTempFile;

/// Copies the file to the same directory and renames it: a running server may have the old file
/// mapped.
pub(super) fn copy_library(
    server: &Server,
    directory: &Path,
    name: &str,
    source: &Path,
) -> Result<()> {
    if name.is_empty() || name.contains(['/', '\0', '\n']) {
        return Err(
            Error::new(format!("{name:?} cannot be the name of a library"))
                .help("use a file name without directory and suffix"),
        );
    }
    let target = directory.join(server.library_file(name));
    let copy = || {
        let mut temporary = NamedTempFile::new_in(directory)?;
        std::io::copy(&mut std::fs::File::open(source)?, &mut temporary)?;
        let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        temporary.as_file().set_permissions(mode)?;
        temporary.persist(&target)?;
        Ok(())
    };
    copy().map_err(|e: std::io::Error| {
        Error::io(
            format!("could not copy the library {}", source.display()),
            &e,
        )
        .help("build it first: cargo build --examples")
    })
}
