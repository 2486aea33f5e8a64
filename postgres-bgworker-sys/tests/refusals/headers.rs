//! Headers that are not the ones `pg_config` is of, or not the target's.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Script};
use std::path::Path;

/// A major that the server at hand is not.
fn other_major() -> &'static str {
    if REAL.major() == "14" { "15" } else { "14" }
}

fn version() -> &'static str {
    REAL.run.metadata("version")
}

#[test]
fn of_another_major_by_version() {
    let fake = Fake::new();
    let path = fake.pg_config(
        &format!("PostgreSQL {}.3", other_major()),
        REAL.include_server(),
    );
    let run = Script::pg_config(path).run();
    let claims = format!(
        "belongs to PostgreSQL {}, but its headers are of PostgreSQL {}",
        other_major(),
        REAL.major()
    );
    let help = run.refused(&[&claims, REAL.include_server().to_str().unwrap()]);
    assert!(
        help.iter()
            .any(|line| line.contains(&format!("postgresql-server-dev-{}", other_major()))),
        "{run}"
    );
}

#[test]
fn of_another_major_by_macro() {
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", &format!("{}0003", other_major()))]);
    let run = Script::pg_config(fake.pg_config(version(), &include)).run();
    run.refused(&[&format!(
        "belongs to PostgreSQL {}, but its headers are of PostgreSQL {}",
        REAL.major(),
        other_major()
    )]);
}

#[test]
fn of_another_width_than_the_target() {
    let (own, other) = if usize::BITS == 64 {
        ("64", "32")
    } else {
        ("32", "64")
    };
    let other_size = if usize::BITS == 64 { "4" } else { "8" };
    let fake = Fake::new();
    let include = fake.headers(&[("SIZEOF_VOID_P", other_size)]);
    let run = Script::pg_config(fake.pg_config(version(), &include)).run();
    run.refused(&[
        &format!("headers of a {other}-bit server, and the target is {own}-bit"),
        "PG_CONFIG_<TARGET>",
    ]);

    let run = Script::pg_config(REAL.pg_config())
        .env("CARGO_CFG_TARGET_POINTER_WIDTH", other)
        .run();
    run.refused(&[&format!(
        "headers of a {own}-bit server, and the target is {other}-bit"
    )]);
}

#[test]
fn of_an_unknown_future_major_without_libclang() {
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", "420000")]);
    let path = fake.pg_config("PostgreSQL 42devel", &include);
    // Where this variable is set, libclang is looked for there and nowhere else.
    let run = Script::pg_config(path)
        .env("LIBCLANG_PATH", fake.dir("empty"))
        .run();
    let help = run.refused(&[
        "PostgreSQL 42 is newer than this crate",
        "must be read with libclang",
    ]);
    assert!(
        help.iter().any(|line| line.contains("install libclang")),
        "{run}"
    );
}

/// Newer than known is not wrong: what can be read is used.
#[test]
fn of_an_unknown_future_major_with_libclang() {
    if !REAL.has_libclang() {
        println!("skipped: this build script has no bindgen, or this machine has no libclang");
        return;
    }
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", "420000")]);
    let run = Script::pg_config(fake.pg_config("PostgreSQL 42devel", &include)).run();
    let warning =
        "cargo:warning=PostgreSQL 42 is newer than this crate, which knows majors up to 19";
    assert!(run.stdout.contains(warning), "{run}");
    assert!(!run.stderr.contains("libclang"), "{run}");
    if REAL.major().parse::<f64>().is_ok_and(|major| major >= 19.0) {
        let run = run.succeeded();
        assert_eq!(run.metadata("version_num"), "420000");
        assert_eq!(run.metadata("major"), "42");
        assert!(
            run.stdout.contains("cargo:rustc-cfg=pg_since=\"19\"\n"),
            "{run}"
        );
    } else {
        println!(
            "not built to the end: headers of {} lack what the newest majors have",
            REAL.major()
        );
    }
}

/// Committed bindings are used only where they say what the headers say.
#[test]
fn that_differ_from_the_committed_bindings() {
    let committed = format!("pregenerated/pg{}.rs", REAL.major().replace('.', ""));
    if !Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(&committed)
        .is_file()
    {
        println!("skipped: {committed} is not there");
        return;
    }
    let fake = Fake::new();
    let include = fake.headers(&[("BLCKSZ", "16384")]);
    let run = Script::pg_config(fake.pg_config(version(), &include))
        .env("LIBCLANG_PATH", fake.dir("empty"))
        .run();
    let differ = format!(
        "these headers of PostgreSQL {} differ from the committed bindings",
        REAL.major()
    );
    run.refused(&[&differ, "BLCKSZ"]);
}
