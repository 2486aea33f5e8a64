//! `cargo xtask pregenerate`: writes the committed bindings and their contracts.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::contract::{self, Built, Compiler, Items, Known, Places, by_places};
use pg_abi::major::{file_stem, order};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the bindings that are used without libclang, and the C files that verify them
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For these majors, for example 15 18 [default: every server with headers]
    #[arg(value_name = "MAJOR")]
    majors: Vec<String>,
    /// Write nothing; fail if a file would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let mut stale = Vec::new();
    let mut all = Vec::new();
    for server in choose::each(&args.majors)? {
        term::status(
            "Generating",
            format!("bindings of PostgreSQL {}", server.version),
        );
        let generated = generate(&server)?;
        if args.check {
            let files = generated.files.iter();
            stale.extend(files.filter_map(|(path, text)| difference(path, text)));
        } else {
            write(&server, &generated.files)?;
        }
        all.push(generated);
    }
    if let Some(package) = all.first().map(|one| one.package.clone()) {
        let (path, text) = items(&package, &all)?;
        if args.check {
            stale.extend(difference(&path, &text));
        } else {
            write_one(&path, &text)?;
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let error = stale.into_iter().fold(
        Error::new("committed bindings differ from the generated ones"),
        Error::note,
    );
    Err(error.help("run cargo xtask pregenerate"))
}

/// The files generated from a server's headers.
struct Generated {
    major: String,
    package: PathBuf,
    places: Places,
    /// Returns the two files of its major: bindings and contract.
    files: [(PathBuf, String); 2],
}

fn generate(server: &Server) -> Result<Generated> {
    let built = Built::new(server)?;
    let compiler = Compiler::new(server, &built.package)?;
    let major = server.version.major.clone();
    let contract = contract::write(&major, &built.bindings, &compiler)?;
    let stem = bindings_of(&built.package, &major);
    Ok(Generated {
        places: compiler.places()?,
        files: [
            (stem.with_extension("rs"), built.bindings),
            (stem.with_extension("c"), contract),
        ],
        package: built.package,
        major,
    })
}

/// Returns the path of a major's files without an extension.
fn bindings_of(package: &Path, major: &str) -> PathBuf {
    let directory = package.join("pregenerated");
    directory.join(file_stem(major))
}

/// Returns the list of items. Keeps the committed entries of majors that were not generated.
fn items(package: &Path, generated: &[Generated]) -> Result<(PathBuf, String)> {
    let path = package.join("pregenerated").join("items.tsv");
    let known = Known::read(&std::fs::read_to_string(&path).unwrap_or_default());
    let mut majors = contract::committed_majors(package)?;
    majors.extend(generated.iter().map(|one| one.major.clone()));
    majors.sort_by_key(|major| order(major));
    majors.dedup();
    let mut items = Items::default();
    for major in &majors {
        if let Some(new) = generated.iter().find(|new| new.major == *major) {
            items.add(major, &new.files[0].1, &|key| by_places(&new.places, key))?;
        } else {
            let file = bindings_of(package, major).with_extension("rs");
            let text = std::fs::read_to_string(&file)
                .map_err(|e| Error::new(format!("{}: {e}", file.display())))?;
            items.add(major, &text, &|key| known.header(key, major))?;
        }
    }
    Ok((path, items.write(&majors)))
}

fn write(server: &Server, files: &[(PathBuf, String); 2]) -> Result<()> {
    for (path, text) in files {
        write_one(path, text)?;
    }
    let contract = &files[1].0;
    // Checks the written file again, like the build script of the raw crate.
    let package = contract.ancestors().nth(2).unwrap_or(contract);
    Compiler::new(server, package)?.verify(contract)
}

pub(super) fn write_one(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| Error::new(format!("{}: {e}", path.display())))?;
    let lines = text.lines().count();
    term::status("Wrote", format!("{} ({lines} lines)", path.display()));
    Ok(())
}

/// Describes the first line that differs.
pub(super) fn difference(path: &Path, text: &str) -> Option<String> {
    let Ok(committed) = std::fs::read_to_string(path) else {
        return Some(format!("{} is missing", path.display()));
    };
    if committed == text {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), text.lines());
    let mut number = 0;
    let pair = loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => break ("different line ending", "different line ending"),
            (a, b) if a != b => break (a.unwrap_or("end of file"), b.unwrap_or("end of file")),
            _ => {}
        }
    };
    Some(format!(
        "{} differs from line {number} on\ncommitted: {}\ngenerated: {}",
        path.display(),
        pair.0.trim(),
        pair.1.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pg18.c");
        assert!(difference(&path, "a\n").unwrap().contains("is missing"));
        std::fs::write(&path, "a\nb\n").unwrap();
        assert_eq!(difference(&path, "a\nb\n"), None);
        let text = difference(&path, "a\nc\n").unwrap();
        assert!(
            text.contains("from line 2")
                && text.contains("committed: b")
                && text.contains("generated: c"),
            "{text}"
        );
        assert!(
            difference(&path, "a\n")
                .unwrap()
                .contains("generated: end of file")
        );
    }
}
