//! Tests headers and items that a dependent crate adds: bound in the same file, or rejected by
//! name.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Run, Script};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

const HEADERS: &str = "POSTGRES_BGWORKER_EXTRA_HEADERS";
const ITEMS: &str = "POSTGRES_BGWORKER_EXTRA_ITEMS";

/// Every major has these, and nothing of them is bound without being asked for.
const TWO: &str = "storage/buffile.h,storage/procarray.h";

/// The run, and the bindings that it wrote.
fn build(headers: &str, items: &str) -> (Run, String) {
    let out = Fake::new();
    let run = Script::pg_config(REAL.pg_config())
        .env("OUT_DIR", out.dir("out"))
        .env(HEADERS, headers)
        .env(ITEMS, items)
        .run();
    let bindings = fs::read_to_string(out.path("out/bindings.rs")).unwrap_or_default();
    (run, bindings)
}

fn has_bindgen() -> bool {
    let has = REAL.has_libclang();
    if !has {
        println!("skipped: this build script has no bindgen, or this machine has no libclang");
    }
    has
}

#[test]
fn come_out_with_the_others() {
    if !has_bindgen() {
        return;
    }
    let (_, plain) = build("", "");
    for separator in [":", " ,\n"] {
        let (run, bindings) = build(
            &TWO.replace(',', separator),
            "BufFileClose, BackendPidGetProc.*",
        );
        let run = run.succeeded();
        assert_eq!(run.metadata("extra_headers"), TWO);
        assert_eq!(
            run.metadata("extra_items"),
            "BufFileClose,BackendPidGetProc.*"
        );
        for name in [
            "BufFileClose",
            "BackendPidGetProc",
            "RegisterBackgroundWorker",
        ] {
            let declaration = format!("pub fn {name}(");
            assert!(bindings.contains(&declaration), "no {name}");
            assert_eq!(
                plain.contains(&declaration),
                name == "RegisterBackgroundWorker"
            );
        }
        assert!(!bindings.contains("pub fn BufFileSeek("), "not asked for");
        let watched = REAL.include_server().join("storage/buffile.h");
        let watched = run.lines(&format!("cargo:rerun-if-changed={}", watched.display()));
        assert_eq!(watched.len(), 1, "{run}");
    }
    assert_eq!(REAL.run.metadata("extra_headers"), "");
    assert_eq!(REAL.run.metadata("extra_items"), "");
}

/// Variables and types as well as functions; and what this crate keeps incomplete, when asked by
/// name.
#[test]
fn of_every_kind() {
    if !has_bindgen() {
        return;
    }
    let incomplete = "pub struct TupleConstr {\n    _unused: [u8; 0],\n}";
    let (_, plain) = build("", "");
    assert!(plain.contains(incomplete));
    let (run, bindings) = build(
        "commands/vacuum.h",
        "VacuumParams vacuum_freeze_min_age TupleConstr",
    );
    run.succeeded();
    for declaration in [
        "pub struct VacuumParams {",
        "pub static mut vacuum_freeze_min_age:",
        "pub num_defval:",
    ] {
        assert!(bindings.contains(declaration), "no {declaration}");
    }
    assert!(!bindings.contains(incomplete));
}

/// A type whose fields are values of incomplete types makes these complete.
#[test]
fn of_types_that_hold_others() {
    if !has_bindgen() {
        return;
    }
    let (_, plain) = build("", "");
    let (run, bindings) = build("nodes/execnodes.h", "SeqScanState SeqScan");
    run.succeeded();
    for declaration in ["pub startup_cost:", "pub ps_ResultTupleSlot:"] {
        assert!(!plain.contains(declaration), "{declaration}");
        assert!(bindings.contains(declaration), "no {declaration}");
    }
}

/// Bytes in the bindings of this crate.
#[test]
fn of_types_with_private_fields() {
    if !has_bindgen() {
        return;
    }
    let (_, plain) = build("", "");
    assert!(!plain.contains("pub salen:"));
    let (run, bindings) = build("", "SockAddr");
    run.succeeded();
    assert!(bindings.contains("pub salen:"));
}

