//! Finds the server to build for: runs a `pg_config`, or reads the output of one, and validates it.

use crate::report::{Report, Result};
use crate::{description, program, vars, versions};
use std::path::{Path, PathBuf};

/// The values read from `pg_config`, by the names it prints. The options are in lower case.
pub const QUESTIONS: [&str; 6] = [
    "VERSION",
    "BINDIR",
    "INCLUDEDIR-SERVER",
    "PKGLIBDIR",
    "CPPFLAGS",
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
    pub cc: String,
}

/// Returns the first usable one, in the documented order. One that the user named must be usable.
pub fn find() -> Result<PgConfig> {
    let target = vars::cargo("TARGET");
    for name in [
        format!("PG_CONFIG_{target}"),
        format!("PG_CONFIG_{}", target.replace('-', "_")),
        "PG_CONFIG".to_string(),
    ] {
        if let Some(path) = vars::text(&name)? {
            return named(Path::new(&path), &name)?.with_headers();
        }
    }
    refuse_to_guess(&target)?;
    let mut tried = Vec::new();
    for (path, found_by) in candidates() {
        match program::ask(&path, &found_by).and_then(PgConfig::with_headers) {
            Ok(answer) => return Ok(answer),
            Err(error) => tried.push(format!("{found_by}: {}: {error}", path.display())),
        }
    }
    Err(not_found(&tried))
}

/// The error of a cross build: the servers of this machine are not the target's.
fn refuse_to_guess(target: &str) -> Result<()> {
    let host = vars::cargo("HOST");
    if host == target {
        return Ok(());
    }
    Err(Report::new(format!(
        "a build on {host} for {target} needs to be told which server it is for"
    ))
    .note("the servers that are installed here are not the target's")
    .help(format!(
        "name its pg_config, or a text with what one printed: PG_CONFIG_{target}=/path/to/pg_config"
    )))
}

fn named(path: &Path, variable: &str) -> Result<PgConfig> {
    if description::is_one(path) {
        description::read(path, variable)
    } else {
        program::ask(path, variable)
    }
}

fn not_found(tried: &[String]) -> Report {
    let mut report = Report::new("no PostgreSQL server with headers was found")
        .note("looked at, in this order: PG_CONFIG_<TARGET>, PG_CONFIG, PATH, versioned directories, pkg-config");
    for line in tried {
        report = report.note(line.replace("error: ", ""));
    }
    report
        .help_install("NN")
        .help("in a checkout of this project: cargo bgworker servers install 18")
        .help(format!(
            "only to check or document, without a server: POSTGRES_BGWORKER_FACTS={}",
            versions::DOCUMENTED
        ))
}

/// Returns the candidates if the user named none: the path, and how it was found.
fn candidates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for dir in vars::paths("PATH") {
        found.push((dir.join("pg_config"), "PATH".to_string()));
    }
    for pattern in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/usr/local/pgsql", ""),
    ] {
        found.extend(versioned(Path::new(pattern.0), pattern.1));
    }
    found.retain(|(path, _)| path.exists());
    if let Some(prefix) = pkg_config_hint() {
        found.push((
            prefix.join("bin/pg_config"),
            "pkg-config (libpq)".to_string(),
        ));
    }
    found
}

/// `<root>/<something with a version>/<bin>/pg_config`, newest version first.
fn versioned(root: &Path, bin: &str) -> Vec<(PathBuf, String)> {
    let version = |name: &str| -> Option<u32> {
        let digits = name
            .strip_prefix("postgresql@")
            .or_else(|| name.strip_prefix("pgsql-"))
            .unwrap_or(name);
        let mut parts = digits.split('.').map(|part| part.parse::<u32>().ok());
        let (first, second) = (parts.next()??, parts.next().flatten().unwrap_or(0));
        Some(first.saturating_mul(100).saturating_add(second))
    };
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = version(entry.file_name().to_str()?)?;
            Some((number, entry.path().join(bin).join("pg_config")))
        })
        .collect();
    if bin.is_empty() {
        found = vec![(0, root.join("bin/pg_config"))];
    }
    found.sort_by(|a, b| b.cmp(a));
    let label = format!("below {}", root.display());
    found
        .into_iter()
        .map(|(_, path)| (path, label.clone()))
        .collect()
}

/// libpq.pc does not describe the server, but its prefix may contain a `pg_config`.
fn pkg_config_hint() -> Option<PathBuf> {
    // The library reports to cargo the variables that it reads.
    pkg_config::get_variable("libpq", "prefix")
        .ok()
        .map(PathBuf::from)
}

impl PgConfig {
    /// Makes it from the answers to `QUESTIONS`, in that order.
    pub fn new(kind: Kind, path: &Path, found_by: &str, answers: [String; 6]) -> Result<Self> {
        let [version, bindir, includedir_server, pkglibdir, cppflags, cc] = answers;
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
    fn with_headers(self) -> Result<Self> {
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

    /// Returns whether the major was released after this crate.
    pub fn is_future(&self) -> bool {
        version_key(&self.major) > version_key(versions::newest())
    }
}

pub fn complaint(path: &Path, found_by: &str, what: &str) -> Report {
    Report::new(format!("the pg_config named by {found_by} {what}"))
        .note(format!("path: {}", path.display()))
}

/// The major in a line like `PostgreSQL 15.18 (Debian …)`, `PostgreSQL 9.6.24`, `PostgreSQL 19rc1`.
pub fn parse_major(version: &str) -> Option<String> {
    let number = version
        .strip_prefix("PostgreSQL ")?
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
