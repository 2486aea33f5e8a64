//! The format tar: a compressed archive with the directories `lib` and `share/extension`.

use super::tree::{Kind, Tree};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use pg_scratch::{Error, Result};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Writes the archive. Its name and all its bytes depend on the files only.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let Tree {
        name,
        version,
        major,
        ..
    } = tree;
    let machine = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let root = format!("{name}-{version}-pg{major}-{machine}");
    let path = output.join(format!("{root}.tar.gz"));
    let bytes = bytes(tree, &root).map_err(|e| Error::io(path.display(), &e))?;
    std::fs::write(&path, bytes).map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

fn bytes(tree: &Tree, root: &str) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in &tree.files {
        let directory = match file.kind {
            Kind::Library => "lib/",
            Kind::Extension => "share/extension/",
            Kind::Text => "",
        };
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode());
        header.set_mtime(tree.time);
        header.set_uid(0);
        header.set_gid(0);
        let path = format!("{root}/{directory}{}", file.name);
        builder.append_data(&mut header, path, file.content.as_slice())?;
    }
    // Without a name and a time in its header.
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(&builder.into_inner()?)?;
    encoder.finish()
}

/// Returns the archive without its compression.
pub(super) fn open(file: &Path) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        GzDecoder::new(std::fs::File::open(file)?).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|e: std::io::Error| Error::io(file.display(), &e))
}

/// Extracts the file of this name.
pub(super) fn extract(archive: Vec<u8>, name: &str, target: &Path) -> Result<()> {
    let work = || {
        let mut archive = tar::Archive::new(archive.as_slice());
        for entry in archive.entries()? {
            let mut entry = entry?;
            if entry.path()?.file_name().is_some_and(|found| found == name) {
                entry.unpack(target)?;
                return Ok(true);
            }
        }
        Ok(false)
    };
    match work().map_err(|e: std::io::Error| Error::io("the package", &e))? {
        true => Ok(()),
        false => Err(Error::new(format!("the package has no {name}"))),
    }
}
