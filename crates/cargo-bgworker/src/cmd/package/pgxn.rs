//! The format pgxn: the sources with `META.json`, for the PostgreSQL Extension Network.

mod manifest;

use bgworker_cli::build::{Package, cargo};
use manifest::Files;
use pg_scratch::extension::Extension;
use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zip::write::SimpleFileOptions;

const LIMIT: Duration = Duration::from_secs(120);

const MAKEFILE: &str = include_str!("pgxn.mk");

/// The names that the specification has for licenses. Others are named with an address.
const LICENSES: &[(&str, &str)] = &[
    ("AGPL-3.0", "agpl_3"),
    ("Apache-1.1", "apache_1_1"),
    ("Apache-2.0", "apache_2_0"),
    ("BSD-2-Clause", "freebsd"),
    ("BSD-3-Clause", "bsd"),
    ("GPL-2.0", "gpl_2"),
    ("GPL-3.0", "gpl_3"),
    ("LGPL-2.1", "lgpl_2_1"),
    ("LGPL-3.0", "lgpl_3_0"),
    ("MIT", "mit"),
    ("MPL-1.1", "mozilla_1_1"),
    ("PostgreSQL", "postgresql"),
    ("Zlib", "zlib"),
];

/// Writes the archive, with the files that `cargo package --list` names.
pub(super) fn write(
    package: &Package,
    workspace: &Path,
    extension: &Extension,
    time: u64,
    output: &Path,
) -> Result<PathBuf> {
    let root = format!("{}-{}", package.name, package.version);
    let mut files = sources(package.directory(), workspace)?;
    for path in extension.files() {
        let name = below(path, package).display().to_string();
        if !files.contains_key(&name) {
            return Err(Error::new(format!("cargo does not package {name}"))
                .help("add it to include in Cargo.toml, or remove it from exclude"));
        }
    }
    manifest::check(package, &files)?;
    if !files.contains_key("META.json") {
        let meta = meta(package, extension)?;
        files.insert("META.json".to_owned(), format!("{meta:#}\n").into_bytes());
    }
    let makefile = || MAKEFILE.as_bytes().to_vec();
    files.entry("Makefile".to_owned()).or_insert_with(makefile);
    let path = output.join(format!("{root}.zip"));
    let bytes = archive(&root, &files, time).map_err(|e| Error::new(format!("{root}.zip: {e}")))?;
    std::fs::write(&path, bytes).map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

/// Returns the path of a file below the directory of the package.
fn below<'a>(path: &'a Path, package: &Package) -> &'a Path {
    path.strip_prefix(package.directory()).unwrap_or(path)
}

fn sources(package: &Path, workspace: &Path) -> Result<Files> {
    let mut command = cargo();
    command
        .args(["package", "--list", "--allow-dirty"])
        .current_dir(package);
    let list = run_checked(&mut command, "cargo package --list", LIMIT)?;
    let mut files = BTreeMap::new();
    for name in list.lines() {
        let mut path = package.join(name);
        // That of a member is in the directory of the workspace.
        if name == "Cargo.lock" && !path.is_file() {
            path = workspace.join(name);
        }
        // Cargo also names files that it would make.
        if path.is_file() {
            let content = std::fs::read(&path).map_err(|e| Error::io(path.display(), &e))?;
            files.insert(name.to_owned(), content);
        }
    }
    Ok(files)
}

/// Returns `META.json`, with all fields that version 1.0.0 of the specification requires.
fn meta(package: &Package, extension: &Extension) -> Result<Value> {
    let description = package.description.as_deref().unwrap_or("").trim();
    let license = package.license.as_deref().unwrap_or("").trim();
    let has = [
        ("description", !description.is_empty()),
        ("license", !license.is_empty()),
        ("authors", !package.authors.is_empty()),
    ];
    let lacks: Vec<&str> = has
        .iter()
        .filter(|(_, has)| !has)
        .map(|one| one.0)
        .collect();
    if !lacks.is_empty() {
        return Err(Error::new(format!("PGXN needs {}", lacks.join(", ")))
            .note(format!("package: {}", package.directory().display()))
            .help(format!(
                "add to [package] in Cargo.toml: {}",
                lacks.join(", ")
            )));
    }
    let script = below(main_file(extension), package);
    let version = extension.default_version.as_deref().and_then(three_numbers);
    let is_release = !package.version.contains('-');
    Ok(json!({
        "name": package.name,
        "abstract": description.split_whitespace().collect::<Vec<_>>().join(" "),
        "version": package.version,
        "maintainer": package.authors,
        "license": licenses(license),
        "provides": {
            extension.name.as_str(): {
                "file": script,
                "version": version.unwrap_or_else(|| package.version.clone()),
            },
        },
        "prereqs": { "runtime": { "requires": { "PostgreSQL": "9.3.0" } } },
        "release_status": if is_release { "stable" } else { "testing" },
        "generated_by": concat!("cargo-bgworker ", env!("CARGO_PKG_VERSION")),
        "meta-spec": { "version": "1.0.0", "url": "https://pgxn.org/meta/spec.txt" },
    }))
}

