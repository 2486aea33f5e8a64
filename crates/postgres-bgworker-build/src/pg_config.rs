//! The answers of a `pg_config`, validated.

use crate::report::{Report, Result};
use crate::versions;
use std::path::{Path, PathBuf};

/// The values read from `pg_config`, by the names it prints. The options are in lower case.
pub const QUESTIONS: [&str; 7] = [
    "VERSION",
    "BINDIR",
    "INCLUDEDIR-SERVER",
    "PKGLIBDIR",
    "CPPFLAGS",
    "CFLAGS",
    "CC",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Program,
    /// A text file, perhaps from another machine: programs that it names cannot be run here.
    Description,
}

/// The answers of a `pg_config` about its server.
#[derive(Debug)]
pub struct PgConfig {
    pub kind: Kind,
    pub path: PathBuf,
    /// The step of the search that found it.
    pub found_by: String,
    /// The whole `--version` line, with the vendor's additions.
    pub version: String,
    pub major: String,
    pub bindir: String,
    pub includedir_server: String,
    pub pkglibdir: String,
    pub cppflags: String,
    pub cflags: String,
    pub cc: String,
}

impl PgConfig {
    /// Makes it from the answers to `QUESTIONS`, in that order.
    pub fn new(kind: Kind, path: &Path, found_by: &str, answers: [String; 7]) -> Result<Self> {
        let [
            version,
            bindir,
            includedir_server,
            pkglibdir,
            cppflags,
            cflags,
            cc,
        ] = answers;
        let major = parse_major(&version).unwrap_or_default();
        if version_key(&major) < version_key("9.3") {
            let what = format!("belongs to PostgreSQL {major}, which has no background workers");
            return Err(complaint(path, found_by, &what)
                .help("background workers exist since PostgreSQL 9.3"));
        }
        Ok(PgConfig {
            kind,
            path: path.to_path_buf(),
            found_by: found_by.to_string(),
            version,
            major,
            bindir,
            includedir_server,
            pkglibdir,
            cppflags,
            cflags,
            cc,
        })
    }

    /// Resolves a relative directory of headers from the directory of this file.
    pub fn beside(mut self, file: &Path) -> Result<Self> {
        let dir = file.with_file_name(&self.includedir_server);
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        self.includedir_server = dir.into_os_string().into_string().map_err(|_| {
            complaint(
                file,
                &self.found_by,
                "stands in a directory whose name is not UTF-8",
            )
            .help("rename the directory, or use a symbolic link with another name")
        })?;
        Ok(self)
    }

    /// Rejects a client-only installation.
    pub fn with_headers(self) -> Result<Self> {
        let header = Path::new(&self.includedir_server).join("postmaster/bgworker.h");
        if header.is_file() {
            return Ok(self);
        }
        let there_is_none = format!("cannot find {}", header.display());
        Err(match self.kind {
            Kind::Program => complaint(
                &self.path,
                &self.found_by,
                "belongs to an installation without server headers",
            )
            .note(there_is_none)
            .help(format!("cargo bgworker servers install {}", self.major))
            .help_install(&self.major),
            Kind::Description => complaint(
                &self.path,
                &self.found_by,
                "describes a server whose headers are not here",
            )
            .note(there_is_none)
            .help("INCLUDEDIR-SERVER must be a directory on this machine with the headers of the target; a relative path starts at the directory of the file"),
        })
    }

    /// Returns whether this is an alpha, a beta or a release candidate.
    pub fn is_prerelease(&self) -> bool {
        let mut words = self.version.split_whitespace();
        let number = words.nth(1).unwrap_or_default();
        let suffix = number.trim_start_matches(|c: char| c.is_ascii_digit());
        ["alpha", "beta", "rc", "devel"]
            .iter()
            .any(|word| suffix.starts_with(word))
    }

    /// Returns whether the major was released after this crate.
    pub fn is_future(&self) -> bool {
        version_key(&self.major) > version_key(versions::newest())
    }
}

pub fn complaint(path: &Path, found_by: &str, what: &str) -> Report {
    Report::new(format!("the pg_config named by {found_by} {what}"))
        .note(format!("path: {}", path.display()))
}

/// The names that begin the answer to `--version`: that of PostgreSQL, and that of a fork, whose
/// older releases use their own name.
const PRODUCTS: [&str; 2] = ["PostgreSQL ", "EnterpriseDB "];

/// The major in a line like `PostgreSQL 15.18 (Debian …)`, `PostgreSQL 9.6.24`, `PostgreSQL 19rc1`.
pub fn parse_major(version: &str) -> Option<String> {
    let number = PRODUCTS
        .iter()
        .find_map(|product| version.strip_prefix(product))?
        .split_whitespace()
        .next()?;
    let mut parts = number
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let first: u32 = number
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()?;
    parts.next();
    Some(match first {
        0..=9 => format!("{first}.{}", parts.next()?),
        _ => first.to_string(),
    })
}

/// A sort key that orders majors by release.
fn version_key(major: &str) -> u32 {
    let mut parts = major
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let (first, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    first.saturating_mul(100).saturating_add(second)
}
