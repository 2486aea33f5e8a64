//! Tests builds without required parts: sources, a compiler, a writable directory.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Script};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn contract_missing() {
    if !REAL.is_committed() {
        return;
    }
    let fake = Fake::new();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = fake.dir("package");
    symlink(package.join("wrapper.h"), copy.join("wrapper.h")).unwrap();
    let name = format!("pg{}", REAL.major().replace('.', ""));
    let committed = fake.dir("package/pregenerated").join(&name);
    let original = package.join("pregenerated").join(&name);
    let items = fake.dir("package/pregenerated").join("items.tsv");
    symlink(package.join("pregenerated/items.tsv"), items).unwrap();
    symlink(
        original.with_extension("rs"),
        committed.with_extension("rs"),
    )
    .unwrap();
    let run = Script::pg_config(REAL.pg_config())
        .env("CARGO_MANIFEST_DIR", &copy)
        .without_libclang()
        .run();
    let missing = format!(
        "the contract {} is missing",
        committed.with_extension("c").display()
    );
    run.refused(&[&missing, "cargo xtask pregenerate"]);
}

#[test]
fn compiler_missing() {
    let run = Script::pg_config(REAL.pg_config())
        .env("CC", "/nowhere/cc")
        .run();
    run.refused(&[
        "the C compiler cannot read the server's headers",
        "CC names another",
    ]);
}

/// A compiler that is removed before the contract is checked.
#[test]
fn compiler_vanishing() {
    if !REAL.is_committed() {
        return;
    }
    let fake = Fake::new();
    let body = "case \"$*\" in *facts.c*) rm -- \"$0\";; esac; exec cc \"$@\"";
    let compiler = fake.script(body);
    let run = Script::pg_config(REAL.pg_config())
        .env("CC", &compiler)
        .without_libclang()
        .run();
    assert!(!compiler.exists(), "{run}");
    run.refused(&["cannot run the C compiler", "apt install gcc"]);
}

#[test]
fn nowhere_to_write() {
    let fake = Fake::new();
    let nowhere = fake.path("nowhere");
    let run = Script::pg_config(REAL.pg_config())
        .env("OUT_DIR", &nowhere)
        .run();
    run.refused(&[
        "cannot write",
        nowhere.to_str().unwrap(),
        "CARGO_TARGET_DIR",
    ]);
    assert!(!fs::exists(nowhere).unwrap());
}
