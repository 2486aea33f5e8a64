//! Written facts can be read; any other text is rejected.

use super::*;
use crate::facts::header::{FORMAT, Origin};

const FACTS: [&str; 13] = [
    "alias NameDataPtr: struct nameData *",
    "constant BGW_NEVER_RESTART: type=int value=-1",
    "constant PG_MAJORVERSION: type=char [3] value=\"18\"",
    "enum BgWorkerStartTime: size=4 signed=no",
    "enumerator BgWorkerStart_ConsistentState: value=1 enum=BgWorkerStartTime",
    "environment abi_extra: ",
    "field BackgroundWorker.bgw_name: offset=0 size=96 type=char [96]",
    "field PGPROC.links: offset=8 size=16",
    "function proc_exit: void proc_exit(int)",
    "global MyProcPid: int",
    "integer Oid: size=4 signed=no",
    "macro TYPEALIGN(8,13): 16",
    "type BackgroundWorker: size=1472 align=8 use=allocated",
];

fn facts() -> Facts {
    let mut facts = Facts::new(Header::new("18", "x86_64-unknown-linux-gnu"));
    for line in FACTS {
        facts.add(line).unwrap();
    }
    facts
}

fn refused(text: &str) -> String {
    Facts::parse(text).expect_err(text).to_string()
}

#[test]
fn what_is_written_is_read() {
    let mut facts = facts();
    facts.header.origin = Origin::Derived;
    let version = (
        "VERSION".to_owned(),
        "PostgreSQL 18.1 (Debian 18.1-1)".to_owned(),
    );
    facts.header.pg_config.insert(version.0, version.1);
    let flags = ("CPPFLAGS".to_owned(), String::new());
    facts.header.pg_config.insert(flags.0, flags.1);
    let text = facts.print();
    let body: Vec<_> = text
        .lines()
        .skip_while(|line| !line.is_empty())
        .skip(1)
        .collect();
    assert_eq!(body, FACTS);
    assert_eq!(Facts::parse(&text).unwrap(), facts);
}

#[test]
fn nothing_else_is_read() {
    let text = facts().print();
    let newer = text.replace(&format!("ABI-FACTS = {FORMAT}"), "ABI-FACTS = 99");
    assert!(refused(&newer).contains("format 99; this program reads formats up to 1"));
    for other in ["", "hello\n", "VERSION = PostgreSQL 18.1\n", "\n\n"] {
        assert!(!refused(other).is_empty());
    }
    assert!(refused("VERSION = PostgreSQL 18.1\n").contains("not a file of ABI facts"));
    let edited = text.replace("size=1472", "size=1473");
    assert!(refused(&edited).contains("edited by hand"));
    for cut in [text.len() - 1, text.len() - 20, text.len() / 2] {
        let message = refused(&text[..cut]);
        assert!(
            message.contains("incomplete") || message.contains("is not a fact"),
            "{message}"
        );
    }
    let line = "global MyProcPid: int\n";
    let twice = text.replace(line, &line.repeat(2));
    assert!(
        refused(&twice).contains("line 18: global MyProcPid appears twice"),
        "{}",
        refused(&twice)
    );
    let unsorted = text.replace(line, "") + line;
    assert!(refused(&unsorted).contains("global MyProcPid comes after type BackgroundWorker"));
    for (good, bad) in [
        ("offset=8", "offset=eight"),
        ("offset=8", "offset=08"),
        ("signed=no", "signed=perhaps"),
        ("use=allocated", "use=allocated "),
        ("macro ", "makro "),
    ] {
        assert!(
            refused(&text.replace(good, bad)).contains("is not a fact"),
            "{bad}"
        );
    }
    let head = text.replace("ORIGIN = measured", "ORIGIN = invented");
    assert!(refused(&head).contains("ORIGIN is \"invented\""));
    assert!(refused(&text.replace("MAJOR = 18\n", "")).contains("does not set MAJOR"));
    let double = text.replace("MAJOR = 18\n", "MAJOR = 18\nMAJOR = 17\n");
    assert!(refused(&double).contains("sets MAJOR twice"));
}

#[test]
fn files_are_written_whole_and_errors_name_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("facts.txt");
    let missing = Facts::read(&path).unwrap_err().to_string();
    assert!(missing.contains("facts.txt: No such file"), "{missing}");
    facts().write(&path).unwrap();
    assert_eq!(Facts::read(&path).unwrap(), facts());
    std::fs::write(&path, b"ABI-FACTS = 1\nVERSION = \xff\n").unwrap();
    let message = Facts::read(&path).unwrap_err().to_string();
    assert!(message.contains("could not read facts from") && message.contains("not UTF-8"));
    let nowhere = dir.path().join("no/such/place.txt");
    assert!(
        facts()
            .write(&nowhere)
            .unwrap_err()
            .to_string()
            .contains("place.txt")
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
