//! Packages that were unpacked elsewhere, outside of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{cargo, server, workspace};
use tempfile::TempDir;

/// Cargo's settings in a directory.
const CONFIG: &str = ".cargo/config.toml";

/// A directory where cargo takes unpacked packages for those of crates.io.
pub(super) struct Elsewhere(TempDir);

impl Elsewhere {
    pub(super) fn new() -> Self {
        let elsewhere = Elsewhere(tempfile::tempdir().unwrap());
        for name in [".cargo", "crates", "empty"] {
            fs::create_dir(elsewhere.path(name)).unwrap();
        }
        fs::write(elsewhere.path(CONFIG), "[patch.crates-io]\n").unwrap();
        elsewhere
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn unpacked(&self, name: &str) -> PathBuf {
        self.path("crates").join(format!("{name}-0.1.0"))
    }

    /// Runs a command, and returns its standard output.
    #[track_caller]
    pub(super) fn run(&self, command: &mut Command, directory: &Path) -> String {
        let said = self.try_run(command, directory);
        said.unwrap_or_else(|text| panic!("{text}"))
    }

    pub(super) fn try_run(
        &self,
        command: &mut Command,
        directory: &Path,
    ) -> Result<String, String> {
        // The environment of the tests may name other servers.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let is_set = command.get_envs().any(|(known, _)| known == &*name);
            let is_other = name.starts_with("PG_CONFIG_")
                || name.starts_with("POSTGRES_BGWORKER_")
                || name == "DOCS_RS" && !is_set;
            if is_other {
                command.env_remove(name.as_ref());
            }
        }
        text_of(
            command
                .current_dir(directory)
                .env("PG_CONFIG", server().pg_config)
                .env("CARGO_TARGET_DIR", self.path("target")),
        )
    }

    /// Packages crates, and unpacks the packages.
    pub(super) fn package(&self, directory: &Path, names: &[&str], words: &[&str]) {
        let mut package = cargo();
        package.args(["package", "--no-verify", "--allow-dirty"]);
        names.iter().for_each(|name| {
            package.args(["--package", name]);
        });
        self.run(package.args(words), directory);
        let mut config = fs::read_to_string(self.path(CONFIG)).unwrap();
        for name in names {
            let file = self.path(&format!("target/package/{name}-0.1.0.crate"));
            let mut unpack = Command::new("tar");
            unpack.arg("-xzf").arg(file);
            self.run(&mut unpack, &self.path("crates"));
            config += &format!("{name}.path = {:?}\n", self.unpacked(name));
            lock(&self.unpacked(name));
        }
        fs::write(self.path(CONFIG), config).unwrap();
    }

    /// Packages a crate of `tests/downstream` from a copy, which is gone afterwards. The lock file
    /// is left out: its versions would have to be on crates.io.
    pub(super) fn package_copy(&self, place: &str, name: &str, prepare: impl FnOnce(&Path)) {
        let copy = self.copy(place);
        prepare(&copy);
        self.package(&copy, &[name], &["--exclude-lockfile"]);
        fs::remove_dir_all(copy).unwrap();
    }

    /// Copies a crate of `tests/downstream`, with dependencies as those of crates.io.
    pub(super) fn copy(&self, place: &str) -> PathBuf {
        let from = workspace().join("tests/downstream").join(place);
        let to = self.path(place);
        fs::create_dir_all(to.join("src")).unwrap();
        for file in fs::read_dir(from.join("src")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join("src").join(file.file_name())).unwrap();
        }
        if from.join("build.rs").is_file() {
            fs::copy(from.join("build.rs"), to.join("build.rs")).unwrap();
        }
        let manifest = fs::read_to_string(from.join("Cargo.toml")).unwrap();
        let workspace = workspace().join("tests/downstream/fdw/Cargo.toml");
        let workspace = fs::read_to_string(workspace).unwrap();
        let lines = manifest.lines().chain(workspace.lines());
        let lines = lines.filter(|line| !line.starts_with("members = "));
        let lines = lines.map(|line| match line.split_once("path = \"") {
            Some((before, after)) => {
                let (_, after) = after.split_once('"').expect("a path ends");
                format!("{before}version = \"0.1\"{after}\n")
            }
            None => format!("{line}\n"),
        });
        fs::write(to.join("Cargo.toml"), lines.collect::<String>()).unwrap();
        lock(&to);
        to
    }
}

/// Dependencies of other projects in the versions of the repository, which are downloaded.
fn lock(directory: &Path) {
    let lock = workspace().join("tests/downstream/fdw/Cargo.lock");
    fs::copy(lock, directory.join("Cargo.lock")).unwrap();
}

/// Runs a command, and returns its standard output, or all that it has printed.
pub(super) fn text_of(command: &mut Command) -> Result<String, String> {
    let output = command.output().expect("the command can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!(
            "{command:?}\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        )),
    }
}
