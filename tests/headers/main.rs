//! Libraries that were built with the headers of another minor than the server that loads them, and
//! their log lines. Each is built for the test, so these run against one server.

use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, inspect, read_server};
use pg_scratch::cluster::Cluster;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{LONG, Shared, cluster, server, workspace};

/// A minor that no major ever reaches.
const NEWER: u32 = 99;

#[test]
fn newer_headers_are_reported_as_the_library_chose() {
    let headers = Headers::of_minor(NEWER);
    let major = server().version.major;
    let line = format!(
        "library \"other-minor\" was built for PostgreSQL {major}.{NEWER}, and is loaded into {}",
        server().version.full
    );
    let library = headers.build("warn", &[]);
    let cluster = start(&library).unwrap();
    cluster.wait_for_log("other minor: loaded", LONG).unwrap();
    let log = cluster.log();
    assert!(log.contains(&format!("WARNING:  {line}")), "{log}");
    assert!(
        log.contains("DETAIL:  The server lacks the functions and fields that later minor releases have added"),
        "{log}"
    );
    let hint = format!("or upgrade the server to {major}.{NEWER} or later.");
    assert!(log.contains(&hint), "{log}");
    drop(cluster);
    // `inspect` reports the same without loading it.
    let (found, postgres) = (Binary::read(&library).unwrap(), program());
    let against = Against {
        server: Some(&postgres),
        ..Against::default()
    };
    let found = inspect(&found, &against);
    let [problem] = found.problems.as_slice() else {
        panic!("{:?}", found.problems);
    };
    assert_eq!((problem.code, found.exit_code()), ("other-headers", 4));

    let cluster = start(&headers.build("ignore", &["ignore"])).unwrap();
    cluster.wait_for_log("other minor: loaded", LONG).unwrap();
    assert!(
        !cluster.log().contains("was built for"),
        "{}",
        cluster.log()
    );
    drop(cluster);

    let error = start(&headers.build("refuse", &["refuse"])).err();
    let text = error.expect("the server refuses to start").to_string();
    assert!(text.contains(&format!("FATAL:  {line}")), "{text}");
    assert!(!text.contains("other minor: loaded"), "{text}");
}

/// A newer server than the headers, as after every upgrade, is not reported.
#[test]
fn older_headers_are_not_reported() {
    let version = server().version;
    if version.num % 100 == 0 {
        eprintln!("NOT TESTED: {} has no older minor", version.full);
        return;
    }
    let cluster = start(&Headers::of_minor(0).build("older", &[])).unwrap();
    cluster.wait_for_log("other minor: loaded", LONG).unwrap();
    assert!(
        !cluster.log().contains("was built for"),
        "{}",
        cluster.log()
    );
}

fn program() -> Binary {
    read_server(server().program("postgres")).unwrap()
}

fn start(library: &Path) -> pg_scratch::Result<Cluster> {
    cluster().preload("other_minor", library).start()
}

/// The headers of the server under test with another version number, and a description of them.
struct Headers {
    directory: tempfile::TempDir,
}

impl Headers {
    fn of_minor(minor: u32) -> Self {
        let headers = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        let include = headers.directory.path().join("include");
        fs::create_dir(&include).unwrap();
        for entry in fs::read_dir(server().includedir_server).unwrap() {
            let path = entry.unwrap().path();
            symlink(&path, include.join(path.file_name().unwrap())).unwrap();
        }
        let config = include.join("pg_config.h");
        let text = fs::read_to_string(&config).unwrap();
        let major = server().version.major;
        let number = server().version.num / 10_000 * 10_000 + minor;
        let lines = text.lines().map(|line| match line.split(' ').nth(1) {
            Some("PG_VERSION_NUM") => format!("#define PG_VERSION_NUM {number}\n"),
            Some("PG_VERSION") => format!("#define PG_VERSION \"{major}.{minor}\"\n"),
            _ => format!("{line}\n"),
        });
        let text: String = lines.collect();
        assert!(text.contains(&format!("PG_VERSION_NUM {number}")));
        fs::remove_file(&config).unwrap();
        fs::write(config, text).unwrap();
        headers.describe(&format!("PostgreSQL {major}.{minor}"));
        headers
    }

    fn describe(&self, version: &str) {
        let output = Command::new(server().pg_config).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| match line.split(' ').next() {
            Some("VERSION") => format!("VERSION = {version}\n"),
            Some("INCLUDEDIR-SERVER") => "INCLUDEDIR-SERVER = include\n".to_owned(),
            _ => format!("{line}\n"),
        });
        fs::write(
            self.directory.path().join("server.txt"),
            lines.collect::<String>(),
        )
        .unwrap();
    }

    /// Builds `tests/downstream/other-minor` with them, and copies the library to a unique name.
    fn build(&self, name: &str, features: &[&str]) -> PathBuf {
        let package = workspace().join("tests/downstream/other-minor");
        // Locked until the library is copied, because the next build writes the same file.
        let target = Shared::target("downstream-minor");
        let cargo = |more: &[&str]| {
            let mut command = support::cargo();
            // The environment of the tests may name other servers.
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("PG_CONFIG_") {
                    command.env_remove(name);
                }
            }
            command
                .args(["build", "--no-default-features", "--features"])
                .arg(features.join(","))
                .args(more)
                .arg("--target-dir")
                .arg(&target.directory)
                .current_dir(&package)
                .env("PG_CONFIG", self.directory.path().join("server.txt"))
                .output()
                .expect("cargo can be run")
        };
        let mut output = cargo(&["--offline"]);
        if !output.status.success() {
            output = cargo(&[]);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let library = self.directory.path().join(format!("{name}.so"));
        fs::copy(target.directory.join("debug/libother_minor.so"), &library).unwrap();
        library
    }
}
