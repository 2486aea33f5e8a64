//! The framework as a package: it builds elsewhere, with and without libclang, and documents itself
//! without a server. A wrapper of its user answers queries.

use super::super::sql::fails;
use super::Server;
use super::elsewhere::{Elsewhere, text_of};
use super::files::Files;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{assert_no_crash, cargo, server, workspace};

/// What docs.rs shows: the newest released major.
const DOCUMENTED: &str = "18";

#[test]
#[ignore = "builds crates from their packages"]
fn a_packaged_framework_builds_elsewhere() {
    if !cfg!(feature = "bindgen") {
        eprintln!("NOT TESTED: packages, which need bindings from the headers");
        return;
    }
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

impl Elsewhere {
    /// Builds the documentation as docs.rs does, where there is no server.
    fn documents(&self, framework: &Path) {
        let major = server().version.major;
        if major != DOCUMENTED {
            eprintln!("NOT TESTED: documentation, which is that of {DOCUMENTED}");
            return;
        }
        let mut document = cargo();
        document.args(["doc", "--no-deps"]);
        // `try_run` names the server.
        let said = self.try_run(
            Command::new("env")
                .args(["-u", "PG_CONFIG", "DOCS_RS=1"])
                .arg(document.get_program())
                .args(document.get_args()),
            framework,
        );
        said.unwrap_or_else(|text| panic!("{text}"));
        let page = self.path("target/doc/other_fdw/ffi/struct.FdwRoutine.html");
        assert!(
            fs::read_to_string(page)
                .unwrap()
                .contains("GetForeignRelSize")
        );
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
