//! Searches for a `pg_config` if the user named none.

use crate::pg_config::PgConfig;
use crate::report::{Report, Result};
use crate::{program, vars, versions};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The directories of `cargo bgworker servers install`: for root, and below the user's data.
const SERVERS: &str = "cargo-bgworker/servers";

/// How a server in a versioned directory was found.
const BELOW: &str = "below ";

/// Returns the first one with headers. In versioned directories, a release candidate is used only
/// if there is nothing else.
pub fn first_usable() -> Result<PgConfig> {
    let (mut seen, mut tried, mut candidate) = (BTreeSet::new(), Vec::new(), None);
    for (path, found_by) in candidates() {
        // A directory may be on PATH under two names, and pkg-config knows it, too.
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            continue;
        }
        let answer = program::ask(&path, &found_by);
        let major = answer.as_ref().ok().map(|answer| answer.major.clone());
        match answer.and_then(PgConfig::with_headers) {
            Ok(answer) if found_by.starts_with(BELOW) && answer.is_prerelease() => {
                candidate = candidate.or(Some(answer))
            }
            Ok(answer) => return Ok(answer),
            Err(error) => tried.push(Tried {
                path,
                major,
                reason: error.reason(&found_by),
            }),
        }
    }
    candidate.ok_or_else(|| not_found(&tried))
}

/// A `pg_config` that is of no use.
struct Tried {
    path: PathBuf,
    major: Option<String>,
    reason: String,
}

fn not_found(tried: &[Tried]) -> Report {
    let mut report = Report::new("no PostgreSQL server with headers was found")
        .note("looked at, in this order: PG_CONFIG_<TARGET>, PG_CONFIG, PATH, versioned directories, pkg-config, the servers of cargo bgworker");
    let mut told = BTreeSet::new();
    for one in tried {
        if !told.insert(&one.reason) {
            continue;
        }
        let same = tried.iter().filter(|other| other.reason == one.reason);
        let paths: Vec<_> = same.map(|other| other.path.display().to_string()).collect();
        report = report.note(format!("{}: {}", paths.join(", "), one.reason));
    }
    let major = tried.iter().find_map(|one| one.major.as_deref());
    report
        .help("cargo bgworker servers install 18")
        .help_install(major.unwrap_or("NN"))
        .help(format!(
            "only to check or document, without a server: POSTGRES_BGWORKER_FACTS={}",
            versions::DOCUMENTED
        ))
}

/// Returns the candidates: the path, and how it was found.
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
    if let Some(prefix) = pkg_config_hint() {
        found.push((
            prefix.join("bin/pg_config"),
            "pkg-config (libpq)".to_string(),
        ));
    }
    for directory in installed() {
        found.extend(versioned(&directory, "bin"));
    }
    found.retain(|(path, _)| path.exists());
    found
}

/// The directories in which `cargo bgworker` looks for servers.
fn installed() -> Vec<PathBuf> {
    let mut found = vars::paths("BGWORKER_SERVERS");
    let data = vars::get("XDG_DATA_HOME").map(PathBuf::from);
    let home = || vars::get("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    found.extend(data.or_else(home).map(|data| data.join(SERVERS)));
    found.push(Path::new("/var/lib").join(SERVERS));
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
    let label = format!("{BELOW}{}", root.display());
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
