//! Panics and errors of workers, observed from outside.

use support::{LONG, assert_no_crash, count, scenario, since};

#[test]
fn panic_in_main_is_logged_once_and_restarts() {
    let cluster = scenario("panics").start().unwrap();
    let mut session = cluster.connect().unwrap();
    let line = cluster
        .wait_for_log("ERROR:  panicked: panic on purpose in process", LONG)
        .unwrap();
    let pid = line.rsplit(' ').next().unwrap().to_string();
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    cluster
        .poll_until("a restart", LONG, || {
            (count(&cluster, "ERROR:  panicked") >= 2).then_some(())
        })
        .unwrap();
    assert_eq!(
        count(
            &cluster,
            &format!("ERROR:  panicked: panic on purpose in process {pid}\n")
        ),
        1,
        "{}",
        cluster.log()
    );
    assert!(
        cluster
            .log()
            .contains("CONTEXT:  panic at tests/fixtures/scenarios.rs:"),
        "{}",
        cluster.log()
    );
    // The earlier session is still connected.
    assert_eq!(
        session.query_one("select 1", &[]).unwrap().get::<_, i32>(0),
        1
    );
    assert_no_crash(&cluster);
}

#[test]
fn error_in_main_is_logged_with_all_fields_and_restarts() {
    let cluster = scenario("fails").start().unwrap();
    cluster
        .poll_until("a restart", LONG, || {
            (count(&cluster, "ERROR:  division by zero") >= 2).then_some(())
        })
        .unwrap();
    assert!(cluster.log().contains("exited with exit code 1"));
    assert_no_crash(&cluster);
}

#[test]
fn error_of_parsing_is_logged_with_its_statement() {
    let cluster = scenario("unparsed")
        .setting("log_error_verbosity", "verbose")
        .start()
        .unwrap();
    cluster
        .wait_for_log(
            "ERROR:  42P01: relation \"nowhere\" does not exist at character 13",
            LONG,
        )
        .unwrap();
    for line in [
        "QUERY:  insert into nowhere values (1)",
        "CONTEXT:  nothing was inserted",
    ] {
        cluster.wait_for_log(line, LONG).unwrap();
    }
    assert_no_crash(&cluster);
}

