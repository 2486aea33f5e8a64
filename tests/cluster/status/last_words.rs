//! How runs end, in the view and in the log of the next run.

use super::{row, run, server, server_with, wait_for};
use support::{LONG, assert_no_crash, count, kill};

#[test]
fn last_words_are_shown_and_logged_once() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "state, restarts, failures, last_exit, left(last_error, 21), last_error_sqlstate, last_error_waits, \
         last_error_place like 'tests/fixtures/status.rs:%', last_error_backtrace",
        "panicking",
        "waiting|1|1|panic|panicked: on purpose |XX000|2|t|null",
    );
    assert_eq!(row(client, "right(last_error, 1)", "panicking"), "…");
    wait_for(
        &cluster,
        client,
        "state, restarts, last_exit, last_error, last_error_statement",
        "fails",
        "waiting|1|error|relation \"no_such_table\" does not exist|select * from no_such_table",
    );
    wait_for(
        &cluster,
        client,
        "last_exit, last_error, last_error_sqlstate, restarts > 1",
        "lost",
        "FATAL|database \"no such database\" does not exist|3D000|t",
    );
    let before = |name: &str, what: &str| {
        format!("background worker \"{name}\": the run before ended with {what}")
    };
    assert_eq!(
        count(
            &cluster,
            &before("panicking", "a panic: panicked: on purpose")
        ),
        1
    );
    assert_eq!(
        count(
            &cluster,
            &before("fails", "an error: relation \"no_such_table\"")
        ),
        1
    );
    assert!(count(&cluster, &before("lost", "FATAL: database")) >= 2);
    wait_for(
        &cluster,
        client,
        "last_exit, restarts, failures, state",
        "exits",
        "exit|1|1|waiting",
    );
    assert_eq!(count(&cluster, &before("exits", "a call of exit")), 1);
    for quiet in ["done", "erring", "busy"] {
        assert_eq!(count(&cluster, &before(quiet, "")), 0, "{quiet}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn functions_of_a_panic_are_shown_if_backtraces_are_enabled() {
    let (cluster, mut client) = server_with("1");
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "last_exit, restarts",
        "panicking",
        "panic|1",
    );
    let functions = row(client, "last_error_backtrace", "panicking");
    assert!(functions.starts_with("status::work\n"), "{functions}");
    assert_eq!(functions.lines().count(), 8, "{functions}");
    let marker = "Its innermost functions were: status::work, ";
    assert_eq!(count(&cluster, marker), 1, "{}", cluster.log());
}

#[test]
fn crash_of_the_server_keeps_everything() {
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "transactions > 5", "busy", "t");
    wait_for(&cluster, &mut client, "errors", "erring", "1");
    // What was created is on disk.
    run(&mut client, "checkpoint");
    let pid = row(&mut client, "pid", "busy").parse().unwrap();
    kill("KILL", pid);
    drop(client);
    cluster
        .wait_for_log("all server processes terminated", LONG)
        .unwrap();
    let mut client = cluster
        .poll_until("the server is back", LONG, || cluster.connect().ok())
        .unwrap();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "restarts, failures, last_exit, transactions > 5, state in ('waiting', 'running', 'in transaction')",
        "busy",
        "1|1|signal or crash|t|t",
    );
    // Its second transaction has failed, too.
    wait_for(
        &cluster,
        client,
        "restarts, failures, last_exit, errors, last_error",
        "erring",
        "1|1|signal or crash|2|division by zero",
    );
    assert_eq!(
        count(
            &cluster,
            "background worker \"busy\": the run before ended with a signal or a crash of the server"
        ),
        1
    );
}