/// Returns the script that creates the default version, else the first one that creates a version,
/// else the control file.
fn main_file(extension: &Extension) -> &Path {
    let created = |path: &&Path| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let version = stem.and_then(|stem| stem.strip_prefix(&extension.name)?.strip_prefix("--"));
        version.filter(|version| !version.contains("--")).is_some()
    };
    let wanted = extension.default_version.as_deref().unwrap_or_default();
    let wanted = format!("{}--{wanted}.sql", extension.name);
    let scripts: Vec<&Path> = extension.sql().filter(created).collect();
    let own = scripts.iter().find(|path| path.ends_with(&wanted));
    let found = own.or(scripts.first()).copied();
    found.unwrap_or(&extension.control)
}

/// `1.0` is `1.0.0`.
fn three_numbers(version: &str) -> Option<String> {
    let mut numbers: Vec<u32> = Vec::new();
    for part in version.split('.') {
        numbers.push(part.parse().ok()?);
    }
    numbers.resize(3.max(numbers.len()), 0);
    let &[a, b, c] = numbers.as_slice() else {
        return None;
    };
    Some(format!("{a}.{b}.{c}"))
}

/// A list of names, or an object with addresses if a license has no name in the specification.
fn licenses(expression: &str) -> Value {
    let words = expression.split(|c: char| c.is_whitespace() || "()/".contains(c));
    let words = words.filter(|word| !matches!(*word, "" | "OR" | "AND" | "WITH"));
    let words: Vec<&str> = words
        .map(|word| word.trim_end_matches("-only").trim_end_matches("-or-later"))
        .collect();
    let known = |word: &&str| LICENSES.iter().find(|(name, _)| name == word);
    let names: Option<Vec<&str>> = words.iter().map(|word| Some(known(word)?.1)).collect();
    match names {
        Some(names) => json!(names),
        None => words
            .iter()
            .map(|word| {
                let address = format!("https://spdx.org/licenses/{word}.html");
                ((*word).to_owned(), Value::from(address))
            })
            .collect(),
    }
}

fn archive(root: &str, files: &Files, time: u64) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(date(time))
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(format!("{root}/{name}"), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Returns the time as zip stores it. Years before 1980 are 1980.
fn date(time: u64) -> zip::DateTime {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time);
    let text = humantime::format_rfc3339_seconds(time).to_string();
    let numbers: Vec<u16> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let part = |at: usize| numbers.get(at).copied().unwrap_or(0) as u8;
    let year = numbers.first().copied().unwrap_or(0);
    zip::DateTime::from_date_and_time(year, part(1), part(2), part(3), part(4), part(5))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_words_of_the_specification() {
        assert_eq!(licenses("MIT OR Apache-2.0"), json!(["mit", "apache_2_0"]));
        assert_eq!(licenses("GPL-3.0-or-later"), json!(["gpl_3"]));
        let address = "https://spdx.org/licenses/0BSD.html";
        assert_eq!(licenses("0BSD"), json!({ "0BSD": address }));
        for (version, expected) in [
            ("1.0", Some("1.0.0")),
            ("1.2.3", Some("1.2.3")),
            ("1.2.3.4", None),
            ("unpackaged", None),
        ] {
            assert_eq!(three_numbers(version).as_deref(), expected);
        }
        let date = date(1_700_000_000);
        assert_eq!(
            (date.year(), date.month(), date.day(), date.hour()),
            (2023, 11, 14, 22)
        );
    }

    #[test]
    fn the_main_file_creates_the_default_version() {
        let place = tempfile::tempdir().unwrap();
        let control = place.path().join("w.control");
        std::fs::write(&control, "default_version = '1.1'\n").unwrap();
        let main = || {
            let extension = Extension::of_control_file(&control).unwrap();
            main_file(&extension).to_owned()
        };
        for (script, expected) in [
            ("w--0.1--1.0.sql", "w.control"),
            ("w--1.0.control", "w.control"),
            ("w--1.0.sql", "w--1.0.sql"),
            ("w--1.1.sql", "w--1.1.sql"),
        ] {
            std::fs::write(place.path().join(script), "").unwrap();
            assert_eq!(main(), place.path().join(expected), "{script}");
        }
    }
}
