//! Releases in the git histories of PostgreSQL: commits with the subject "Stamp 15.4."

use super::headers::declared;
use pg_scratch::servers::Version;
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The first major with background workers.
const FIRST: u32 = 90300;

/// A commit.
pub(super) struct Commit {
    directory: PathBuf,
    hash: String,
}

/// The commits by version number.
pub(super) type Releases = BTreeMap<u32, Commit>;

/// Adds the releases of a history, on any branch.
///
/// A fork may have changed a commit that it took over: then another person committed it.
pub(super) fn read(directory: &Path, releases: &mut Releases) -> Result<()> {
    let format = "--format=%H%x09%ae%x09%ce%x09%s";
    let pattern = "--grep=^Stamp [0-9.]+[.]$";
    let lines = git(
        directory,
        &["log", "--all", "--extended-regexp", pattern, format],
        "",
    )?;
    for line in String::from_utf8_lossy(&lines).lines() {
        let mut words = line.split('\t');
        let mut word = || words.next().unwrap_or_default();
        let (hash, author, committer, subject) = (word(), word(), word(), word());
        let version = subject
            .strip_prefix("Stamp ")
            .and_then(|rest| rest.strip_suffix('.'));
        let version = version.map(|version| Version::parse(&format!("PostgreSQL {version}")));
        let Some(Ok(version)) = version else { continue };
        if version.num < FIRST || author != committer {
            continue;
        }
        let commit = Commit {
            directory: directory.to_owned(),
            hash: hash.to_owned(),
        };
        let known = releases.entry(version.num).or_insert(commit);
        if known.hash != hash {
            let what = format!("PostgreSQL {version} is stamped twice");
            return Err(Error::new(what).note(format!("{} and {hash}", known.hash)));
        }
    }
    Ok(())
}

/// Returns the names that the headers of each of these commits declare.
pub(super) fn names(commits: &[&Commit]) -> Result<Vec<BTreeSet<String>>> {
    let mut files = Vec::new();
    for commit in commits {
        files.push(headers(commit)?);
    }
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (commit, files) in commits.iter().zip(&files) {
        let new: Vec<&str> = files
            .iter()
            .map(String::as_str)
            .filter(|file| !known.contains_key(*file))
            .collect();
        known.extend(contents(&commit.directory, &new)?);
    }
    let of = |files: &BTreeSet<String>| {
        let names = files.iter().filter_map(|file| known.get(file));
        names.flatten().cloned().collect()
    };
    Ok(files.iter().map(of).collect())
}

/// Returns the hashes of the headers of a commit, without those for programs beside the server, for
/// other systems, and for other libraries, and without templates.
fn headers(commit: &Commit) -> Result<BTreeSet<String>> {
    const OTHER: [&str; 6] = [
        "common/fe_memutils.h",
        "fe_utils/",
        "jit/llvmjit",
        "lib/simplehash.h",
        "port/atomics/",
        "port/win32",
    ];
    let lines = git(
        &commit.directory,
        &["ls-tree", "-r", &commit.hash, "src/include"],
        "",
    )?;
    let lines = String::from_utf8_lossy(&lines).into_owned();
    let files = lines.lines().filter_map(|line| {
        let (entry, path) = line.split_once('\t')?;
        let path = path.strip_prefix("src/include/")?;
        let is_ours = path.ends_with(".h") && !OTHER.iter().any(|other| path.starts_with(other));
        is_ours.then(|| entry.rsplit(' ').next().map(str::to_owned))?
    });
    Ok(files.collect())
}

/// Returns the names that files declare, by the hashes of the files.
fn contents(directory: &Path, hashes: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let output = git(directory, &["cat-file", "--batch"], &hashes.join("\n"))?;
    let mut found = BTreeMap::new();
    let mut rest = output.as_slice();
    // HASH blob SIZE, and as many bytes
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let mut words = head.split(' ');
        let (hash, size) = (words.next().unwrap_or_default(), words.nth(1));
        let size = size.and_then(|size| size.parse::<usize>().ok());
        let bytes = size.and_then(|size| rest.get(end + 1..end + 1 + size));
        let Some(bytes) = bytes else {
            let what = format!("{}: the history is not complete", directory.display());
            return Err(Error::new(what).note(head));
        };
        found.insert(hash.to_owned(), declared(&String::from_utf8_lossy(bytes)));
        // A line ends after the bytes.
        rest = rest.get(end + 2 + bytes.len()..).unwrap_or_default();
    }
    Ok(found)
}

/// Returns what git prints.
fn git(directory: &Path, words: &[&str], input: &str) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::io("git", &error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    file.write_all(input.as_bytes()).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(words);
    // A history without some files must not download them one by one.
    command
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::from(file));
    let output = command.output().map_err(failed)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let what = format!("git failed in {}: {}", directory.display(), output.status);
    Err(Error::new(what).note(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
