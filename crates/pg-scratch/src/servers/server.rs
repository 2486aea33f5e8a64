//! One server installation, described by its `pg_config`.

use super::installed::SERVERS_VARIABLE;
use super::version::Version;
use crate::error::{Error, Result};
use crate::process::{Unfinished, run_checked, run_limited, tail};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The time limit for `pg_config`. It only prints, so one that hangs is a broken wrapper.
pub(super) const PG_CONFIG_LIMIT: Duration = Duration::from_secs(10);

/// The flag that `pg_config` of 9.6 and 10 adds to the server's flags, because it was compiled with
/// it.
const NOT_THE_SERVERS: &str = "-DFRONTEND";

/// One PostgreSQL server installation, described by its `pg_config`.
#[derive(Clone, Debug)]
pub struct Server {
    /// The `pg_config` that described it.
    pub pg_config: PathBuf,
    /// The directory of `postgres`, `initdb` and `psql`.
    pub bindir: PathBuf,
    /// The directory of `postgres.h`, if the headers are installed.
    pub includedir_server: PathBuf,
    /// The version of this server.
    pub version: Version,
    /// Whether the server headers (`postmaster/bgworker.h`) are installed.
    pub headers: bool,
    /// How it was found.
    pub origin: Origin,
}

/// How a server was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By the environment variable `PG_CONFIG`, or by a path that the caller gave.
    PgConfig,
    /// `pg_config` on `PATH`.
    Path,
    /// In a versioned directory of a distribution.
    Distribution,
    /// A directory in `BGWORKER_SERVERS`.
    ServersDir,
    /// In the directory that `cargo bgworker servers install` uses.
    Installed,
}

impl Origin {
    /// Returns a name for programs: `pg-config`, `path`, `distribution`, `servers-dir`,
    /// `installed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PgConfig => "pg-config",
            Self::Path => "path",
            Self::Distribution => "distribution",
            Self::ServersDir => "servers-dir",
            Self::Installed => "installed",
        }
    }

    /// Writes the origin for display.
    pub fn describe(self) -> &'static str {
        match self {
            Self::PgConfig => "PG_CONFIG",
            Self::Path => "PATH",
            Self::Distribution => "distribution",
            Self::ServersDir => SERVERS_VARIABLE,
            Self::Installed => "servers install",
        }
    }
}

impl Server {
    /// Runs the `pg_config` at `path` and returns the server that it describes.
    pub fn from_pg_config(path: impl AsRef<Path>) -> Result<Self> {
        Self::ask(path.as_ref(), Origin::PgConfig, PG_CONFIG_LIMIT)
    }

    /// Returns the path of one of the server's programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bindir.join(name)
    }

    /// Returns the preprocessor flags that `pg_config --cppflags` prints.
    pub fn cppflags(&self) -> Result<String> {
        let mut command = Command::new(&self.pg_config);
        let flags = run_checked(command.arg("--cppflags"), "pg_config", PG_CONFIG_LIMIT)?;
        let flags = flags
            .split_whitespace()
            .filter(|flag| *flag != NOT_THE_SERVERS);
        Ok(flags.collect::<Vec<_>>().join(" "))
    }

    pub(super) fn ask(path: &Path, origin: Origin, limit: Duration) -> Result<Self> {
        let output = question(path, limit)?;
        let lines: Vec<&str> = output.lines().collect();
        let &[version, bindir, include] = lines.as_slice() else {
            return Err(rubbish(path, &output));
        };
        let version = Version::parse(version).map_err(|_| rubbish(path, &output))?;
        let (bindir, include) = (PathBuf::from(bindir), PathBuf::from(include));
        if !bindir.is_absolute() || !include.is_absolute() {
            return Err(rubbish(path, &output));
        }
        if !bindir.join("postgres").is_file() {
            return Err(client_only(path, &version, &bindir));
        }
        let headers = include.join("postmaster/bgworker.h").is_file();
        let pg_config = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            pg_config,
            bindir,
            includedir_server: include,
            version,
            headers,
            origin,
        })
    }
}

/// Runs `pg_config` once for all values.
fn question(path: &Path, limit: Duration) -> Result<String> {
    let shown = path.display();
    let mut command = Command::new(path);
    command
        .args(["--version", "--bindir", "--includedir-server"])
        .env("LC_ALL", "C");
    // A wrapper that hangs is killed together with its children.
    command.process_group(0);
    match run_limited(&mut command, limit) {
        Ok(done) if done.status.success() => Ok(done.stdout),
        Ok(done) => Err(Error::new(format!("{shown} failed ({})", done.status))
            .note(tail(&format!("{}{}", done.stdout, done.stderr), 5))
            .help("it should print one line each for --version --bindir --includedir-server")),
        Err(Unfinished::TimedOut) => Err(Error::new(format!(
            "{shown} did not answer within {limit:?}"
        ))
        .help("run it by hand; a pg_config prints and exits at once")),
        Err(Unfinished::CannotRun(e)) => Err(cannot_run(path, &e)),
    }
}

