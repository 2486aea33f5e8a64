//! Finds the servers of this machine.

use super::installed::{
    FOR_ALL, SERVERS_VARIABLE, default_directory, directory, how_to_get, listed_directories,
};
use super::server::{Origin, PG_CONFIG_LIMIT, Server};
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Directories in which distributions install one directory per major, and the path below it.
const VERSIONED: &[(&str, &str, &str)] = &[
    // parent, prefix of the entry, path below the entry
    ("/usr/lib/postgresql", "", "bin"),          // Debian
    ("/usr", "pgsql-", "bin"),                   // PGDG on Fedora, RHEL
    ("/usr/libexec", "postgresql", "."),         // Alpine
    ("/usr/lib", "postgresql", "bin"),           // openSUSE
    ("/usr/local", "pgsql", "bin"),              // from source
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew, Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew, Intel
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

impl Server {
    /// Returns the server of `$PG_CONFIG`, else the first one found that has headers.
    pub fn from_env() -> Result<Self> {
        if let Some(path) = std::env::var_os("PG_CONFIG").filter(|v| !v.is_empty()) {
            return Self::from_pg_config(&path)
                .map_err(|e| e.help("PG_CONFIG is set in the environment; correct or unset it"));
        }
        Ok(preferred()?.0)
    }

    /// Returns the newest server of `major` (`"15"`, `"9.6"`). Servers with headers are preferred.
    pub fn of_major(major: &str) -> Result<Self> {
        let found = discover();
        let best = found
            .iter()
            .filter(|s| s.version.major == major)
            .max_by_key(|s| (s.headers, s.version.num));
        best.cloned().ok_or_else(|| {
            let mut majors: Vec<_> = found.iter().map(|s| s.version.major.as_str()).collect();
            majors.dedup();
            let seen = if majors.is_empty() {
                "none".to_owned()
            } else {
                majors.join(", ")
            };
            Error::new(format!("no PostgreSQL {major} was found"))
                .note(format!("majors found: {seen}"))
                .help(how_to_get(major))
        })
    }
}

/// Returns every server on this machine, sorted by version. Servers that do not work are omitted.
pub fn discover() -> Vec<Server> {
    discover_all().0
}

/// Like [`discover`], and also returns the errors of each `pg_config` that was omitted.
pub fn discover_all() -> (Vec<Server>, Vec<Error>) {
    let (mut servers, mut errors) = (Vec::new(), Vec::new());
    for found in search() {
        match found {
            Ok(server) => servers.push(server),
            Err(error) => errors.push(error),
        }
    }
    servers.sort_by_key(|server: &Server| server.version.num);
    (servers, errors)
}

/// Returns the first server with headers, in search order. A release candidate is used only if
/// there is nothing else. Also returns the release candidates that come before the server.
pub fn preferred() -> Result<(Server, Vec<Server>)> {
    let mut candidates = Vec::new();
    for server in search().filter_map(Result::ok).filter(|one| one.headers) {
        if !server.version.is_prerelease() {
            return Ok((server, candidates));
        }
        candidates.push(server);
    }
    if candidates.is_empty() {
        return Err(none_found());
    }
    Ok((candidates.swap_remove(0), Vec::new()))
}

/// Runs every candidate once, lazily, and reports each installation once.
fn search() -> impl Iterator<Item = Result<Server>> {
    let mut seen = HashSet::new();
    candidates().into_iter().filter_map(move |(path, origin)| {
        let result = Server::ask(&path, origin, PG_CONFIG_LIMIT);
        // Two pg_configs may describe one installation (Debian's wrapper in /usr/bin).
        let key = result.as_ref().map_or(path, |server| server.bindir.clone());
        seen.insert(key.canonicalize().unwrap_or(key))
            .then_some(result)
    })
}

/// Returns the paths of existing `pg_config`s, in order of preference.
fn candidates() -> Vec<(PathBuf, Origin)> {
    let mut found = Vec::new();
    if let Some(path) = std::env::var_os("PG_CONFIG").filter(|v| !v.is_empty()) {
        found.push((PathBuf::from(path), Origin::PgConfig));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Cargo may have added relative or empty entries, which are ignored.
    let on_path = std::env::split_paths(&path).filter(|dir| dir.is_absolute());
    found.extend(on_path.map(|dir| (dir.join("pg_config"), Origin::Path)));
    for (parent, prefix, below) in VERSIONED {
        let entries = versioned(Path::new(parent), prefix, below);
        found.extend(entries.into_iter().map(|path| (path, Origin::Distribution)));
    }
    for dir in listed_directories() {
        let entries = versioned(&dir, "", "bin");
        found.extend(entries.into_iter().map(|path| (path, Origin::ServersDir)));
    }
    // Root may have installed servers for all.
    for dir in [default_directory(), PathBuf::from(FOR_ALL)] {
        let ours = versioned(&dir, "", "bin");
        found.extend(ours.into_iter().map(|path| (path, Origin::Installed)));
    }
    // A `PG_CONFIG` that does not exist stays in the list, so that it is reported.
    found.retain(|(path, origin)| *origin == Origin::PgConfig || path.is_file());
    found
}

/// Returns the paths `parent/prefix<major>/below/pg_config`, newest major first.
fn versioned(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let rest = name.to_str()?.strip_prefix(prefix)?;
            let path = entry.path().join(below).join("pg_config");
            (rest.is_empty() || major_key(rest).is_some())
                .then(|| (major_key(rest).unwrap_or(0), path))
        })
        .filter(|(_, path)| path.is_file())
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

/// A sort key that orders `"9.6"` before `"15"`. Returns `None` if the name is not a major.
fn major_key(name: &str) -> Option<u32> {
    let (whole, part) = name.split_once('.').unwrap_or((name, "0"));
    let (whole, part): (u32, u32) = (whole.parse().ok()?, part.parse().ok()?);
    whole.checked_mul(100)?.checked_add(part)
}

/// The error if this machine has no server with headers.
fn none_found() -> Error {
    Error::new("no PostgreSQL server with headers was found")
        .note(format!(
            "searched: PG_CONFIG, pg_config on PATH, versioned directories of distributions, \
             {SERVERS_VARIABLE}, {}",
            directory().display()
        ))
        .help("install one without root: cargo bgworker servers install 18")
        .help("Debian, Ubuntu: apt-get install postgresql-server-dev-all postgresql")
        .help("Fedora: dnf install postgresql-server postgresql-server-devel")
        .help("Homebrew: brew install postgresql@18")
}

#[cfg(test)]
mod tests {
    use super::{major_key, versioned};

    #[test]
    fn majors_are_ordered_as_numbers() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "10", "tmp", "9.x"] {
            let bin = dir.path().join(name).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            std::fs::write(bin.join("pg_config"), "").unwrap();
        }
        let found = versioned(dir.path(), "", "bin");
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(dir.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["15/bin/pg_config", "10/bin/pg_config", "9.6/bin/pg_config"]
        );
        assert_eq!(major_key("fifteen"), None);
    }
}
