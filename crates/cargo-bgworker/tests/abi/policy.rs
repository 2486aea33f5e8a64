//! How differences between two servers are judged.

use crate::changed::*;
use pg_abi::compare::diff::changes;
use pg_abi::compare::policy::judge;
use pg_abi::sources::measure;
use pg_abi::sources::subject::host;

#[test]
fn each_class_of_difference_has_its_sentence() {
    let flags = "int\t\t\tbgw_flags;";
    let cases = [
        (
            "postmaster/bgworker.h",
            flags,
            "int64\t\tbgw_flags;",
            "field BackgroundWorker.bgw_flags: size 8, was 4; type int64, was int",
            "breaks",
        ),
        (
            "postmaster/bgworker.h",
            "#define BGW_MAXLEN\t\t\t\t\t\t96",
            "#define BGW_MAXLEN\t\t\t\t\t\t95",
            "constant BGW_MAXLEN: value 95, was 96",
            "breaks",
        ),
        (
            "postmaster/bgworker.h",
            "\tBGWH_STOPPED,",
            "\tBGWH_STOPPED = 7,",
            "enumerator BGWH_STOPPED: value 7, was 2",
            "breaks",
        ),
        (
            "postmaster/bgworker.h",
            "extern void TerminateBackgroundWorker(",
            "extern int TerminateBackgroundWorker(",
            "function TerminateBackgroundWorker: int TerminateBackgroundWorker(BackgroundWorkerHandle *), was void TerminateBackgroundWorker(BackgroundWorkerHandle *)",
            "breaks",
        ),
        (
            "postmaster/bgworker.h",
            "bgw_notify_pid;",
            "bgw_notify_pid;\n\tint\t\t\tbgw_pad;",
            "BackgroundWorker has bgw_pad at PAD, which was padding; it is still SIZE bytes",
            "fits",
        ),
        (
            "postmaster/bgworker.h",
            "bgw_notify_pid;",
            "bgw_notify_pid;\n\tint64\t\tbgw_new;",
            "BackgroundWorker has bgw_new appended at SIZE; it is GROWN bytes, was SIZE; modules allocate it",
            "breaks",
        ),
        (
            "postmaster/bgworker.h",
            "\tBGWH_POSTMASTER_DIED",
            "\tBGWH_POSTMASTER_DIED, BGWH_NEW",
            "enum BgwHandleStatus has BGWH_NEW = 4 in addition",
            "fits",
        ),
        (
            "postmaster/bgworker.h",
            "extern void TerminateBackgroundWorker(BackgroundWorkerHandle *handle);",
            "",
            "function TerminateBackgroundWorker was removed",
            "breaks",
        ),
    ];
    let size = match DUMP.get(pg_abi::facts::Kind::Type, "BackgroundWorker") {
        Some(pg_abi::facts::Fact::Type { size, .. }) => *size,
        _ => panic!("no BackgroundWorker"),
    };
    for (header, old, new, wanted, forward) in cases {
        let dir = tempfile::tempdir().unwrap();
        let subject = with_header(dir.path(), header, old, new);
        let other = measure::dump(&subject, &host(), None).unwrap();
        let verdicts = judge(&DUMP, &other, &changes(&DUMP, &other));
        let wanted = wanted
            .replace("PAD", &(size - 4).to_string())
            .replace("SIZE", &size.to_string())
            .replace("GROWN", &(size + 8).to_string());
        let found = verdicts.iter().find(|one| one.sentence == wanted);
        let sentences: Vec<_> = verdicts.iter().map(|one| &one.sentence).collect();
        let found = found.unwrap_or_else(|| panic!("{wanted:?} is not among {sentences:#?}"));
        assert_eq!(found.forward.to_string(), forward, "{wanted}");
    }
}

/// An appended field does not break modules that only hold pointers. In the other direction, it
/// breaks only modules that use the new field.
#[test]
fn structs_allocated_by_the_server_may_grow() {
    use pg_abi::facts::{Fact, Kind};
    let Some(Fact::Type { size, .. }) = DUMP.get(Kind::Type, "ErrorData") else {
        panic!("no ErrorData");
    };
    let dir = tempfile::tempdir().unwrap();
    let last = "struct MemoryContextData *assoc_context;";
    let longer = format!("{last}\n\tint64 one_more;");
    let subject = with_header(dir.path(), "utils/elog.h", last, &longer);
    let other = measure::dump(&subject, &host(), None).unwrap();
    let verdicts = judge(&DUMP, &other, &changes(&DUMP, &other));
    let grown = size + 8;
    let wanted = [
        format!(
            "ErrorData has one_more appended at {size}; it is {grown} bytes, was {size}; only the server allocates it"
        ),
        format!("ErrorData is {grown} bytes, was {size}; only the server allocates it"),
    ];
    let sentences: Vec<_> = verdicts.iter().map(|one| one.sentence.as_str()).collect();
    assert_eq!(sentences, wanted);
    let fits = [verdicts[0].forward, verdicts[0].backward].map(|fit| fit.to_string());
    assert_eq!(fits, ["fits", "fits if unused"]);
}

/// A function removed in one direction is new in the other, and breaks only modules that use it on
/// a server without it.
#[test]
fn additions_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let declaration = "extern void TerminateBackgroundWorker(BackgroundWorkerHandle *handle);";
    let subject = with_header(dir.path(), "postmaster/bgworker.h", declaration, "");
    let older = measure::dump(&subject, &host(), None).unwrap();
    let verdicts = judge(&older, &DUMP, &changes(&older, &DUMP));
    let sentences: Vec<_> = verdicts.iter().map(|one| one.sentence.as_str()).collect();
    assert_eq!(sentences, ["function TerminateBackgroundWorker is new"]);
    let fits = [verdicts[0].forward, verdicts[0].backward].map(|fit| fit.to_string());
    assert_eq!(fits, ["fits", "fits if unused"]);
}
