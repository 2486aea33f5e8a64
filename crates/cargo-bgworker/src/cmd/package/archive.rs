//! The format tar: a compressed archive with the directories `lib` and `share/extension`.

use super::tree::{Kind, Tree};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use pg_scratch::{Error, Result};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Writes the archive. Its name and all its bytes depend on the files only.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let root = tree.file_stem();
    let path = output.join(format!("{root}.tar.gz"));
    let bytes = bytes(tree, &root).map_err(|e| Error::io(path.display(), &e))?;
    std::fs::write(&path, bytes).map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

fn bytes(tree: &Tree, root: &str) -> std::io::Result<Vec<u8>> {
    let place = |kind| match kind {
        Kind::Library => format!("{root}/lib"),
        Kind::Extension => format!("{root}/share/extension"),
        Kind::Text => root.to_owned(),
    };
    gzip(&files(tree, place)?)
}

/// Returns an archive of the files, with each one in the directory that `place` returns.
pub(super) fn files(tree: &Tree, place: impl Fn(Kind) -> String) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in &tree.files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode());
        header.set_mtime(tree.time);
        header.set_uid(0);
        header.set_gid(0);
        let path = format!("{}/{}", place(file.kind), file.name);
        builder.append_data(&mut header, path, file.content.as_slice())?;
    }
    builder.into_inner()
}

/// Compresses without a name and a time in the header.
pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Reverses [`gzip`].
pub(super) fn gunzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut content)?;
    Ok(content)
}

/// Returns the archive without its compression.
pub(super) fn open(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file).and_then(|bytes| gunzip(&bytes));
    bytes.map_err(|e| Error::io(file.display(), &e))
}

/// Returns the file of this name in an archive without compression.
pub(super) fn extract(archive: &[u8], name: &str) -> Result<Vec<u8>> {
    let work = || {
        for entry in tar::Archive::new(archive).entries()? {
            let mut entry = entry?;
            if entry.path()?.file_name().is_some_and(|found| found == name) {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                return Ok(Some(content));
            }
        }
        Ok(None)
    };
    work()
        .map_err(|e: std::io::Error| Error::io("the package", &e))?
        .ok_or_else(|| Error::new(format!("the package has no {name}")))
}
