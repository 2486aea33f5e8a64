//! Tests the changes between majors in the committed facts, and how the program reports them.

use pg_abi::compare::diff::changes;
use pg_abi::compare::policy::judge;
use pg_abi::facts::golden;
use pg_abi::facts::header::Origin;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Returns the reported changes of `BackgroundWorker` from one major to another.
fn of_worker(old: &str, new: &str) -> Vec<String> {
    let facts = |major: &str| golden::find(major, TARGET).unwrap().untagged();
    let (old, new) = (facts(old), facts(new));
    let verdicts = judge(&old, &new, &changes(&old, &new)).into_iter();
    let own = verdicts.filter(|one| one.key.owner() == "BackgroundWorker");
    own.map(|one| one.sentence).collect()
}

#[test]
fn the_registration_changed_as_it_is_known_to() {
    // Identical from 11 to 16 and from 17 to 19, and 9.5 to 9.6.
    for (old, new) in [
        ("9.5", "9.6"),
        ("11", "12"),
        ("12", "13"),
        ("13", "14"),
        ("14", "15"),
        ("15", "16"),
        ("17", "18"),
        ("18", "19"),
    ] {
        assert!(
            of_worker(old, new).is_empty(),
            "{old} {new}: {:#?}",
            of_worker(old, new)
        );
    }
    assert_eq!(
        of_worker("16", "17"),
        [
            "field BackgroundWorker.bgw_extra: offset 1336, was 408",
            "field BackgroundWorker.bgw_function_name: offset 1228, was 300",
            "field BackgroundWorker.bgw_library_name: size 1024, was 96; type char [1024], was char [96]",
            "field BackgroundWorker.bgw_main_arg: offset 1328, was 400",
            "field BackgroundWorker.bgw_notify_pid: offset 1464, was 536",
            "type BackgroundWorker: size 1472, was 544",
        ]
    );
    let to_9_5 = of_worker("9.4", "9.5");
    assert!(
        to_9_5.contains(
            &"BackgroundWorker has bgw_extra at 224, where bgw_notify_pid was".to_owned()
        ),
        "{to_9_5:#?}"
    );
    let to_10 = of_worker("9.6", "10");
    assert!(
        to_10.contains(&"field BackgroundWorker.bgw_main was removed".to_owned()),
        "{to_10:#?}"
    );
    let to_11 = of_worker("10", "11");
    assert!(
        to_11.contains(&"BackgroundWorker has bgw_type at 96, in its middle".to_owned()),
        "{to_11:#?}"
    );
}

fn tool(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command
        .arg("abi")
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn diff(words: &[&str]) -> (Option<i32>, String, String) {
    let output = tool(&[&["diff", "--target", TARGET], words].concat());
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Writes derived facts of 12: the flags of waits, one of which 11 lacks.
fn derived(directory: &Path) -> String {
    let mut facts = golden::find("12", TARGET).unwrap();
    facts.header.origin = Origin::Derived;
    facts.items.retain(|key, _| key.name.starts_with("WL_"));
    let path = directory.join("derived.txt");
    facts.write(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn exit_codes_add_up() {
    assert_eq!(diff(&["18", "18"]).0, Some(0));
    let (code, out, _) = diff(&["17", "18"]);
    assert_eq!(code, Some(12));
    assert!(
        out.contains("incompatible: ") && !out.contains('\x1b'),
        "{out}"
    );
    // Derived facts are reported as such.
    let dir = tempfile::tempdir().unwrap();
    let derived = derived(dir.path());
    let (code, _, err) = diff(&["11", &derived]);
    assert!(
        code == Some(4) && err.contains("facts of 12 are derived"),
        "{code:?} {err}"
    );
    assert_eq!(tool(&["diff"]).status.code(), Some(2));
}

#[test]
fn accepted_differences_are_listed_truly() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("allowed");
    let list_name = list.to_str().unwrap();
    fs::write(&list, "2999-01-01 constant WL_EXIT_ON_PM_DEATH new in 12\n").unwrap();
    let derived = derived(dir.path());
    let (code, out, _) = diff(&["11", &derived, "--allow", list_name]);
    assert_eq!(code, Some(0), "{out}");
    fs::write(&list, "2001-01-01 constant WL_EXIT_ON_PM_DEATH new in 12\n").unwrap();
    let (code, _, err) = diff(&["11", &derived, "--allow", list_name]);
    assert!(
        code == Some(32) && err.contains("accepted until 2001-01-01"),
        "{err}"
    );
    let (code, _, err) = diff(&["18", "18", "--allow", list_name]);
    assert!(code == Some(32) && err.contains("remove the line"), "{err}");
    fs::write(&list, "whenever\n").unwrap();
    let (code, _, err) = diff(&["11", &derived, "--allow", list_name]);
    assert!(code == Some(1) && err.contains("line 1"), "{err}");
}

#[test]
fn json_output_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let sarif = dir.path().join("out.sarif");
    let words = ["16", "17", "--json", "--sarif", sarif.to_str().unwrap()];
    let (_, out, _) = diff(&words);
    let data: serde_json::Value = serde_json::from_str(&out).unwrap();
    let changes = data["changes"].as_array().unwrap();
    let worker = changes
        .iter()
        .find(|one| one["kind"] == "type" && one["name"] == "BackgroundWorker");
    assert_eq!(worker.unwrap()["forward"], "breaks");
    let sarif: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&sarif).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), changes.len());
    let (_, out, _) = diff(&["16", "17", "--annotations"]);
    let line = "::error file=Cargo.toml,line=1,title=ABI changed::type BackgroundWorker: size 1472, was 544";
    assert!(out.lines().any(|one| one == line), "{out}");
}

#[test]
fn bad_input_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("facts.txt");
    let name = path.to_str().unwrap();
    let refused = || {
        let (code, _, err) = diff(&[name, "18"]);
        assert_eq!(code, Some(1), "{err}");
        err
    };
    assert!(refused().contains("No such file"));
    let good = golden::find("18", TARGET).unwrap().print();
    for (bytes, message) in [
        (
            good.replacen("ABI-FACTS = 1", "ABI-FACTS = 2", 1),
            "format 2; this program reads formats up to 1",
        ),
        (
            good.replacen("value=8192", "value=8193", 1),
            "edited by hand",
        ),
        (
            good[..good.len() / 2].to_owned(),
            "could not read facts from",
        ),
        (String::new(), "not a file of ABI facts"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = refused();
        assert!(error.contains(message), "{message}: {error}");
    }
    fs::write(&path, [good.as_bytes(), b"\xff\xfe"].concat()).unwrap();
    assert!(refused().contains("not UTF-8"));
    let (code, _, err) = diff(&["18", "8.4"]);
    assert!(
        code == Some(1) && err.contains("no facts of PostgreSQL 8.4"),
        "{err}"
    );
}