/// The scenario runs the same statements, each in a worker of its own.
#[test]
fn failed_statements_are_logged_as_those_of_a_session() {
    const STATEMENTS: [&str; 7] = [
        "select a from nowhere where a = 1",
        "selct 1",
        "select no_such_function(1)",
        "select 'x'::int",
        "select 1 / (select 0)",
        "do $$ begin perform 1 / 0; end $$",
        "do $$ begin perform missing from pg_class; end $$",
    ];
    let cluster = scenario("statements").start().unwrap();
    // After that, only the session writes errors into the log.
    for number in 0..STATEMENTS.len() {
        let end = support::end_of(&format!("statement {number}"));
        cluster.wait_for_log(&end, LONG).unwrap();
    }
    let of_workers = cluster.log();
    for statement in STATEMENTS {
        let mark = cluster.log_mark();
        let mut session = cluster.connect().unwrap();
        session.batch_execute(statement).unwrap_err();
        cluster
            .wait_for_log_after(mark, &format!("STATEMENT:  {statement}"), LONG)
            .unwrap();
        let of_session = cluster.log_after(mark);
        let mut compared = 0;
        for line in of_session.lines() {
            let labels = ["ERROR", "HINT", "QUERY", "CONTEXT", "STATEMENT"];
            let text = labels
                .iter()
                .find_map(|label| line.find(&format!("{label}:  ")));
            if let Some(at) = text {
                assert!(of_workers.contains(&line[at..]), "{line}: {of_workers}");
                compared += 1;
            }
        }
        assert!(compared >= 2, "{of_session}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn double_panic_exits_without_a_crash() {
    let cluster = scenario("double_panic").start().unwrap();
    let mut session = cluster.connect().unwrap();
    cluster
        .wait_for_log("ERROR:  panic in a destructor during cleanup", LONG)
        .unwrap();
    let detail = cluster
        .wait_for_log("DETAIL:  It came after these panics", LONG)
        .unwrap();
    assert!(
        detail.contains("first panic") && detail.contains("second panic"),
        "{detail}"
    );
    cluster
        .wait_for_log("exited with exit code 1", LONG)
        .unwrap();
    assert!(
        !session
            .query_one(
                "select exists (select 1 from pg_class where relname = 'exploded')",
                &[]
            )
            .unwrap()
            .get::<_, bool>(0)
    );
    assert_no_crash(&cluster);
}

#[test]
fn exit_callbacks_may_fail() {
    support::requires!(90400, "workers that end for good");
    let cluster = scenario("exit_callbacks").start().unwrap();
    // An error of the server during the exit becomes FATAL, so the exit code changes; the remaining
    // callbacks run.
    cluster
        .wait_for_log("first registered, last called, code 1", LONG)
        .unwrap();
    let log = cluster.log();
    for text in [
        "last registered, first called, code 0",
        "WARNING:  panicked: panic in a callback",
        "WARNING:  error in a callback",
        "FATAL:  invalid memory alloc request size",
    ] {
        assert!(log.contains(text), "no {text:?} in:\n{log}");
    }
    cluster
        .wait_for_log("exited with exit code 1", LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn unknown_database_is_fatal_for_the_worker_only() {
    let cluster = scenario("unknown_database").start().unwrap();
    cluster
        .wait_for_log("database \"no such database\" does not exist", LONG)
        .unwrap();
    cluster
        .wait_for_log("exited with exit code 1", LONG)
        .unwrap();
    cluster.connect().unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn invalid_connect_options_are_refused() {
    let cluster = scenario("refused_connects").start().unwrap();
    for text in [
        "ERROR:  the name of the database contains a NUL",
        "ERROR:  the name of the database is too long: 64 bytes",
        match since(90_500) {
            true => "ERROR:  invalid role OID: 0",
            false => "ERROR:  connecting by OID needs PostgreSQL 9.5 or later",
        },
        "ERROR:  the name of the role contains a NUL",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn texts_are_converted_from_the_encoding_of_the_database() {
    for (encoding, expected) in [
        (
            "LATIN1",
            &[
                "LATIN1: 2 bytes, back as \\u{e9}\\u{fc}",
                "LATIN1: error \\u{e9} with detail \\u{fc}",
            ][..],
        ),
        (
            "SQL_ASCII",
            &[
                "SQL_ASCII: Encoding: text from the server is not valid UTF-8",
                "SQL_ASCII: message has 4 characters",
            ][..],
        ),
    ] {
        let cluster = scenario("encodings").start().unwrap();
        let sql = format!(
            "create database encoded encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'"
        );
        cluster.connect().unwrap().execute(&sql, &[]).unwrap();
        for text in expected {
            cluster.wait_for_log(text, LONG).unwrap();
        }
        assert_no_crash(&cluster);
    }
}

#[test]
fn memory_and_descriptors_are_flat_over_100_000_transactions() {
    let cluster = scenario("churn").start().unwrap();
    let line = cluster.wait_for_log("churned: ", 10 * LONG).unwrap();
    let (_, figures) = line.split_once("churned: ").unwrap();
    let numbers: Vec<i64> = figures
        .split(' ')
        .filter_map(|word| word.trim_end_matches(',').parse().ok())
        .collect();
    assert_eq!(numbers[0], 50_000, "{line}");
    assert!(numbers[1] <= 1024, "private resident memory grew: {line}");
    assert!(numbers[2] <= 64 * 1024, "memory contexts grew: {line}");
    assert_eq!(numbers[3], 0, "descriptors were not given back: {line}");
}

#[test]
fn statements_that_fail_leave_nothing_behind() {
    support::failing::fails(support::failing::statements(2000));
}
