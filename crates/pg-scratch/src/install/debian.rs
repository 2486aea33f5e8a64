//! Unpacks servers from Debian packages of any release, outside of the system directories.
//!
//! apt runs with its own sources, lists, cache and empty package database, so the system's are
//! neither locked nor changed. apt checks signatures and hashes.

use super::elf;
use super::stage::Stage;
use crate::error::{Error, Result};
use crate::process::run_checked;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const RELEASES: &[&str] = &[
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "sid",
    "oldstable",
    "stable",
    "testing",
    "unstable",
];

pub(super) fn unpack(
    suites: &[&str],
    major: &str,
    stage: &Stage,
    report: &(dyn Fn(&str) + Sync),
) -> Result<PathBuf> {
    let apt = Apt::new(stage.scratch("apt")?, suites, major)?;
    report(&format!(
        "reading the package lists of {}",
        suites.join(" and ")
    ));
    apt.run("apt-get", &["update", "--quiet"])?;
    let names = ["postgresql", "postgresql-client", "postgresql-server-dev"];
    let packages = names.map(|name| format!("{name}-{major}"));
    let libraries = apt.libraries(&packages[..2])?;
    report(&format!(
        "downloading postgresql-{major} and {} libraries",
        libraries.len()
    ));
    let mut words = vec!["install", "--quiet", "--yes", "--download-only"];
    words.extend(libraries.iter().map(String::as_str));
    apt.run("apt-get", &words)?;
    let mut words = vec!["download", "--quiet"];
    words.extend(packages.iter().map(String::as_str));
    apt.run("apt-get", &words)?;
    report("unpacking");
    for package in apt.downloaded()? {
        let mut command = Command::new("dpkg-deb");
        command.arg("--extract").arg(package).arg(stage.tree());
        run_checked(&mut command, "dpkg-deb", LIMIT)?;
    }
    let home = stage.tree().join(format!("usr/lib/postgresql/{major}"));
    // Only this library needs LLVM. Without the file, the server works without JIT. With the file
    // but without LLVM, an expensive query would fail.
    let _ = std::fs::remove_file(home.join("lib/llvmjit.so"));
    let bin = home.join("bin");
    elf::patch(&bin, stage, report)?;
    Ok(bin)
}

/// An apt configuration that is independent of the system's packages.
struct Apt {
    root: PathBuf,
    configuration: PathBuf,
}

impl Apt {
    fn new(root: PathBuf, suites: &[&str], major: &str) -> Result<Self> {
        let apt = Self {
            configuration: root.join("apt.conf"),
            root,
        };
        let write = |name: &str, text: &str| {
            let path = apt.root.join(name);
            std::fs::write(&path, text).map_err(|e| Error::io(path.display(), &e))
        };
        for dir in ["empty", "state", "lists/partial", "cache/archives/partial"] {
            let path = apt.root.join(dir);
            std::fs::create_dir_all(&path).map_err(|e| Error::io(path.display(), &e))?;
        }
        write("status", "")?;
        write("sources.list", &sources(&mirror()?, suites))?;
        write("preferences", &preferences(suites, major))?;
        write("apt.conf", &configuration(&apt.root, &system_settings()?))?;
        Ok(apt)
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        command
            .args(words)
            .env("APT_CONFIG", &self.configuration)
            .env("LC_ALL", "C");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .current_dir(self.archives());
        run_checked(&mut command, &format!("{program} {}", words[0]), LIMIT)
            .map_err(|e| e.help("check the network, and whether the mirror carries this release"))
    }

    fn archives(&self) -> PathBuf {
        self.root.join("cache/archives")
    }

    /// Returns the libraries that the packages depend on directly. apt resolves the others.
    fn libraries(&self, packages: &[String]) -> Result<BTreeSet<String>> {
        let mut words = vec!["show", "--no-all-versions"];
        words.extend(packages.iter().map(String::as_str));
        let found = library_names(&self.run("apt-cache", &words)?);
        if found.is_empty() {
            return Err(Error::new(format!(
                "no library dependency found for {}",
                packages.join(", ")
            )));
        }
        Ok(found)
    }

    fn downloaded(&self) -> Result<Vec<PathBuf>> {
        let archives = self.archives();
        let entries =
            std::fs::read_dir(&archives).map_err(|e| Error::io(archives.display(), &e))?;
        let files = entries.flatten().map(|entry| entry.path());
        Ok(files
            .filter(|path| path.extension().is_some_and(|e| e == "deb"))
            .collect())
    }
}