/// What only some majors have.
#[test]
fn if_they_are_there() {
    if !has_bindgen() {
        return;
    }
    let (run, bindings) = build(
        "storage/nonsense.h?,storage/buffile.h?",
        "BufFileClose? BufFileClo?",
    );
    let run = run.succeeded();
    assert_eq!(run.metadata("extra_headers"), "storage/buffile.h");
    assert!(bindings.contains("pub fn BufFileClose("));
}

#[test]
fn item_that_is_never_bound() {
    if !has_bindgen() {
        return;
    }
    let (run, _) = build("", "sigjmp_buf");
    run.refused(&[
        "lists \"sigjmp_buf\", and sigjmp_buf is never bound",
        "a Rust frame cannot be the target of a jump: pgbgw_try catches errors",
    ]);
}

/// A header in a directory outside of the server's.
#[test]
fn of_ones_own() {
    if !has_bindgen() {
        return;
    }
    let fake = Fake::new();
    let own = fake.text("own.h", "typedef struct OwnThing { Oid oid; } OwnThing;\n");
    let (run, bindings) = build(own.to_str().unwrap(), "OwnThing");
    run.succeeded();
    assert!(bindings.contains("pub struct OwnThing "));
}

#[test]
fn header_not_there() {
    let (run, _) = build("storage/nonsense.h,storage/buffile.h", "BufFileClose");
    run.refused(&[
        "there is no header \"storage/nonsense.h\", which POSTGRES_BGWORKER_EXTRA_HEADERS adds",
        REAL.include_server().to_str().unwrap(),
    ]);
}

#[test]
fn header_that_does_not_compile() {
    let fake = Fake::new();
    let own = fake.text("own.h", "typedef NoSuchType OwnThing;\n");
    let (run, _) = build(own.to_str().unwrap(), "OwnThing");
    run.refused(&[
        "do not compile with those of PostgreSQL",
        "NoSuchType",
        "own.h",
    ]);
}

#[test]
fn item_that_matches_nothing() {
    if !has_bindgen() {
        return;
    }
    // A part of a name does not match.
    let (run, _) = build("storage/buffile.h", "BufFileClose BufFile");
    run.succeeded();
    let (run, _) = build("storage/buffile.h", "BufFileClose BufFileClo");
    run.refused(&[
        "POSTGRES_BGWORKER_EXTRA_ITEMS lists \"BufFileClo\", but the headers declare no such item",
        "added headers: storage/buffile.h",
    ]);
    // Known, but in a header that was not added.
    let (run, _) = build("", "BufFileClose");
    run.refused(&["lists \"BufFileClose\"", "no header was added"]);
}

#[test]
fn item_that_is_no_expression() {
    if !has_bindgen() {
        return;
    }
    let (run, _) = build("storage/buffile.h", "BufFile(");
    run.refused(&["\"BufFile(\" in POSTGRES_BGWORKER_EXTRA_ITEMS is not a regular expression"]);
}

#[test]
fn headers_without_items() {
    if !has_bindgen() {
        return;
    }
    let (run, _) = build(TWO, "");
    let run = run.succeeded();
    assert!(run.warnings()[0].contains("nothing is added"), "{run}");
}

/// Committed bindings cannot be extended.
#[test]
fn without_libclang() {
    let script = || {
        Script::pg_config(REAL.pg_config())
            .env(HEADERS, TWO)
            .env(ITEMS, "BufFileClose")
    };
    let says = [
        "additional headers and items need libclang",
        "storage/buffile.h, storage/procarray.h",
        "POSTGRES_BGWORKER_EXTRA_ITEMS: BufFileClose",
    ];
    script().without_libclang().run().refused(&says);
    script()
        .env("POSTGRES_BGWORKER_FACTS", "18")
        .run()
        .refused(&says);
    // A documentation build omits them.
    script().env("DOCS_RS", "1").run().succeeded();
}

#[test]
fn not_utf8() {
    let run = Script::pg_config(REAL.pg_config())
        .env(HEADERS, OsStr::from_bytes(b"a\xff.h"))
        .run();
    run.refused(&["the value of POSTGRES_BGWORKER_EXTRA_HEADERS is not UTF-8"]);
}
