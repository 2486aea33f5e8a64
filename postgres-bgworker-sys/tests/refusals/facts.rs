//! Tests builds without a server, from the committed facts of a major.

use crate::build_script::fake::Fake;
use crate::build_script::{Run, Script};
use std::path::Path;

const VARIABLE: &str = "POSTGRES_BGWORKER_FACTS";

/// Nothing to find, nothing to run: no server, no C compiler, no libclang.
fn bare(fake: &Fake) -> Script {
    Script::pg_config("/nowhere")
        .env("PATH", fake.dir("empty"))
        .env("CC", "/nowhere/cc")
        .without_libclang()
}

fn has_no_server(run: &Run) {
    for key in ["pg_config", "include_server", "rustc-link-lib"] {
        let lines = run.lines(&format!("cargo:{key}="));
        assert!(lines.is_empty(), "{key} in\n{run}");
    }
}

#[test]
fn of_every_committed_major() {
    let fake = Fake::new();
    for major in [
        "9.3", "9.4", "9.5", "9.6", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
    ] {
        let run = bare(&fake).env(VARIABLE, major).run().succeeded();
        assert_eq!(run.metadata("source"), "facts");
        assert_eq!(run.metadata("major"), major);
        // Two numbers made the major before 10.
        let version_num = match major.split_once('.') {
            Some((first, second)) => format!("{first}0{second}00"),
            None => format!("{major}0000"),
        };
        assert_eq!(run.metadata("version_num"), version_num);
        let since = run.lines("cargo:rustc-cfg=pg_since=");
        assert_eq!(since.last().copied(), Some(format!("\"{major}\"").as_str()));
        has_no_server(&run);
        let warnings = run.warnings();
        assert_eq!(warnings.len(), 1, "{run}");
        assert!(warnings[0].contains("does not load"), "{run}");
    }
}

#[test]
fn of_a_major_that_is_not_committed() {
    let fake = Fake::new();
    for major in ["20", "18.1", "9.2", "latest"] {
        let run = bare(&fake).env(VARIABLE, major).run();
        run.refused(&[
            &format!("no facts are committed for {major:?}, which {VARIABLE} asks for"),
            "facts exist for: 9.3, 9.4, 9.5, 9.6, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19\n",
            "POSTGRES_BGWORKER_FACTS=18",
        ]);
    }
}

#[test]
fn for_a_target_they_are_not_of() {
    let fake = Fake::new();
    let narrow = |script: Script| script.env("CARGO_CFG_TARGET_POINTER_WIDTH", "32").run();
    narrow(bare(&fake).env(VARIABLE, "18"))
        .refused(&["facts are of 64-bit servers, and the target is 32-bit"]);
    // They suffice for documentation.
    narrow(bare(&fake).env("DOCS_RS", "1")).succeeded();
}

/// Only docs.rs sets this variable; there is no server there, and none is needed.
#[test]
fn for_documentation() {
    let fake = Fake::new();
    let run = bare(&fake).env("DOCS_RS", "1").run().succeeded();
    assert_eq!(run.metadata("source"), "facts");
    assert_eq!(run.metadata("major"), "18");
    assert!(run.warnings().is_empty(), "{run}");
    has_no_server(&run);
    let run = bare(&fake)
        .env("DOCS_RS", "1")
        .env(VARIABLE, "15")
        .run()
        .succeeded();
    assert_eq!(run.metadata("major"), "15");
}

#[test]
fn damaged() {
    let fake = Fake::new();
    let package = fake.dir("package/pregenerated");
    std::fs::write(package.join("pg18.rs"), b"\xff").unwrap();
    bare(&fake)
        .env(
            "CARGO_MANIFEST_DIR",
            package.parent().unwrap_or(Path::new("/")),
        )
        .env(VARIABLE, "18")
        .run()
        .refused(&["cannot read", "pg18.rs", "download them again"]);
}