fn cannot_run(path: &Path, error: &std::io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound if path.exists() => Error::new(format!(
            "could not run {shown}: its interpreter or loader is missing"
        ))
        .note(error.to_string()),
        std::io::ErrorKind::NotFound => Error::new(format!("{shown} does not exist"))
            .help("give the path of a pg_config, for example /usr/lib/postgresql/15/bin/pg_config")
            .help("list the servers of this machine: cargo bgworker servers"),
        std::io::ErrorKind::PermissionDenied => Error::new(format!("{shown} is not executable"))
            .help(format!("chmod +x {shown}, or give another pg_config")),
        _ => Error::new(format!("could not run {shown}: {error}")),
    }
}

fn rubbish(path: &Path, output: &str) -> Error {
    Error::new(format!(
        "{} does not answer like a pg_config",
        path.display()
    ))
    .note(format!(
        "it printed {:?}",
        output.chars().take(200).collect::<String>()
    ))
    .note("expected three lines: a version, the bindir, the server include directory")
    .help("give the path of PostgreSQL's pg_config")
}

fn client_only(path: &Path, version: &Version, bindir: &Path) -> Error {
    Error::new(format!(
        "{} describes an installation without a server, only client files",
        path.display()
    ))
    .note(format!(
        "PostgreSQL {version}; {} does not exist",
        bindir.join("postgres").display()
    ))
    .help(format!(
        "install the server package (Debian: postgresql-{})",
        version.major
    ))
    .help(format!(
        "or install one without root: cargo bgworker servers install {}",
        version.major
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(dir: &Path, body: &str, mode: u32) -> PathBuf {
        let path = dir.join("pg_config");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn refusal(body: &str, mode: u32, limit: Duration) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = script(dir.path(), body, mode);
        Server::ask(&path, Origin::PgConfig, limit)
            .expect_err(body)
            .to_string()
    }

    #[test]
    fn each_wrong_pg_config_has_its_own_message() {
        let second = Duration::from_secs(5);
        let cases = [
            ("echo nonsense", 0o755, "does not answer like a pg_config"),
            (
                "printf 'PostgreSQL x\\n/a\\n/b\\n'",
                0o755,
                "does not answer like a pg_config",
            ),
            (
                "printf 'PostgreSQL 15.1\\na\\nb\\n'",
                0o755,
                "does not answer like a pg_config",
            ),
            ("echo 'no such option' >&2; exit 3", 0o755, "no such option"),
            ("exit 0", 0o644, "is not executable"),
            (
                "printf 'PostgreSQL 15.1\\n/nonexistent\\n/b\\n'",
                0o755,
                "only client files",
            ),
        ];
        for (body, mode, expected) in cases {
            let message = refusal(body, mode, second);
            assert!(message.contains(expected), "{body}: {message}");
        }
        let missing = Server::from_pg_config("/nonexistent/pg_config")
            .unwrap_err()
            .to_string();
        assert!(
            missing.contains("does not exist") && missing.contains("= help:"),
            "{missing}"
        );
    }

    #[test]
    fn a_hanging_pg_config_is_given_up_on() {
        let begin = std::time::Instant::now();
        let message = refusal("sleep 30; echo late", 0o755, Duration::from_millis(200));
        assert!(message.contains("did not answer within 200ms"), "{message}");
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_good_one_is_believed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().display();
        let include = dir.path().join("include/postmaster");
        std::fs::create_dir_all(&include).unwrap();
        std::fs::write(dir.path().join("postgres"), "").unwrap();
        let path = script(
            dir.path(),
            &format!("printf 'PostgreSQL 9.6.24\\n{root}\\n{root}/include\\n'"),
            0o755,
        );
        let server = Server::ask(&path, Origin::Path, Duration::from_secs(5)).unwrap();
        assert_eq!(server.version.num, 90624);
        assert!(!server.headers);
        std::fs::write(include.join("bgworker.h"), "").unwrap();
        assert!(
            Server::ask(&path, Origin::Path, Duration::from_secs(5))
                .unwrap()
                .headers
        );
    }
}
