//! The server to describe, as far as it is on this machine. Headers without a program are enough
//! for some sources, a program without headers for others, and a description for a server on
//! another machine.

use crate::binary::{Binary, Target};
use crate::contract::Compiler;
use crate::facts::header::PG_CONFIG;
use pg_scratch::process::run_checked;
use pg_scratch::servers::Version;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// A server as described by its `pg_config`.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The program, or the file with its output.
    pub pg_config: PathBuf,
    /// Its values, by the names in [`PG_CONFIG`].
    pub answers: BTreeMap<String, String>,
    /// The server's version.
    pub version: Version,
}

impl Subject {
    /// Runs a `pg_config`, or reads the output of one: a description, or a facts file.
    pub fn new(pg_config: &Path) -> Result<Self> {
        let answers = match described(pg_config) {
            Some(answers) => answers,
            None => asked(pg_config)?,
        };
        let version = answers
            .get("VERSION")
            .map(String::as_str)
            .unwrap_or_default();
        let version = Version::parse(version).map_err(|e| {
            e.context(format!(
                "{} does not describe a server",
                pg_config.display()
            ))
        })?;
        Ok(Self {
            pg_config: pg_config.to_owned(),
            answers,
            version,
        })
    }

    /// Returns the directory of the headers, or why there is none.
    pub fn headers(&self) -> Result<PathBuf> {
        let directory = self.path("INCLUDEDIR-SERVER")?;
        if directory.join("postmaster/bgworker.h").is_file() {
            return Ok(directory);
        }
        Err(Error::new(format!(
            "no headers: {} has no postmaster/bgworker.h",
            directory.display()
        ))
        .help(format!(
            "Debian, Ubuntu: apt-get install postgresql-server-dev-{}",
            self.version.major
        )))
    }

    /// Returns the server program, or why there is none.
    pub fn program(&self) -> Result<PathBuf> {
        let program = self.path("BINDIR")?.join("postgres");
        if program.is_file() {
            return Ok(program);
        }
        Err(Error::new(format!(
            "no server program: {} does not exist",
            program.display()
        )))
    }

    /// Returns an error if a program is not a server of the major of the headers, for this target.
    pub(crate) fn expect(&self, binary: &Binary, target: &str) -> Result<()> {
        let version = binary.server_version.as_deref();
        let parsed = Version::parse(&format!("PostgreSQL {}", version.unwrap_or_default()));
        let wrong = if version.is_none() && !binary.is_server() {
            Error::new("the server program is not PostgreSQL")
                .help("specify the pg_config of the server")
        } else if !names(target, &binary.target) {
            Error::new(format!(
                "the server program is for {}, not {target}",
                binary.target
            ))
            .help("specify the target of the server with --target TRIPLE")
        } else if let Some(other) = parsed.ok().filter(|it| it.major != self.version.major) {
            Error::new(format!(
                "the server program is PostgreSQL {}, and the headers are those of {}",
                other.major, self.version.major
            ))
            .help("specify the pg_config of an installation that has both")
        } else {
            return Ok(());
        };
        Err(wrong
            .note(format!("program: {}", binary.path.display()))
            .note(format!("pg_config: {}", self.pg_config.display())))
    }

    /// Returns a path, relative to the description that contains it.
    fn path(&self, name: &str) -> Result<PathBuf> {
        let value = self.answers.get(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            Error::new(format!(
                "{} does not report {name}",
                self.pg_config.display()
            ))
        })?;
        Ok(self.beside(value))
    }

    /// Resolves a path relative to the description's directory.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        let directory = self.pg_config.parent().unwrap_or(Path::new("."));
        let path = directory.join(path);
        std::path::absolute(&path).unwrap_or(path)
    }

    /// Returns the server's own C compiler if it is on this machine, unless a variable selects
    /// another one.
    pub fn compiler(&self, target: &str) -> Result<Compiler> {
        let named = [
            format!("CC_{target}"),
            format!("CC_{}", target.replace('-', "_")),
            "CC".to_owned(),
        ];
        let named = named
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|cc| !cc.is_empty()));
        let its_own = self.answers.get("CC").filter(|cc| is_here(cc)).cloned();
        let command = named.or(its_own).unwrap_or_else(|| "cc".to_owned());
        let flags = self
            .answers
            .get("CPPFLAGS")
            .map(String::as_str)
            .unwrap_or_default();
        let mut compiler = Compiler::with(&command, None, &self.headers()?, flags)?;
        compiler.expect(target);
        Ok(compiler)
    }
}

