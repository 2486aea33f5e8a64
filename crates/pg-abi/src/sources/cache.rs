//! Caches libclang's output. Parsing takes seconds, and the same program parses the same headers
//! the same way.

use super::subject::{Subject, host};
use crate::contract::Built;
use pg_scratch::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Returns the bindings that bindgen generates from these headers in this checkout, from the cache
/// if nothing has changed.
pub(crate) fn bindings(subject: &Subject, target: &str, checkout: &Path) -> Result<String> {
    let file = place(checkout).join(format!("{}.rs", key(subject, target, checkout)?));
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(text);
    }
    let other = Some(target).filter(|target| *target != host());
    let built = Built::by(&subject.pg_config, &subject.version, other)?;
    keep(&file, &built.bindings).map_err(|e| Error::io(file.display(), &e))?;
    Ok(built.bindings)
}

fn place(checkout: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target
        .unwrap_or_else(|| checkout.join("target"))
        .join("bgworker-clang")
}

/// Writes atomically: a concurrent reader finds the complete file or none.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    let directory = file.parent().unwrap_or(file);
    std::fs::create_dir_all(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(file)?;
    Ok(())
}

/// Returns a hash of all inputs: the target, the `pg_config` values, the headers (by size and
/// time), the list of headers, the build script, the versions of its dependencies, and the selected
/// libclang.
fn key(subject: &Subject, target: &str, checkout: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{target}\n"));
    for (name, answer) in &subject.answers {
        hash.update(format!("{name} = {answer}\n"));
    }
    for name in ["LIBCLANG_PATH", "BINDGEN_EXTRA_CLANG_ARGS"] {
        let value = std::env::var_os(name).unwrap_or_default();
        hash.update(value.as_encoded_bytes());
        hash.update("\n");
    }
    for (file, size, time) in files(&subject.headers()?)? {
        hash.update(format!("{} {size} {time}\n", file.display()));
    }
    let package = checkout.join("postgres-bgworker-sys");
    let mut ours = vec![checkout.join("Cargo.lock"), checkout.join("wrapper.h")];
    ours.extend(
        files(&package.join("build"))?
            .into_iter()
            .map(|(file, ..)| file),
    );
    for file in ours {
        hash.update(std::fs::read(&file).map_err(|e| Error::io(file.display(), &e))?);
    }
    let hash = hash.finalize();
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns the files below a directory, sorted, with their sizes and modification times in
/// nanoseconds.
fn files(directory: &Path) -> Result<Vec<(PathBuf, u64, u128)>> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let io = |e: std::io::Error| Error::io(directory.display(), &e);
        for entry in std::fs::read_dir(&directory).map_err(io)? {
            let path = entry.map_err(io)?.path();
            // Follows links, like the compiler does.
            let about = std::fs::metadata(&path).map_err(io)?;
            if about.is_dir() {
                open.push(path);
                continue;
            }
            let changed = about.modified().map_err(io)?;
            let changed = changed
                .duration_since(UNIX_EPOCH)
                .map_or(0, |time| time.as_nanos());
            found.push((path, about.len(), changed));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn a_file_that_changes_is_another() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("inner/header.h");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "int a;").unwrap();
        let before = files(directory.path()).unwrap();
        assert_eq!(before.len(), 1);
        assert_eq!(files(directory.path()).unwrap(), before);
        std::fs::write(&file, "int ab;").unwrap();
        assert_ne!(files(directory.path()).unwrap(), before);
    }
}
