//! Tests the sources of ABI facts on the server of `PG_CONFIG`: they agree, and a change in a copy
//! of its headers, its bindings or its facts is reported.

mod changed;
mod links;
mod mutations;
mod own;
mod policy;

use changed::*;
use pg_abi::compare::check::{Disagreement, compare};
use pg_abi::compare::collect::{Sources, Statements, ask};
use pg_abi::compare::diff::changes;
use pg_abi::facts::golden;
use pg_abi::sources::clang;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::witness::Witness;
use std::fs;
use std::path::Path;

#[test]
fn all_sources_agree_on_this_server() {
    let subject = Subject::new(&SERVER.pg_config).unwrap();
    let all = ask(&subject, &host(), &sources()).unwrap();
    let absent: Vec<_> = all.absent.iter().map(|(witness, _)| *witness).collect();
    assert_eq!(absent, [Witness::Clang]);
    assert!(compare(&all).is_empty(), "{:#?}", compare(&all));
    assert!(all.asked > 1500);
    // The measured facts are the committed ones.
    let kept = golden::find(&SERVER.version.major, &host()).unwrap();
    let changes = changes(&kept, &DUMP);
    assert!(changes.is_empty(), "{changes:#?}");
}

#[test]
fn other_headers_are_seen_by_cc() {
    let dir = tempfile::tempdir().unwrap();
    let insert = "int\t\t\tbgw_new;\n\tint\t\t\tbgw_flags;";
    let subject = with_header(
        dir.path(),
        "postmaster/bgworker.h",
        "int\t\t\tbgw_flags;",
        insert,
    );
    let said = disagreements(&subject, &sources());
    let new = "field BackgroundWorker.bgw_new, exists: golden says no, rust says no, cc says yes";
    expect(&said, new);
    assert!(
        said.iter()
            .any(|one| one.starts_with("field BackgroundWorker.bgw_flags, offset: golden says"))
    );
}

#[test]
fn other_prototypes_are_seen_by_cc() {
    let dir = tempfile::tempdir().unwrap();
    let old = "void TerminateBackgroundWorker(BackgroundWorkerHandle *handle)";
    let new = "void TerminateBackgroundWorker(void *handle)";
    let subject = with_header(dir.path(), "postmaster/bgworker.h", old, new);
    let said = disagreements(&subject, &sources());
    let own = "void TerminateBackgroundWorker(BackgroundWorkerHandle *)";
    let wanted = format!(
        "function TerminateBackgroundWorker: golden says {own}, rust says {own}, \
         cc says void TerminateBackgroundWorker(void *)"
    );
    expect(&said, &wanted);
}

#[test]
fn other_bindings_are_seen_by_rustc() {
    let dir = tempfile::tempdir().unwrap();
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../postgres-bgworker-sys/pregenerated");
    let name = format!("pg{}.rs", SERVER.version.major.replace('.', ""));
    let text = fs::read_to_string(root.join(name)).unwrap();
    let path = dir.path().join("bindings.rs");
    let subject = Subject::new(&SERVER.pg_config).unwrap();
    let said = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        fs::write(&path, text.replacen(old, new, 1)).unwrap();
        let bindings = Some(path.clone());
        disagreements(
            &subject,
            &Sources {
                bindings,
                ..sources()
            },
        )
    };
    let value = said(
        "BGWORKER_SHMEM_ACCESS: ::core::ffi::c_int = 1",
        "BGWORKER_SHMEM_ACCESS: ::core::ffi::c_int = 3",
    );
    assert_eq!(
        value,
        ["constant BGWORKER_SHMEM_ACCESS, value: golden says 1, rust says 3, cc says 1"]
    );
    // A parameter of another type, which changes neither symbols nor sizes.
    let old = "pub fn proc_exit(code: ::core::ffi::c_int)";
    let prototype = said(old, "pub fn proc_exit(code: ::core::ffi::c_uint)");
    expect(
        &prototype,
        "function proc_exit: golden says void proc_exit(int), rust says void proc_exit(unsigned int), \
         cc says void proc_exit(int)",
    );
    assert_eq!(prototype.len(), 1, "{prototype:#?}");
}

#[test]
fn other_facts_are_seen_by_everybody_else() {
    let dir = tempfile::tempdir().unwrap();
    let subject = Subject::new(&SERVER.pg_config).unwrap();
    let mut kept = golden::find(&SERVER.version.major, &host()).unwrap();
    use pg_abi::facts::{Fact, Key, Kind};
    let of = "data of 3 bytes".to_owned();
    kept.items
        .insert(Key::new(Kind::Symbol, "MyProcPid"), Fact::Symbol { of });
    let of = "function".to_owned();
    kept.items.insert(
        Key::new(Kind::Symbol, "no_such_function"),
        Fact::Symbol { of },
    );
    kept.items.remove(&Key::new(Kind::Constant, "BGW_MAXLEN"));
    let path = dir.path().join("facts.txt");
    kept.write(&path).unwrap();
    let golden = Some(path.clone());
    let said = disagreements(
        &subject,
        &Sources {
            golden,
            ..sources()
        },
    );
    expect(
        &said,
        "symbol MyProcPid: golden says data of 3 bytes, cc says data of 4 bytes, binary says data of 4 bytes",
    );
    expect(
        &said,
        "symbol no_such_function, exists: golden says yes, binary says no",
    );
    expect(
        &said,
        "constant BGW_MAXLEN, exists: golden says no, rust says yes",
    );
    assert_eq!(said.len(), 3, "{said:#?}");
    // A file that was edited by hand.
    let text = fs::read_to_string(&path)
        .unwrap()
        .replacen("size=", "size=1", 1);
    fs::write(&path, text).unwrap();
    let golden = Some(path);
    let error = ask(
        &subject,
        &host(),
        &Sources {
            golden,
            ..sources()
        },
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("edited by hand"), "{error}");
}

