//! Items that a user's library needs, and that this project does not bind: in a manifest, in facts
//! of the user's own, and found among the imports of a library.

use crate::changed::*;
use pg_abi::compare::collect::Sources;
use pg_abi::facts::{Fact, Kind};
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::{imports, manifest, measure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Some of each kind. The header of the planner is not among those of this project.
const ITEMS: &str = "include optimizer/planner.h
standard_ExecutorStart
planner_hook
planner_hook_type
PlannedStmt
PGPROC
BlockNumber
InvalidBlockNumber
GucContext
PGC_SUSET
field PlannedStmt.*
field PGPROC.*
field ItemIdData.*
field ParamListInfoData.params
CMD_SELECT
Cost
EXEC_FLAG_EXPLAIN_ONLY
PG_VERSION_STR
type FormData_pg_class: use=allocated
symbol main
macro TYPEALIGN(16, 13): 16
text CHECK_FOR_INTERRUPTS
text DatumGetFloat4
text proc_exit
text ereport
text PGDLLIMPORT
";

fn written(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("ours.txt");
    fs::write(&path, text).unwrap();
    path
}

fn with_manifest(path: &Path) -> Sources {
    Sources {
        manifest: Some(path.to_owned()),
        ..sources()
    }
}

#[test]
fn every_source_knows_the_items_of_a_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), ITEMS);
    let subject = Subject::new(&SERVER.pg_config).unwrap();
    assert_eq!(disagreements(&subject, &with_manifest(&path)), [""; 0]);
    let manifest = manifest::read(&path).unwrap();
    let facts = measure::dump(&subject, &host(), Some(&manifest)).unwrap();
    for (kind, name) in [
        (Kind::Function, "standard_ExecutorStart"),
        (Kind::Symbol, "standard_ExecutorStart"),
        (Kind::Global, "planner_hook"),
        (Kind::Alias, "planner_hook_type"),
        (Kind::Alias, "Cost"),
        (Kind::Type, "PGPROC"),
        (Kind::Field, "PGPROC.sem"),
        (Kind::Field, "ParamListInfoData.params"),
        (Kind::Integer, "BlockNumber"),
        (Kind::Constant, "InvalidBlockNumber"),
        (Kind::Enum, "GucContext"),
        (Kind::Enumerator, "PGC_SUSET"),
        (Kind::Symbol, "main"),
        (Kind::Type, "PlannedStmt"),
        (Kind::Field, "PlannedStmt.commandType"),
        (Kind::Enumerator, "CMD_SELECT"),
        (Kind::Constant, "EXEC_FLAG_EXPLAIN_ONLY"),
        (Kind::Constant, "PG_VERSION_STR"),
        (Kind::Macro, "TYPEALIGN(16, 13)"),
        (Kind::Text, "CHECK_FOR_INTERRUPTS"),
    ] {
        assert!(facts.get(kind, name).is_some(), "{kind} {name}");
    }
    let Some(Fact::Enumerator { value, of }) = facts.get(Kind::Enumerator, "CMD_SELECT") else {
        panic!("no CMD_SELECT");
    };
    assert_eq!((value.as_str(), of.as_str()), ("1", "CmdType"));
    let Some(Fact::Symbol { of }) = facts.get(Kind::Symbol, "planner_hook") else {
        panic!("no planner_hook");
    };
    assert_eq!(of, "data of 8 bytes");
    // The facts alone say which headers declare their items.
    let golden = dir.path().join("facts.txt");
    facts.write(&golden).unwrap();
    let sources = Sources {
        golden: Some(golden),
        ..sources()
    };
    assert_eq!(disagreements(&subject, &sources), [""; 0]);
}

#[test]
fn a_changed_header_differs_from_the_users_own_facts() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), ITEMS);
    let here = Subject::new(&SERVER.pg_config).unwrap();
    let manifest = manifest::read(&path).unwrap();
    let facts = measure::dump(&here, &host(), Some(&manifest)).unwrap();
    let golden = dir.path().join("facts.txt");
    facts.write(&golden).unwrap();
    let sources = Sources {
        golden: Some(golden),
        ..with_manifest(&path)
    };
    let changed = |header: &str, old: &str, new: &str| {
        let dir = tempfile::tempdir().unwrap();
        disagreements(&with_header(dir.path(), header, old, new), &sources)
    };
    let eflags = "standard_ExecutorStart(QueryDesc *queryDesc, int eflags)";
    let said = changed(
        "executor/executor.h",
        eflags,
        &eflags.replace("int", "char"),
    );
    let [one] = &said[..] else {
        panic!("{said:#?}");
    };
    assert!(
        one.starts_with("function standard_ExecutorStart: golden says"),
        "{one}"
    );
    assert!(
        one.ends_with("standard_ExecutorStart(QueryDesc *, char)"),
        "{one}"
    );
    let parameter = "typedef PlannedStmt *(*planner_hook_type) (Query *parse";
    let said = changed(
        "optimizer/planner.h",
        parameter,
        &parameter.replace("Query *", "char *"),
    );
    assert!(
        said.iter()
            .any(|one| one.starts_with("alias planner_hook_type: golden says")),
        "{said:#?}"
    );
    // Bodies, names of parameters and attributes.
    for (header, old, new) in [
        ("miscadmin.h", "ProcessInterrupts(); \\", "(void) 0; \\"),
        ("postgres.h", "return myunion.retval;", "return 1;"),
        ("storage/ipc.h", "proc_exit(int code)", "proc_exit(int why)"),
    ] {
        let said = changed(header, old, new);
        assert!(
            matches!(&said[..], [one] if one.starts_with("text ") && one.contains("golden says")),
            "{header}: {said:#?}"
        );
    }
    let inserted = "int\t\t\tnew_field;\n\n\tCmdType\t\tcommandType;";
    let said = changed("nodes/plannodes.h", "CmdType\t\tcommandType;", inserted);
    let wanted =
        "field PlannedStmt.new_field, exists: golden says no, cc says yes, manifest says yes";
    expect(&said, wanted);
}

