//! The facades `log` and `tracing`, observed in the server log.

use support::{LONG, assert_no_crash, cluster, count, library, since};

/// Checks that the texts appear in the log in this order.
fn assert_order(log: &str, texts: &[&str]) {
    let mut rest = log;
    for text in texts {
        let Some((_, after)) = rest.split_once(text) else {
            panic!("no {text:?}, or not in order:\n{log}");
        };
        rest = after;
    }
}

#[test]
fn records_reach_the_log() {
    let cluster = cluster()
        .preload("logging", library("logging"))
        .setting("log_min_messages", "debug2")
        .start()
        .unwrap();
    cluster
        .wait_for_log("the last words of a thread", LONG)
        .unwrap();
    let log = cluster.log();
    assert!(!log.contains("not installed"), "{log}");
    assert!(log.contains("LOG:  refused: "), "{log}");

    // On the server's thread, immediately.
    assert_order(
        &log,
        &[
            "WARNING:  log error\n",
            "WARNING:  log warn\n",
            "LOG:  log info with a NUL \\0\n",
            "DEBUG:  log debug\n",
            "DEBUG:  log trace\n",
            "WARNING:  tracing error answer=42 who=\"nobody\"\n",
            "WARNING:  tracing warn\n",
            "LOG:  only=true\n",
            "DEBUG:  tracing debug\n",
            "LOG:  in a span\n",
        ],
    );
    assert!(!log.contains("tracing trace"), "{log}");

    // From another thread, when the queue is drained.
    assert_order(
        &log,
        &[
            "LOG:  joined\n",
            "WARNING:  from a thread\n",
            "CONTEXT:  thread \"fetcher\"\n",
            "WARNING:  also from a thread number=1\n",
            "LOG:  drained\n",
        ],
    );

    // As many as the queue holds; the others are counted.
    assert_eq!(count(&cluster, "LOG:  flood "), 1024);
    assert_order(
        &log,
        &[
            "LOG:  flood 0;",
            "LOG:  flood 1023;",
            "WARNING:  3976 log records of other threads were dropped",
            "LOG:  after the flood",
        ],
    );
    assert_eq!(count(&cluster, "DEBUG:  long xxx"), 15);
    assert!(
        log.contains("WARNING:  49 log records of other threads were dropped"),
        "49 long ones were not counted"
    );

    // Records whose formatting panics or logs do not block others.
    assert_order(
        &log,
        &[
            "LOG:  inner\n",
            "LOG:  outer, with an inner one\n",
            "LOG:  panicked: true",
        ],
    );
    assert!(!log.contains("ERROR:"), "{log}");
    // 9.3 would start it again, so there it waits.
    if since(90_400) {
        cluster
            .poll_until("the end of the worker", LONG, || {
                let workers = cluster.workers();
                let has_ended = workers.iter().all(|worker| worker.title != "logging");
                has_ended.then_some(())
            })
            .unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn records_show_the_source_location() {
    let cluster = cluster()
        .preload("logging", library("logging"))
        .setting("log_error_verbosity", "verbose")
        .start()
        .unwrap();
    cluster
        .wait_for_log("the last words of a thread", LONG)
        .unwrap();
    assert_order(
        &cluster.log(),
        &["log error\n", "LOCATION:  ", "tests/fixtures/logging.rs:"],
    );
}

#[test]
fn spans_are_activity_and_wait_events() {
    let cluster = cluster()
        .preload("logging", library("logging"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let event = match support::since(170_000) {
        true => "fetching mail",
        // 10 and later show an event, and 17 its name.
        false => "Extension",
    };
    let columns = match support::since(100_000) {
        true => "state, query, wait_event",
        false => "state, query, 'Extension'",
    };
    let sql = format!(
        "select concat_ws('|', {columns}) from pg_stat_activity where application_name = 'spans'"
    );
    let mut wait_for = |wanted: &str| {
        let mut last = String::new();
        let found = cluster.poll_until(wanted, LONG, || {
            let row = client.query_opt(&sql, &[]).unwrap()?;
            last = row.get(0);
            (last == wanted).then_some(())
        });
        assert!(found.is_ok(), "{wanted}: {last}");
    };
    wait_for(&format!("active|fetching mail|{event}"));
    cluster.reload().unwrap();
    // The span has ended, and the one inside the transaction is not shown.
    let plain = "Extension";
    wait_for(&format!("idle|select 'a statement'|{plain}"));
    assert_eq!(count(&cluster, "LOG:  in a span"), 2, "{}", cluster.log());
    assert_no_crash(&cluster);
}