/// Returns the Debian mirror that this machine is configured for.
fn mirror() -> Result<String> {
    let mut command = Command::new("apt-get");
    command.args([
        "indextargets",
        "--format",
        "$(SITE) $(RELEASE) $(COMPONENT)",
    ]);
    let targets = run_checked(&mut command, "apt-get indextargets", LIMIT).map_err(|error| {
        error
            .context("apt-get failed, and this server is installed from Debian packages")
            .help("on other systems, install PostgreSQL with its server headers and set PG_CONFIG")
    })?;
    choose_mirror(&targets).ok_or_else(|| {
        Error::new(
            "no Debian mirror is configured, and this server is installed from Debian packages",
        )
        .note(format!(
            "looked for the component main of one of: {}",
            RELEASES.join(", ")
        ))
        .help("on other systems, install PostgreSQL with its server headers and set PG_CONFIG")
    })
}

fn choose_mirror(targets: &str) -> Option<String> {
    targets.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (site, release, component) = (words.next()?, words.next()?, words.next()?);
        (RELEASES.contains(&release) && component == "main").then(|| site.to_owned())
    })
}

/// Returns the system's settings for downloads (proxies, certificates), without its sources and
/// hooks.
fn system_settings() -> Result<String> {
    let dump = run_checked(
        Command::new("apt-config").arg("dump"),
        "apt-config dump",
        LIMIT,
    )?;
    let ours = [
        "IndexTargets",
        "Changelogs",
        "Languages",
        "Check-Valid-Until",
    ];
    let wanted = |line: &&str| {
        line.strip_prefix("Acquire::")
            .is_some_and(|rest| !ours.iter().any(|name| rest.starts_with(name)))
    };
    Ok(dump
        .lines()
        .filter(wanted)
        .map(|line| format!("{line}\n"))
        .collect())
}

fn sources(mirror: &str, suites: &[&str]) -> String {
    let signed = if Path::new(KEYRING).is_file() {
        format!("[signed-by={KEYRING}] ")
    } else {
        String::new()
    };
    suites
        .iter()
        .map(|suite| format!("deb {signed}{mirror} {suite} main\n"))
        .collect()
}

/// experimental offers, but is not preferred, unless told: and what belongs to this server must
/// match.
fn preferences(suites: &[&str], major: &str) -> String {
    let first = suites.first().copied().unwrap_or("sid");
    format!(
        "Package: libpq5 postgresql-{major} postgresql-client-{major} postgresql-server-dev-{major}\n\
         Pin: release a={first}\nPin-Priority: 990\n"
    )
}

fn configuration(root: &Path, system: &str) -> String {
    let root = root.display();
    format!(
        r#"{system}
Dir::Etc::parts "{root}/empty";
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/empty";
Dir::Etc::preferences "{root}/preferences";
Dir::Etc::preferencesparts "{root}/empty";
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
// The mirror's copy of an unstable release may be past its expiry date.
Acquire::Check-Valid-Until "false";
"#
    )
}

/// Returns the names of libraries in `Depends:` and `Pre-Depends:` lines, the first of
/// alternatives.
fn library_names(control: &str) -> BTreeSet<String> {
    control
        .lines()
        .filter_map(|line| {
            line.strip_prefix("Depends:")
                .or(line.strip_prefix("Pre-Depends:"))
        })
        .flat_map(|list| list.split(','))
        .filter_map(|item| {
            item.split(['|', '(', ':'])
                .next()?
                .split_whitespace()
                .next()
        })
        .filter(|name| name.starts_with("lib") || name.starts_with("zlib"))
        .filter(|name| !name.contains("llvm"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_depends() {
        let control = "Package: postgresql-19\n\
            Depends: locales | locales-all, libc6 (>= 2.43), libllvm19 (>= 1), libpq5:any, zlib1g\n\
            Recommends: libnothing\nPre-Depends: libx | liby\n";
        let found: Vec<_> = library_names(control).into_iter().collect();
        assert_eq!(found, ["libc6", "libpq5", "libx", "zlib1g"]);
    }

    #[test]
    fn the_mirror_is_debians_own() {
        let targets = "http://other/apt nodistro main\n\
            http://mirror/debian-security bookworm-security main\n\
            http://mirror/debian bookworm contrib\nhttp://mirror/debian bookworm main\n";
        assert_eq!(
            choose_mirror(targets).as_deref(),
            Some("http://mirror/debian")
        );
        assert_eq!(choose_mirror("http://other/ubuntu noble main\n"), None);
    }

    #[test]
    fn what_belongs_to_the_server_comes_from_the_first_suite() {
        let text = preferences(&["experimental", "sid"], "19");
        assert!(
            text.contains("libpq5 postgresql-19 ") && text.contains("a=experimental"),
            "{text}"
        );
    }
}