/// Returns whether a target triple names a machine. A machine without a name is not known.
fn names(triple: &str, machine: &Target) -> bool {
    let first = triple.split('-').next().unwrap_or_default();
    match machine.machine_name() {
        Some("x86_64 (x32)") => first == "x86_64",
        // Some triples say which processors: `i586`, `armv7`, `riscv64gc`.
        Some("i686") => first.starts_with('i') && first.ends_with("86"),
        Some("arm") => first.starts_with("arm") || first.starts_with("thumb"),
        Some(name @ ("riscv32" | "riscv64" | "mips")) => first.starts_with(name),
        Some(name) => first == name,
        None => true,
    }
}

/// Returns whether the first word of a command is a program on `PATH`.
fn is_here(command: &str) -> bool {
    let Some(program) = command.split_whitespace().next() else {
        return false;
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Parses the `NAME = value` lines of a text, up to the first empty one.
fn described(path: &Path) -> Option<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).ok()?;
    if text.starts_with("#!") || text.contains('\0') {
        return None;
    }
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let lines = lines
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    let entries = lines.map(|line| line.split_once(" ="));
    let entries: Option<Vec<_>> = entries.collect();
    let entries = entries?.into_iter();
    Some(
        entries
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect(),
    )
}

fn asked(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut command = Command::new(path);
    command.args(PG_CONFIG.map(|name| format!("--{}", name.to_lowercase())));
    command.env("LC_ALL", "C");
    let output = run_checked(&mut command, &path.display().to_string(), LIMIT)?;
    let lines: Vec<&str> = output.lines().collect();
    if lines.len() != PG_CONFIG.len() {
        return Err(
            Error::new(format!("{} did not behave like pg_config", path.display())).note(format!(
                "it printed {} lines for {} options",
                lines.len(),
                PG_CONFIG.len()
            )),
        );
    }
    let pairs = PG_CONFIG.into_iter().zip(lines);
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// Returns the host target of this machine's rustc.
pub fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(rustc);
    let output = run_checked(command.arg("-vV"), "rustc", LIMIT).unwrap_or_default();
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    let guess = || {
        format!(
            "{}-unknown-{}-gnu",
            std::env::consts::ARCH,
            std::env::consts::OS
        )
    };
    host.map_or_else(guess, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_name_machines() {
        // The numbers of machines in ELF files.
        let machine = |machine, bits| Target {
            machine,
            bits,
            little_endian: true,
        };
        for (number, bits, triple) in [
            (62, 64, "x86_64-unknown-linux-gnu"),
            (3, 32, "i586-unknown-linux-gnu"),
            (183, 64, "aarch64-unknown-linux-musl"),
            (40, 32, "armv7-unknown-linux-gnueabihf"),
            (243, 64, "riscv64gc-unknown-linux-gnu"),
            (21, 64, "powerpc64le-unknown-linux-gnu"),
        ] {
            assert!(names(triple, &machine(number, bits)), "{triple}");
            let mips = machine(8, 32);
            assert!(!names(triple, &mips), "{triple}");
        }
        assert!(!names("arm-unknown-linux-gnueabi", &machine(183, 64)));
        assert!(!names("x86_64-unknown-linux-gnu", &machine(3, 32)));
    }
}
