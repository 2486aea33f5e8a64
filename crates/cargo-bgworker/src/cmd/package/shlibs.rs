//! The packages of Debian that have the libraries which a library needs.

use super::stage::put;
use pg_abi::binary::Binary;
use pg_scratch::process::run_limited;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The part of a source package that dpkg-shlibdeps reads.
const CONTROL: &str = "Source: x\n\nPackage: x\nArchitecture: any\n";

/// Returns dependencies like `libc6 (>= 2.34)`, sorted.
///
/// `dpkg-shlibdeps` knows the packages of this machine. Without it, or if a library belongs to no
/// package, the names of the libraries determine those of the packages.
pub(super) fn depends(path: &Path, library: &[u8]) -> Result<Vec<String>> {
    if let Some(found) = asked(library)? {
        return Ok(found);
    }
    // Only ELF files can be read.
    Ok(Binary::parse(path, library).map_or_else(|_| Vec::new(), |binary| computed(&binary)))
}

/// Asks dpkg-shlibdeps.
fn asked(library: &[u8]) -> Result<Option<Vec<String>>> {
    let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    let root = directory.path();
    put(root, "debian", "control", CONTROL.as_bytes(), 0o644)
        .and_then(|()| put(root, "x", "x.so", library, 0o644))
        .map_err(|e| Error::io(root.display(), &e))?;
    let mut command = Command::new("dpkg-shlibdeps");
    command
        .args(["-O", "x/x.so"])
        .env("LC_ALL", "C")
        .current_dir(root);
    let Ok(done) = run_limited(&mut command, LIMIT) else {
        return Ok(None);
    };
    let line = done.stdout.lines().next().unwrap_or_default();
    let list = line.strip_prefix("shlibs:Depends=");
    Ok(list.filter(|_| done.status.success()).map(|list| {
        let names = list.split(", ").filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }))
}

/// Names the packages by Debian's rule: `libname.so.2` is in `libname2`. The C library and that of
/// the compiler have the version of the newest symbol.
fn computed(binary: &Binary) -> Vec<String> {
    let mut packages: BTreeMap<String, Option<(u32, u32)>> = BTreeMap::new();
    for library in &binary.needed {
        packages.extend(package(library).map(|name| (name, None)));
    }
    for import in &binary.imports {
        let Some(provider) = &import.provider else {
            continue;
        };
        let version = provider.version.strip_prefix("GLIBC_").and_then(number);
        if let (Some(name), Some(version)) = (package(&provider.library), version) {
            let newest = packages.entry(name).or_default();
            *newest = (*newest).max(Some(version));
        }
    }
    let line = |(name, newest)| match newest {
        Some((major, minor)) => format!("{name} (>= {major}.{minor})"),
        None => name,
    };
    packages.into_iter().map(line).collect()
}

/// Reads `2.34` or `2.2.5`.
fn number(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Returns the package of a library, by its name.
fn package(library: &str) -> Option<String> {
    let (stem, version) = library.split_once(".so")?;
    // The parts of the C library.
    let parts = [
        "libc",
        "libm",
        "libdl",
        "libpthread",
        "librt",
        "libresolv",
        "libutil",
    ];
    if parts.contains(&stem) || stem.starts_with("ld-linux") || stem.starts_with("ld64") {
        return Some("libc6".to_owned());
    }
    Some(match (stem, version) {
        ("libgcc_s", _) => "libgcc-s1".to_owned(),
        ("libz", ".1") => "zlib1g".to_owned(),
        ("libcrypto", _) => package(&format!("libssl.so{version}"))?,
        (stem, version) => {
            let stem = stem.replace('_', "-").to_lowercase();
            let version = version.trim_start_matches('.');
            let is_digit = stem.ends_with(|c: char| c.is_ascii_digit());
            let separator = if is_digit && !version.is_empty() {
                "-"
            } else {
                ""
            };
            format!("{stem}{separator}{version}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_the_names_of_their_libraries() {
        for (library, expected) in [
            ("libc.so.6", "libc6"),
            ("ld-linux-x86-64.so.2", "libc6"),
            ("libgcc_s.so.1", "libgcc-s1"),
            ("libstdc++.so.6", "libstdc++6"),
            ("libcrypto.so.3", "libssl3"),
            ("libz.so.1", "zlib1g"),
            ("liblz4.so.1", "liblz4-1"),
            ("libpq.so.5", "libpq5"),
        ] {
            assert_eq!(package(library).as_deref(), Some(expected));
        }
        assert_eq!(package("acts"), None);
    }

    /// This program needs what a worker needs.
    #[test]
    fn the_newest_symbol_determines_the_version_of_the_c_library() {
        let program = Binary::read(std::env::current_exe().unwrap()).unwrap();
        let found = computed(&program);
        let libc = found.iter().find(|name| name.starts_with("libc6 (>= 2."));
        assert!(libc.is_some(), "{found:?}");
        assert_eq!(
            found
                .iter()
                .filter(|name| name.starts_with("libc6"))
                .count(),
            1
        );
        assert_eq!(number("2.2.5"), Some((2, 2)));
        assert_eq!(number("PRIVATE"), None);
    }
}
