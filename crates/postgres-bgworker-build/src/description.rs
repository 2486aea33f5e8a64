//! Reads a captured description: the output of `pg_config` without arguments, or a file of ABI
//! facts, whose head has the same lines. So a target's server can be described on a host that
//! cannot run the target's programs.

use crate::pg_config::{Kind, PgConfig, QUESTIONS, complaint, parse_major};
use crate::report::{Report, Result};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The maximum size in bytes. The output of a `pg_config` is shorter.
const LONGEST: u64 = 64 * 1024;

const CAPTURE: &str = "capture all that it prints, on the target: pg_config > server.txt";

/// Returns whether the file is read rather than run: it starts like a description, or it is a text
/// file that cannot be run. (The executable bit is unreliable on a mounted file system.)
pub fn is_one(path: &Path) -> bool {
    let Some(bytes) = start(path) else {
        return false;
    };
    if is_utf16(&bytes) {
        return true;
    }
    if bytes.starts_with(b"#!") || bytes.contains(&0) {
        return false;
    }
    let text = String::from_utf8_lossy(&bytes);
    lines(&text)
        .next()
        .is_some_and(|(_, line)| entry(line).is_some())
        || !is_executable(path)
}

pub fn read(path: &Path, found_by: &str) -> Result<PgConfig> {
    let bytes = start(path).unwrap_or_default();
    let text = String::from_utf8(bytes).map_err(|error| {
        complaint(path, found_by, "is a text file that is not UTF-8").help(if is_utf16(error.as_bytes()) {
            "it is UTF-16, as PowerShell's `>` writes: pg_config | Out-File -Encoding utf8 server.txt"
        } else {
            CAPTURE
        })
    })?;
    let mut entries =
        entries(&text).map_err(|what| complaint(path, found_by, &what).help(CAPTURE))?;
    let missing: Vec<&str> = QUESTIONS
        .into_iter()
        .filter(|name| match entries.get(name) {
            // A server may have been built without flags.
            Some(value) => value.is_empty() && *name != "CPPFLAGS" && *name != "CFLAGS",
            // Not every description has it, and compilers have good defaults.
            None => *name != "CFLAGS",
        })
        .collect();
    if !missing.is_empty() {
        return Err(incomplete(path, found_by, &missing));
    }
    let answers = QUESTIONS.map(|name| entries.remove(name).unwrap_or_default().to_string());
    if parse_major(&answers[0]).is_none() {
        return Err(complaint(path, found_by, "is no description of a server")
            .note(format!("VERSION is {:?}", answers[0]))
            .help("a server's pg_config prints a line like \"VERSION = PostgreSQL 18.1\""));
    }
    PgConfig::new(Kind::Description, path, found_by, answers)?.beside(path)
}

fn incomplete(path: &Path, found_by: &str, missing: &[&str]) -> Report {
    complaint(path, found_by, "is an incomplete description")
        .note(format!("missing: {}", missing.join(", ")))
        .help(CAPTURE)
        .help(
            "or write the lines by hand: INCLUDEDIR-SERVER = include/server (relative to the file)",
        )
}

/// Parses `NAME = value` lines, or returns what is wrong with them.
fn entries(text: &str) -> std::result::Result<BTreeMap<&str, &str>, String> {
    let mut found = BTreeMap::new();
    for (number, line) in lines(head(text)) {
        let Some((name, value)) = entry(line) else {
            return Err(format!(
                "is no description: its line {number} is not `NAME = value`"
            ));
        };
        if found.insert(name, value).is_some() {
            return Err(format!("is a description that contains {name} twice"));
        }
    }
    Ok(found)
}

/// In a file of facts, the description ends at the first empty line.
fn head(text: &str) -> &str {
    if !text.starts_with("ABI-FACTS =") {
        return text;
    }
    text.split_once("\n\n").map_or(text, |(head, _)| head)
}

/// Returns the lines that are neither empty nor comments, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The space before `=` distinguishes the line from an assignment in a shell script.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let is_name = |c: char| c.is_ascii_uppercase() || "-_".contains(c);
    let name = name.strip_suffix(' ')?.trim_end();
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, value.trim()))
}

/// The beginning of a plain file.
fn start(path: &Path) -> Option<Vec<u8>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    let runs = |extension: &std::ffi::OsStr| {
        ["exe", "bat", "cmd", "com"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.extension().is_some_and(runs)
}
