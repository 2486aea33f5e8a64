//! `package --format pgxn`: the sources, and what describes them.

use super::package::{listing, made_in, package, text};
use super::{ROOT, make, write};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// A package without the dependency of the others, which has a path. Nothing is built.
fn sources() -> tempfile::TempDir {
    let module = make("source");
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/source'\n";
    write(module.path(), "acts.control", control);
    let rest = format!("{{ path = {ROOT:?}, default-features = false }}\n");
    replace(module.path(), &format!("postgres-bgworker = {rest}"), "");
    module
}

fn complete(place: &Path) {
    let more = "license = \"MIT OR Apache-2.0\"\nauthors = [\"A B <a@b.c>\"]\ndescription";
    replace(place, "description", more);
}

fn replace(place: &Path, old: &str, new: &str) {
    let manifest = fs::read_to_string(place.join("Cargo.toml")).unwrap();
    assert!(manifest.contains(old), "{manifest}");
    write(place, "Cargo.toml", &manifest.replacen(old, new, 1));
}

/// Returns what the command says when it refuses a package.
fn refusal(place: &Path) -> String {
    let refused = package(place, &["--format", "pgxn"], None)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    text(&refused.stderr)
}

/// Returns a file of an archive.
fn content(archive: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name(name).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_archive_of_sources_has_what_pgxn_requires() {
    let module = sources();
    let said = refusal(module.path());
    assert!(
        said.contains("error: PGXN needs license, authors"),
        "{said}"
    );
    complete(module.path());
    let first = made_in(module.path(), "pgxn", None);
    let second = sources();
    complete(second.path());
    assert!(
        first == made_in(second.path(), "pgxn", None),
        "two directories differ"
    );
    let (name, bytes) = &first[0];
    assert_eq!(name, "source-1.0.0.zip");
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    names.sort();
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "META.json",
        "Makefile",
        "README.md",
        "acts.control",
        "sql/acts--1.0.sql",
        "src/lib.rs",
    ];
    assert_eq!(names, expected.map(|name| format!("source-1.0.0/{name}")));
    let meta = content(bytes, "source-1.0.0/META.json");
    let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
    for field in [
        "abstract",
        "license",
        "maintainer",
        "meta-spec",
        "name",
        "provides",
        "version",
    ] {
        assert!(!meta[field].is_null(), "{field}: {meta:#}");
    }
    assert_eq!(meta["meta-spec"]["version"], "1.0.0");
    assert_eq!(meta["license"], serde_json::json!(["mit", "apache_2_0"]));
    let provided = &meta["provides"]["acts"];
    assert_eq!(
        (&provided["version"], &provided["file"]),
        (&"1.0.0".into(), &"sql/acts--1.0.sql".into())
    );
    // make sees the same targets as a client of PGXN calls.
    let place = tempfile::tempdir().unwrap();
    zip::ZipArchive::new(Cursor::new(bytes))
        .unwrap()
        .extract(place.path())
        .unwrap();
    let makefile = fs::read(place.path().join("source-1.0.0/Makefile")).unwrap();
    let shown = listing(
        "make",
        &["-n", "install", "PG_CONFIG=/x/pg_config", "-f"],
        &makefile,
    );
    assert!(
        shown.contains("cargo bgworker install --pg-config") && shown.contains("/x/pg_config"),
        "{shown}"
    );
}

#[test]
fn an_archive_has_all_that_cargo_needs() {
    // A member of a workspace, with a dependency outside of it.
    let root = tempfile::tempdir().unwrap();
    let member = root.path().join("source");
    let module = sources();
    for name in [
        "Cargo.toml",
        "src/lib.rs",
        "acts.control",
        "sql/acts--1.0.sql",
    ] {
        let file = fs::read_to_string(module.path().join(name)).unwrap();
        write(&member, name, &file);
    }
    complete(&member);
    replace(&member, "[workspace]\n", "");
    write(
        root.path(),
        "Cargo.toml",
        "[workspace]\nmembers = [\"*\"]\n",
    );
    let lock = "version = 4\n\n[[package]]\nname = \"near\"\nversion = \"0.0.0\"\n\n\
                [[package]]\nname = \"source\"\nversion = \"1.0.0\"\n";
    write(root.path(), "Cargo.lock", lock);
    write(root.path(), "near/src/lib.rs", "");
    let near = "[package]\nname = \"near\"\nedition = \"2024\"\n";
    write(root.path(), "near/Cargo.toml", near);
    replace(
        &member,
        "[dependencies]\n",
        "[dependencies]\nnear = { path = \"../near\" }\n",
    );
    let said = refusal(&member);
    assert!(
        said.contains("error: the dependency near has a path, and is not in the archive"),
        "{said}"
    );
    replace(&member, "near = { path = \"../near\" }\n", "");
    let made = made_in(&member, "pgxn", None);
    let lock = content(&made[0].1, "source-1.0.0/Cargo.lock");
    assert!(lock.contains("name = \"near\""), "{lock}");
    // Not all members of a workspace are in the archive of its root.
    write(module.path(), "near/src/lib.rs", "");
    write(module.path(), "near/Cargo.toml", near);
    complete(module.path());
    replace(
        module.path(),
        "[workspace]\n",
        "[workspace]\nmembers = [\"near\"]\n",
    );
    let said = refusal(module.path());
    assert!(
        said.contains("error: cargo cannot read Cargo.toml in the archive")
            && said.contains("near"),
        "{said}"
    );
}

#[test]
fn files_for_pgxn_that_are_written_by_hand_are_kept() {
    let module = sources();
    // It has the license and the maintainer.
    for (name, text) in [
        ("META.json", "{ \"name\": \"by hand\" }\n"),
        ("Makefile", "all:\n"),
    ] {
        write(module.path(), name, text);
    }
    let made = made_in(module.path(), "pgxn", None);
    for (name, expected) in [
        ("META.json", "{ \"name\": \"by hand\" }\n"),
        ("Makefile", "all:\n"),
    ] {
        let path = format!("source-1.0.0/{name}");
        assert_eq!(content(&made[0].1, &path), expected);
    }
}
