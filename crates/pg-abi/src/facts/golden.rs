//! The committed facts: one file per major for x86-64, and one file per other target with the few
//! facts that differ there and the majors on which they were measured.

use super::fact::{Facts, Items};
use super::text::read_line;
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

/// The target whose facts the others differ from.
const BASE: &str = "x86_64-unknown-linux-gnu";

/// What the facts of other targets say instead of those of `BASE`.
const DIFFERENCES: [(&str, &str); 1] = [(
    "aarch64-unknown-linux-gnu",
    include_str!("../../abi/aarch64-unknown-linux-gnu.txt"),
)];

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
    if let Some((majors, lines)) = differences(target) {
        if majors.contains(&major) {
            return differing(find(major, BASE)?, target, &lines);
        }
    }
    let text = FILES.iter().find(|(known, _)| *known == name);
    let (_, text) = text.ok_or_else(|| none(major, target))?;
    Facts::parse(text).map_err(|e| e.context(format!("built-in {name}")))
}

/// Returns the majors on which a target was measured, and the lines of the facts that differ.
fn differences(target: &str) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let (_, text) = DIFFERENCES.iter().find(|(known, _)| *known == target)?;
    let (head, lines) = text.split_once("\n\n")?;
    let majors = head.strip_prefix("MAJORS = ")?.split(' ').collect();
    Some((majors, lines.lines().collect()))
}

/// Returns facts of another target: those of `BASE` with the lines that differ.
fn differing(mut facts: Facts, target: &str, lines: &[&str]) -> Result<Facts> {
    target.clone_into(&mut facts.header.target);
    for line in lines {
        let read = read_line(line);
        let (key, fact) =
            read.ok_or_else(|| Error::new(format!("{target}: {line:?} is not a fact")))?;
        // An old major lacks some items.
        if let Some(known) = facts.items.get_mut(&key) {
            *known = fact;
        }
    }
    Ok(facts)
}

fn none(major: &str, target: &str) -> Error {
    let whole = FILES
        .iter()
        .map(|(name, _)| name.trim_end_matches(".txt").to_owned());
    let others = DIFFERENCES.iter().flat_map(|(target, _)| {
        let majors = differences(target).map_or(Vec::new(), |(majors, _)| majors);
        majors
            .into_iter()
            .map(move |major| format!("{}-{target}", file_stem(major)))
    });
    let known: Vec<String> = whole.chain(others).collect();
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
    for major in differences(target).map_or(Vec::new(), |(majors, _)| majors) {
        found.push(find(major, target)?);
    }
    if found.is_empty() {
        return Err(none("any", target));
    }
    found.sort_by_key(|facts| order(&facts.header.major));
    Ok(found)
}

/// Returns the items to request from a server: those committed for its major and target, otherwise
/// for its major and another target, otherwise for the newest major. The headers of a major declare
/// the same items for every target, and another major has other items.
pub fn items(major: &str, target: &str) -> Result<Items> {
    if let Some(facts) = find(major, target).ok().filter(Facts::is_complete) {
        return Ok(facts.items);
    }
    let all = FILES.iter().map(|(_, text)| Facts::parse(text));
    let all = all.collect::<Result<Vec<_>>>()?;
    let nearest = all
        .into_iter()
        .filter(Facts::is_complete)
        .max_by_key(|facts| (facts.header.major == major, order(&facts.header.major)));
    let nearest = nearest.ok_or_else(|| none("any", "any target"))?;
    Ok(nearest.items)
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
    fn items_are_those_of_the_major_on_every_target() {
        let of = |major, target| items(major, target).unwrap();
        let x86 = "x86_64-unknown-linux-gnu";
        assert_eq!(of("12", "sparc64-unknown-linux-gnu"), of("12", x86));
        assert_eq!(of("99", x86), of("19", x86));
    }

    #[test]
    fn other_targets_differ_in_what_their_files_say() {
        for (target, _) in DIFFERENCES {
            let (majors, lines) = differences(target).unwrap();
            for major in majors {
                let (base, there) = (find(major, BASE).unwrap(), find(major, target).unwrap());
                assert_eq!(there.header.target, target);
                let items = there.items.iter().zip(&base.items);
                let differ = items.filter(|(there, base)| there != base).count();
                assert_eq!(differ, lines.len(), "{major}");
                assert_eq!(Facts::parse(&there.print()).unwrap(), there);
            }
        }
        assert_eq!(all(DIFFERENCES[0].0).unwrap().len(), 5);
    }

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