#[test]
fn a_wrong_manifest_is_reported_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let check = |text: &str, more: &[&str]| {
        let path = written(dir.path(), text);
        run(&["check", "--skip", "clang", "--pg-config"], |command| {
            command
                .arg(&SERVER.pg_config)
                .arg("--manifest")
                .arg(&path)
                .args(more);
        })
    };
    // A wrong value, and a function that no header declares.
    let sarif = dir.path().join("abi.sarif");
    let sarif_name = sarif.to_str().unwrap();
    let text =
        "# ours\ninclude storage/proc.h\nfield PGPROC.sem: offset=1\nfunction no_such_function\n";
    let output = check(text, &["--annotations", "--sarif", sarif_name]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let file = dir.path().join("ours.txt").display().to_string();
    for (line, what) in [
        (3, "field PGPROC.sem, offset"),
        (4, "function no_such_function, exists"),
    ] {
        let start = format!("::error file={file},line={line},title=ABI disagreement::");
        let mut lines = said.lines();
        let found = lines.any(|one| one.starts_with(&start) && one.contains(what));
        assert!(found, "{what}: {said}");
    }
    let data: serde_json::Value = serde_json::from_slice(&fs::read(&sarif).unwrap()).unwrap();
    let location = &data["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], file.as_str());
    assert_eq!(location["region"]["startLine"], 3);
    // The mode of any new file.
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode()
    };
    assert_eq!(mode(&sarif), mode(&dir.path().join("ours.txt")));
    // A name that nothing declares.
    let output = check("no_such_name\n", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("line 1 of the manifest: no header declares no_such_name"),
        "{said}"
    );
}

#[test]
fn a_manifest_is_made_from_the_imports_of_a_library() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("m.c");
    let text = "extern void standard_ExecutorStart(void *, int); extern int MyProcPid;\n\
                extern void *planner_hook; extern int main();\n\
                void f(void) { planner_hook = 0; main(); standard_ExecutorStart(0, MyProcPid); }\n";
    fs::write(&source, text).unwrap();
    let library = dir.path().join("m.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-w", "-o"])
        .arg(&library)
        .arg(&source);
    assert!(cc.status().unwrap().success());
    let subject = Subject::new(&SERVER.pg_config).unwrap();
    let text = imports::manifest(&library, &subject, &host()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let wanted = [
        "",
        "include optimizer/planner.h",
        "",
        "global MyProcPid",
        "global planner_hook",
        "function standard_ExecutorStart",
        "",
        // No header declares it.
        "symbol main",
    ];
    let (mut lines, mut wanted) = (lines, wanted.to_vec());
    lines.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(lines, wanted, "{text}");
    // It is a manifest that no source contradicts.
    let path = dir.path().join("made.txt");
    let output = run(&["init", "--pg-config"], |command| {
        command
            .arg(&SERVER.pg_config)
            .arg("--output")
            .arg(&path)
            .arg(&library);
    });
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(disagreements(&subject, &with_manifest(&path)), [""; 0]);
    let output = run(&["init", "--output"], |command| {
        command.arg(&path).arg(&library);
    });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("exists"), "{said}");
}

#[test]
fn a_program_of_another_major_is_reported_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(SERVER.program("postgres")).unwrap();
    let banner = format!("postgres (PostgreSQL) {}", SERVER.version.major).into_bytes();
    let at = bytes
        .windows(banner.len())
        .position(|text| text == banner)
        .unwrap();
    // Another major with as many digits.
    let end = at + banner.len() - 1;
    bytes[end] = if bytes[end] == b'2' { b'3' } else { b'2' };
    fs::write(dir.path().join("postgres"), bytes).unwrap();
    let description = description(dir.path(), &[("BINDIR", dir.path())]);
    let output = run(&["check", "--skip", "clang", "--pg-config"], |command| {
        command.arg(&description);
    });
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said.lines().next().unwrap_or_default();
    assert!(first.contains("the server program is PostgreSQL"), "{said}");
    assert!(
        first.ends_with(&format!(
            "and the headers are those of {}",
            SERVER.version.major
        )),
        "{said}"
    );
}

fn run(words: &[&str], more: impl Fn(&mut Command)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command.arg("abi").args(words);
    more(&mut command);
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}
