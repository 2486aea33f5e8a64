//! `package --format rpm`, read back with rpm.

use super::package::{listing, made, made_in, package, text};
use super::{PACKAGE, make, write};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Returns whether a program is installed. Continuous integration has all of them.
pub(super) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        let is_ci = std::env::var_os("CI").is_some();
        assert!(!is_ci, "{program} is missing: .ci/install installs it");
        println!("skipped: {program} is not installed");
    }
    found
}

#[test]
fn an_rpm_package_is_for_the_servers_of_pgdg() {
    if !has("rpmbuild") {
        return;
    }
    let first = made("rpm", None);
    assert!(first == made("rpm", None), "two runs differ");
    let (name, bytes) = &first[0];
    let server = pg_scratch::Server::from_env().unwrap();
    let major = server.version.major;
    let digits = major.replace('.', "");
    let start = format!("acts_{digits}-1.0.0-1.");
    assert!(name.starts_with(&start) && name.ends_with(".rpm"), "{name}");
    let rpm = |words: &[&str]| listing("rpm", &[&["-qp"], words].concat(), bytes);
    let list = rpm(&["--list"]);
    let files: Vec<&str> = list.lines().collect();
    let root = format!("/usr/pgsql-{major}");
    let docs = format!("/usr/share/doc/acts_{digits}");
    assert_eq!(
        files,
        [
            format!("{root}/lib/acts.so"),
            format!("{root}/share/extension/acts--1.0.sql"),
            format!("{root}/share/extension/acts.control"),
            docs.clone(),
            format!("{docs}/README.md"),
        ]
    );
    let requires = rpm(&["--requires"]);
    for needed in [format!("postgresql{digits}-server"), "libc.so.6".to_owned()] {
        assert!(requires.contains(&needed), "{needed}: {requires}");
    }
    assert_eq!(rpm(&["--scripts"]), "");
    assert!(!rpm(&["--provides"]).contains(".so"));
    let query = "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEMTIMES}\n]%{BUILDHOST}\n";
    let modes = rpm(&["--queryformat", query]);
    assert!(
        modes.starts_with("-rwxr-xr-x root 315532800\n-rw-r--r-- root 315532800\n"),
        "{modes}"
    );
    let summary = rpm(&["--queryformat", "%{SUMMARY}"]);
    assert_eq!(summary, "Acts at 100%{nil}");
    assert!(modes.ends_with("\nlocalhost\n"), "{modes}");
}

#[test]
fn a_description_runs_nothing() {
    if !has("rpmbuild") {
        return;
    }
    let module = make("described");
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/described'\n";
    write(module.path(), "acts.control", control);
    let manifest = fs::read_to_string(module.path().join("Cargo.toml")).unwrap();
    let with = |description: &str| {
        let new = manifest.replace("Acts at 100%{nil}", description);
        write(module.path(), "Cargo.toml", &new);
        let made = made_in(module.path(), "rpm", None);
        let query = |words: &[&str]| listing("rpm", &[&["-qp"], words].concat(), &made[0].1);
        let description = query(&["--queryformat", "%{DESCRIPTION}"]);
        assert_eq!(query(&["--scripts"]), "");
        description
    };
    let text = "One\\n%post\\ntouch /x\\n%if 0\\n\\n %include /etc/passwd\\n# two";
    let expected = "One %post\ntouch /x %if 0 %include /etc/passwd # two";
    assert_eq!(with(text), expected);
    assert_eq!(with("  "), "PostgreSQL module described");
}

#[test]
fn without_rpmbuild_the_command_says_what_to_install() {
    // A directory with the compiler's programs, but without rpmbuild.
    let place = tempfile::tempdir().unwrap();
    let cargo = PathBuf::from(env!("CARGO"));
    let paths = [cargo.parent().unwrap(), place.path()];
    let output = package(PACKAGE.path(), &["--format", "rpm"], None)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("--format rpm needs rpmbuild") && said.contains("dnf install rpm-build"),
        "{said}"
    );
}
