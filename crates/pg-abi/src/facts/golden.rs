//! The committed facts, one file per major and target.

use super::fact::Facts;
use crate::major::{file_stem, order};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// Name and text of each file below `abi/`.
macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../abi/", $name)))),*]
    };
}

const FILES: [(&str, &str); 14] = files! {
    "pg93-x86_64-unknown-linux-gnu.txt"
    "pg94-x86_64-unknown-linux-gnu.txt"
    "pg95-x86_64-unknown-linux-gnu.txt"
    "pg96-x86_64-unknown-linux-gnu.txt"
    "pg10-x86_64-unknown-linux-gnu.txt"
    "pg11-x86_64-unknown-linux-gnu.txt"
    "pg12-x86_64-unknown-linux-gnu.txt"
    "pg13-x86_64-unknown-linux-gnu.txt"
    "pg14-x86_64-unknown-linux-gnu.txt"
    "pg15-x86_64-unknown-linux-gnu.txt"
    "pg16-x86_64-unknown-linux-gnu.txt"
    "pg17-x86_64-unknown-linux-gnu.txt"
    "pg18-x86_64-unknown-linux-gnu.txt"
    "pg19-x86_64-unknown-linux-gnu.txt"
};

/// Returns the file name of a major and target.
pub fn file_name(major: &str, target: &str) -> String {
    format!("{}-{target}.txt", file_stem(major))
}

/// Returns the committed facts of a major and target: from the checkout if there is one, otherwise
/// from this program.
pub fn find(major: &str, target: &str) -> Result<Facts> {
    let name = file_name(major, target);
    if let Some(path) = directory().map(|directory| directory.join(&name)) {
        if path.is_file() {
            return Facts::read(&path);
        }
    }
    let text = FILES.iter().find(|(known, _)| *known == name);
    let (_, text) = text.ok_or_else(|| none(major, target))?;
    Facts::parse(text).map_err(|e| e.context(format!("built-in {name}")))
}

fn none(major: &str, target: &str) -> Error {
    let known = FILES.iter().map(|(name, _)| name.trim_end_matches(".txt"));
    let known: Vec<&str> = known.collect();
    Error::new(format!(
        "no facts of PostgreSQL {major} for {target} are committed"
    ))
    .note(format!("available: {}", known.join(", ")))
    .help(
        "cargo bgworker abi dump --output FILE writes the facts of a server; --golden FILE reads them",
    )
}

/// Returns the committed facts of every major of a target, oldest first.
pub fn all(target: &str) -> Result<Vec<Facts>> {
    let ending = format!("-{target}.txt");
    let ours = FILES.iter().filter(|(name, _)| name.ends_with(&ending));
    let mut found = Vec::new();
    for (_, text) in ours {
        found.push(find(&Facts::parse(text)?.header.major, target)?);
    }
    if found.is_empty() {
        return Err(none("any", target));
    }
    found.sort_by_key(|facts| order(&facts.header.major));
    Ok(found)
}

/// Returns the facts to request from a server whose major or target has none: those of the newest
/// major.
pub fn newest() -> Result<Facts> {
    let all = FILES.iter().map(|(_, text)| Facts::parse(text));
    let all = all.collect::<Result<Vec<_>>>()?;
    let newest = all
        .into_iter()
        .filter(Facts::is_complete)
        .max_by_key(|facts| order(&facts.header.major));
    newest.ok_or_else(|| none("any", "any target"))
}

/// Returns the checkout of this project that contains the current directory.
pub fn checkout() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut around = here.ancestors();
    let found = around.find(|path| path.join("postgres-bgworker-sys/pregenerated").is_dir());
    found.map(Path::to_owned)
}

/// `abi/` in a checkout.
pub fn directory() -> Option<PathBuf> {
    let directory = checkout()?.join("crates/pg-abi/abi");
    directory.is_dir().then_some(directory)
}

/// Returns facts by file name, or by major for a target.
pub fn by_name(name: &str, target: &str) -> Result<Facts> {
    let is_major = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_major {
        return find(name, target);
    }
    Facts::read(Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_there_and_readable() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi");
        let entries = std::fs::read_dir(directory).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("pg")).collect();
        names.sort();
        let mut known: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        known.sort();
        assert_eq!(names, known);
        for (name, text) in FILES {
            let facts = Facts::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(file_name(&facts.header.major, &facts.header.target), name);
        }
    }
}
