//! The framework as a package: it builds elsewhere, with and without libclang, and documents itself
//! without a server. A wrapper of its user answers queries.

use super::super::sql::fails;
use super::Server;
use super::files::Files;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{assert_no_crash, cargo, server, workspace};
use tempfile::TempDir;

/// What docs.rs shows: the newest released major.
const DOCUMENTED: &str = "18";

#[test]
#[ignore = "builds crates from their packages"]
fn a_packaged_framework_builds_elsewhere() {
    let elsewhere = Elsewhere::new();
    elsewhere.package(
        workspace(),
        &["postgres-bgworker-build", "postgres-bgworker-sys"],
        &[],
    );
    elsewhere.package_copy("boundary", "other-boundary", |_| ());
    elsewhere.package_copy("fdw/framework", "other-fdw", |copy| {
        let major = server().version.major;
        elsewhere.run(
            Command::new(tool()).args(["bgworker", "bindings", "--pg", &major]),
            copy,
        );
    });

    let framework = elsewhere.unpacked("other-fdw");
    let empty = elsewhere.path("empty");
    let check = |words: &[&str], variables: &[(&str, &Path)]| -> String {
        let mut check = cargo();
        check.args(["check", "--message-format=json"]).args(words);
        check.envs(variables.iter().copied());
        let messages = elsewhere.run(&mut check, &framework);
        let made = out_dir(&messages, "other-fdw").join("postgres-bgworker-own.txt");
        let made = fs::read_to_string(made).unwrap();
        let source = made.lines().find_map(|line| line.strip_prefix("source = "));
        source.unwrap_or_default().to_string()
    };
    assert_eq!(check(&[], &[]), "bindgen");
    assert_eq!(check(&["--no-default-features"], &[]), "committed");
    let without = ("LIBCLANG_PATH", empty.as_path());
    assert_eq!(check(&[], &[without]), "committed");
    elsewhere.documents(&framework);

    let user = elsewhere.copy("fdw/text-files");
    let mut build = cargo();
    build.arg("build").env(without.0, without.1);
    elsewhere.run(&mut build, &user);
    let library = elsewhere.path("target/debug").join(format!(
        "{}text_files{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    elsewhere.knows_nothing_of_this_repository();
    answers(&Server::with("text_files", library));

    // The package must have the files.
    fs::remove_dir_all(framework.join("bindings")).unwrap();
    let mut check = cargo();
    check.args(["check", "--no-default-features"]);
    let text = elsewhere.try_run(&mut check, &framework);
    let text = text.expect_err("the package has no bindings");
    let major = server().version.major;
    let expected = format!("no bindings are committed for PostgreSQL {major}");
    assert!(text.contains(&expected), "{text}");
}

fn answers(server: &Server) {
    let mut client = server.client();
    let files = Files::new(&server.cluster);
    files.write("numbers", "n int\tname text\n1\tone\n2\ttwo\n");
    client.batch_execute(&files.server()).unwrap();
    client
        .batch_execute(
            "create foreign table t (n int, name text) server files options (file 'numbers.rows');
             insert into t values (3, 'three')",
        )
        .unwrap();
    let names = "select string_agg(name, ',' order by n) from t where n > 1";
    let names: String = client.query_one(names, &[]).unwrap().get(0);
    assert_eq!(names, "two,three");
    let option = "alter foreign table t options (add unknown '')";
    fails(&mut client, option, "HV00D");
    assert_no_crash(&server.cluster);
}

/// `cargo bgworker`, built here.
fn tool() -> PathBuf {
    let mut build = cargo();
    build.args(["build", "--package", "cargo-bgworker"]);
    build.arg("--message-format=json").current_dir(workspace());
    let messages = messages(&text_of(&mut build).unwrap_or_else(|text| panic!("{text}")));
    let found = messages
        .iter()
        .rev()
        .find_map(|message| message["executable"].as_str());
    found.expect("the package has a program").into()
}

/// A directory where cargo takes unpacked packages for those of crates.io.
struct Elsewhere(TempDir);

impl Elsewhere {
    fn new() -> Self {
        let elsewhere = Elsewhere(tempfile::tempdir().unwrap());
        for name in [".cargo", "crates", "empty"] {
            fs::create_dir(elsewhere.path(name)).unwrap();
        }
        fs::write(elsewhere.config(), "[patch.crates-io]\n").unwrap();
        elsewhere
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Cargo's settings in this directory.
    fn config(&self) -> PathBuf {
        self.path(".cargo/config.toml")
    }

    fn unpacked(&self, name: &str) -> PathBuf {
        self.path("crates").join(format!("{name}-0.1.0"))
    }

    /// Runs a command, and returns its standard output.
    #[track_caller]
    fn run(&self, command: &mut Command, directory: &Path) -> String {
        let said = self.try_run(command, directory);
        said.unwrap_or_else(|text| panic!("{text}"))
    }

    fn try_run(&self, command: &mut Command, directory: &Path) -> Result<String, String> {
        // The environment of the tests may name other servers.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("PG_CONFIG_") || name.starts_with("POSTGRES_BGWORKER_") {
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
    fn package(&self, directory: &Path, names: &[&str], words: &[&str]) {
        let mut package = cargo();
        package.args(["package", "--no-verify", "--allow-dirty"]);
        names.iter().for_each(|name| {
            package.args(["--package", name]);
        });
        self.run(package.args(words), directory);
        let mut config = fs::read_to_string(self.config()).unwrap();
        for name in names {
            let file = self.path(&format!("target/package/{name}-0.1.0.crate"));
            let mut unpack = Command::new("tar");
            unpack.arg("-xzf").arg(file);
            self.run(&mut unpack, &self.path("crates"));
            config += &format!("{name}.path = {:?}\n", self.unpacked(name));
            lock(&self.unpacked(name));
        }
        fs::write(self.config(), config).unwrap();
    }

    /// Packages a crate of `tests/downstream` from a copy, which is gone afterwards. The lock file
    /// is left out: its versions would have to be on crates.io.
    fn package_copy(&self, place: &str, name: &str, prepare: impl FnOnce(&Path)) {
        let copy = self.copy(place);
        prepare(&copy);
        self.package(&copy, &[name], &["--exclude-lockfile"]);
        fs::remove_dir_all(copy).unwrap();
    }

    /// Copies a crate of `tests/downstream`, with dependencies as those of crates.io.
    fn copy(&self, place: &str) -> PathBuf {
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

    /// Builds the documentation as docs.rs does, where there is no server.
    fn documents(&self, framework: &Path) {
        let major = server().version.major;
        if major != DOCUMENTED {
            eprintln!("NOT TESTED: documentation, which is that of {DOCUMENTED}");
            return;
        }
        let mut document = cargo();
        document.args(["doc", "--no-deps"]);
        // `try_run` names the server; an empty name is none.
        let said = self.try_run(
            Command::new("env")
                .args(["-u", "PG_CONFIG", "DOCS_RS=1"])
                .arg(document.get_program())
                .args(document.get_args()),
            framework,
        );
        said.unwrap_or_else(|text| panic!("{text}"));
        let page = self.path("target/doc/other_fdw/ffi/struct.FdwRoutine.html");
        let page = fs::read_to_string(page).unwrap();
        assert!(page.contains("GetForeignRelSize"));
    }

    /// No source of a build is in the repository, and no build script has looked there.
    fn knows_nothing_of_this_repository(&self) {
        let here = workspace().display().to_string();
        let target = self.path("target/debug");
        let mut read = 0;
        let mut directories = vec![target.join("deps"), target.join("build")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let name = path.file_name().unwrap_or_default();
                let is_list = path.extension().is_some_and(|extension| extension == "d");
                if is_list || name == "output" || name == "stderr" {
                    read += 1;
                    let text = fs::read(&path).unwrap();
                    let text = String::from_utf8_lossy(&text);
                    assert!(!text.contains(&here), "{}: {text}", path.display());
                }
            }
        }
        assert!(read > 20, "{read} files");
    }
}

/// Dependencies of other projects in the versions of the repository, which are downloaded.
fn lock(directory: &Path) {
    let lock = workspace().join("tests/downstream/fdw/Cargo.lock");
    fs::copy(lock, directory.join("Cargo.lock")).unwrap();
}

/// Runs a command, and returns its standard output, or all that it has printed.
fn text_of(command: &mut Command) -> Result<String, String> {
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

fn messages(text: &str) -> Vec<serde_json::Value> {
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The output directory of the build script of a package.
fn out_dir(text: &str, package: &str) -> PathBuf {
    let messages = messages(text);
    let message = messages.iter().find(|message| {
        let id = message["package_id"].as_str().unwrap_or_default();
        message["reason"] == "build-script-executed" && id.contains(package)
    });
    let message = message.expect("the build script has run");
    message["out_dir"].as_str().expect("it has one").into()
}