#[test]
fn unavailable_source_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let absent = |name: &str| {
        let subject = Subject::new(&description(dir.path(), &[(name, &nowhere)])).unwrap();
        let all = ask(&subject, &host(), &sources()).unwrap();
        assert!(compare(&all).is_empty());
        let names = all
            .absent
            .iter()
            .map(|(witness, error)| format!("{witness}: {}", error.message()));
        names.collect::<Vec<_>>()
    };
    let at = nowhere.display();
    let binary = format!("binary: no server program: {at}/postgres does not exist");
    assert_eq!(absent("BINDIR"), ["clang: skipped (--skip)", &binary]);
    let cc = format!("cc: no headers: {at} has no postmaster/bgworker.h");
    assert_eq!(
        absent("INCLUDEDIR-SERVER"),
        ["clang: skipped (--skip)", &cc]
    );
}

/// One patched header per class of the policy, with the expected sentence.
/// The committed bindings are libclang's reading, so a changed copy represents other headers.
#[test]
fn different_reading_of_clang_is_reported() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../postgres-bgworker-sys/pregenerated");
    let text = fs::read_to_string(root.join("pg18.rs")).unwrap();
    let kept = golden::find("18", "x86_64-unknown-linux-gnu").unwrap();
    let said = |text: &str| {
        let said = vec![
            (Witness::Golden, (&kept).into()),
            (Witness::Clang, clang::read(text, &kept.items).unwrap()),
        ];
        let all = Statements {
            said,
            complete: true,
            ..Statements::default()
        };
        compare(&all)
            .iter()
            .map(Disagreement::sentence)
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&text), [""; 0]);
    let other = text.replace(
        "(BackgroundWorker, bgw_extra) - 1336usize",
        "(BackgroundWorker, bgw_extra) - 1340usize",
    );
    assert_eq!(
        said(&other),
        ["field BackgroundWorker.bgw_extra, offset: golden says 1336, clang says 1340"]
    );
    let other = text.replacen("pub fn proc_exit(", "pub fn proc_exits(", 1);
    assert_eq!(
        said(&other),
        [
            "function proc_exit, exists: golden says yes, clang says no",
            "function proc_exits, exists: golden says no, clang says yes",
        ]
    );
}

/// A change of one byte in the name of an exported function removes the function.
#[test]
fn different_program_is_reported_by_its_symbols() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(SERVER.program("postgres")).unwrap();
    let (old, new) = (
        b"\0RegisterBackgroundWorker\0",
        b"\0RegisterBackgroundWorkex\0",
    );
    let places: Vec<usize> = (0..bytes.len() - old.len())
        .filter(|at| bytes[*at..].starts_with(old))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    fs::write(dir.path().join("postgres"), bytes).unwrap();
    let subject = Subject::new(&description(dir.path(), &[("BINDIR", dir.path())])).unwrap();
    assert_eq!(
        disagreements(&subject, &sources()),
        ["symbol RegisterBackgroundWorker, exists: golden says yes, cc says yes, binary says no"]
    );
}

#[test]
fn exit_code_tells_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let server = description(dir.path(), &[("BINDIR", &nowhere)]);
    let run = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
        command
            .args(["abi", "check", "--skip", "clang", "--pg-config"])
            .arg(&server)
            .args(more);
        let output = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (code, _, err) = run(&["--require", "cc,binary"]);
    assert!(
        code == Some(16) && err.contains("required source binary is not available"),
        "{code:?} {err}"
    );
    let manifest = dir.path().join("ours.txt");
    let name = manifest.to_str().unwrap();
    fs::write(
        &manifest,
        "constant BGW_NEVER_RESTART: value=-1\nenumerator BGWH_STOPPED: value=2\n",
    )
    .unwrap();
    let (code, out, _) = run(&["--manifest", name]);
    assert_eq!(code, Some(0), "{out}");
    fs::write(&manifest, "constant BGW_NEVER_RESTART: value=0\n").unwrap();
    let (code, out, _) = run(&["--manifest", name, "--json"]);
    let data: serde_json::Value = serde_json::from_str(&out).unwrap();
    let difference = &data["servers"][0]["differences"][0];
    assert!(
        code == Some(4)
            && difference["header"] == "postmaster/bgworker.h"
            && difference["said"]["manifest"] == "0"
            && difference["said"]["cc"] == "-1",
        "{out}"
    );
}

/// The committed facts are those of one release of PostgreSQL.
#[test]
fn a_fork_is_named_where_it_differs() {
    let dir = tempfile::tempdir().unwrap();
    let include = dir.path().join("include");
    let (old, new) = (
        "bgw_restart_time;",
        "bgw_restart_time;\n\tint bgw_inserted;",
    );
    replace(&include, "postmaster/bgworker.h", old, new);
    let check = |include: &Path| {
        let version = format!("PostgreSQL {}.99 (Fork 5.4)", SERVER.version.major);
        let nowhere = dir.path().join("nowhere");
        let answers = [
            ("VERSION", Path::new(&version)),
            ("BINDIR", &nowhere),
            ("INCLUDEDIR-SERVER", include),
        ];
        let server = description(dir.path(), &answers);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
        command.args(["abi", "check", "--skip", "clang,rust", "--pg-config"]);
        let output = command.arg(&server).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = format!(
        "this server is PostgreSQL {}.99 (Fork 5.4)",
        SERVER.version.major
    );
    let out = check(&include);
    assert!(out.contains(&said), "{out}");
    assert!(out.contains("golden has the facts of PostgreSQL "), "{out}");
    let out = check(&SERVER.includedir_server);
    assert!(!out.contains(&said), "{out}");
}
