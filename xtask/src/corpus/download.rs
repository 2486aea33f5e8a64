//! Packages in the cache, downloaded once. Their hashes are checked each time.

use super::apt::Apt;
use super::index::Package;
use bgworker_cli::term::Progress;
use pg_scratch::{Error, Result};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The packages of one call of apt.
const AT_ONCE: usize = 16;

/// Downloads what is not in `directory`.
pub(super) fn download(
    apt: &Apt,
    packages: &[&Package],
    directory: &Path,
    progress: &Progress,
) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|e| Error::io(directory.display(), &e))?;
    let is_absent = |package: &&&Package| !is_whole(&directory.join(package.file()), package);
    let absent: Vec<&Package> = packages.iter().filter(is_absent).copied().collect();
    let size = |packages: &[&Package]| packages.iter().map(|one| one.size).sum::<u64>() >> 20;
    let bar = progress.parts("downloading", absent.len() as u64);
    for (done, some) in absent.chunks(AT_ONCE).enumerate() {
        bar.detail(&format!(
            "{} of {} packages, {} MiB in all",
            done * AT_ONCE,
            absent.len(),
            size(&absent)
        ));
        bar.at((done * AT_ONCE) as u64);
        let names: Vec<&str> = some.iter().map(|package| &*package.name).collect();
        apt.download(&names, directory)?;
        for package in some {
            let path = directory.join(package.file());
            if !is_whole(&path, package) {
                return Err(Error::new(format!(
                    "{} does not have the SHA-256 of the index, {}",
                    path.display(),
                    package.sha256
                )));
            }
        }
    }
    Ok(())
}

fn is_whole(path: &Path, package: &Package) -> bool {
    // The largest ones have some megabytes.
    let bytes = std::fs::read(path);
    bytes.is_ok_and(|bytes| bytes.len() as u64 == package.size && sha256(&bytes) == package.sha256)
}

/// Returns a hash in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Package, is_whole};

    #[test]
    fn a_file_with_another_hash_or_size_is_downloaded_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.deb");
        let mut package = Package::default();
        package.sha256 =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        package.size = 3;
        assert!(!is_whole(&path, &package));
        for (text, expected) in [("abc", true), ("abd", false), ("abcd", false)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(is_whole(&path, &package), expected, "{text}");
        }
    }
}
