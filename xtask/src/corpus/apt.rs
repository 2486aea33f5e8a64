//! apt with its own lists of one suite. It checks signatures.

use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

/// A configuration of apt that neither locks nor changes the system's packages.
pub(crate) struct Apt {
    root: PathBuf,
}

impl Apt {
    /// Reads the lists of `suite` of an archive.
    pub(super) fn open(root: PathBuf, archive: &str, keyring: &Path, suite: &str) -> Result<Self> {
        let apt = Self { root };
        for name in ["empty", "state", "lists/partial", "cache/archives/partial"] {
            let path = apt.root.join(name);
            std::fs::create_dir_all(&path).map_err(|e| Error::io(path.display(), &e))?;
        }
        let signed = match keyring.is_file() {
            true => format!("[signed-by={}] ", keyring.display()),
            false => String::new(),
        };
        let source = format!("deb {signed}{archive} {suite} main\n");
        let settings = configuration(&apt.root, &downloads()?);
        for (name, text) in [
            ("status", String::new()),
            ("sources.list", source),
            ("apt.conf", settings),
        ] {
            let path = apt.root.join(name);
            std::fs::write(&path, text).map_err(|e| Error::io(path.display(), &e))?;
        }
        apt.run("apt-get", &["update", "--quiet"], &apt.root)?;
        Ok(apt)
    }

    /// Returns the index of all packages.
    pub(super) fn index(&self) -> Result<String> {
        self.run("apt-cache", &["dumpavail"], &self.root)
    }

    /// Downloads packages into a directory.
    pub(super) fn download(&self, names: &[&str], directory: &Path) -> Result<()> {
        let words: Vec<&str> = ["download", "--quiet"]
            .into_iter()
            .chain(names.to_vec())
            .collect();
        self.run("apt-get", &words, directory).map(drop)
    }

    /// Returns the archive of a distribution that this machine is configured for.
    pub(crate) fn archive_of_machine() -> Result<String> {
        let format = "$(SITE) $(RELEASE) $(COMPONENT)";
        let mut command = Command::new("apt-get");
        command.args(["indextargets", "--format", format]);
        let targets = run_checked(&mut command, "apt-get indextargets", LIMIT)?;
        let site = targets.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let (site, release, component) = (words.next()?, words.next()?, words.next()?);
            // Not that of security updates or of another vendor.
            (component == "main" && !release.contains('-') && site.ends_with("/debian"))
                .then(|| site.to_owned())
        });
        site.ok_or_else(|| {
            Error::new("apt on this machine knows no archive of Debian").help("use --archive URL")
        })
    }

    fn run(&self, program: &str, words: &[&str], directory: &Path) -> Result<String> {
        let mut command = Command::new(program);
        command
            .args(words)
            .env("APT_CONFIG", self.root.join("apt.conf"))
            .env("LC_ALL", "C")
            .current_dir(directory);
        run_checked(&mut command, &format!("{program} {}", words[0]), LIMIT)
    }
}

/// Returns the system's settings for downloads, such as proxies.
fn downloads() -> Result<String> {
    let mut command = Command::new("apt-config");
    let dump = run_checked(command.arg("dump"), "apt-config dump", LIMIT)?;
    let others = ["IndexTargets", "Changelogs", "Languages", "GzipIndexes"];
    let is_wanted = |line: &&str| {
        line.strip_prefix("Acquire::")
            .is_some_and(|rest| !others.iter().any(|name| rest.starts_with(name)))
    };
    let lines = dump.lines().filter(is_wanted);
    Ok(lines.map(|line| format!("{line}\n")).collect())
}

fn configuration(root: &Path, system: &str) -> String {
    let root = root.display();
    format!(
        r#"{system}
Dir::Etc::parts "{root}/empty";
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/empty";
Dir::Etc::preferencesparts "{root}/empty";
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
"#
    )
}
