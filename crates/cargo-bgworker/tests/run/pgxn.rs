//! `package --format pgxn`: the sources, and what describes them.

use super::package::{listing, made_in, package, text};
use super::{make, write};
use std::fs;
use std::path::Path;

fn sources() -> tempfile::TempDir {
    let module = make("source");
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/source'\n";
    write(module.path(), "acts.control", control);
    module
}

#[test]
fn an_archive_of_sources_has_what_pgxn_requires() {
    let module = sources();
    let refused = package(module.path(), &["--format", "pgxn"], None)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let said = text(&refused.stderr);
    assert!(
        said.contains("error: PGXN needs license, authors"),
        "{said}"
    );
    let complete = |place: &Path| {
        let manifest = fs::read_to_string(place.join("Cargo.toml")).unwrap();
        let more = "license = \"MIT OR Apache-2.0\"\nauthors = [\"A B <a@b.c>\"]\ndescription";
        write(
            place,
            "Cargo.toml",
            &manifest.replacen("description", more, 1),
        );
    };
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
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
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
    let meta = archive.by_name("source-1.0.0/META.json").unwrap();
    let meta: serde_json::Value = serde_json::from_reader(meta).unwrap();
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
    zip::ZipArchive::new(std::io::Cursor::new(bytes))
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
