//! Registration: accepted and rejected workers, and restarts.

use std::time::Duration;
use support::{LONG, assert_no_crash, cluster, count, library, scenario, since};

#[test]
fn invalid_registrations_are_errors() {
    let cluster = scenario("refused_registrations").start().unwrap();
    let log = cluster.log();
    let mut expected = vec![
        ("long name", "TooLong", "the name is too long: "),
        ("nul name", "Encoding", "the name contains a NUL"),
        ("empty name", "Invalid", "the name is empty"),
        ("long type", "TooLong", "the worker type is too long: "),
        ("empty type", "Invalid", "the worker type is empty"),
        (
            "restart",
            "Invalid",
            "restart interval of 2147484 s is too long",
        ),
        (
            "start",
            "Invalid",
            "a worker with database access cannot start",
        ),
        (
            "payload",
            "TooLong",
            "payload is too long: 113 bytes (maximum 112)",
        ),
        (
            "long library",
            "TooLong",
            "the name of the library is too long: ",
        ),
        (
            "library",
            "Encoding",
            "the name of the library must be printable ASCII",
        ),
        ("two problems", "Invalid", "the worker type is empty"),
    ];
    if !since(190_000) {
        let text = "interruptible workers need PostgreSQL 19 or later";
        expected.push(("interruptible", "Unsupported", text));
    }
    for (what, kind, text) in expected {
        let name = match what {
            "long name" => "x".repeat(if since(110_000) { 96 } else { 64 }),
            // As the log shows it.
            "nul name" => "a\\0b".to_string(),
            "empty name" => String::new(),
            _ => "refused".to_string(),
        };
        let line = format!("refused {what}: {kind}: background worker \"{name}\": {text}");
        assert!(log.contains(&line), "no {line:?} in:\n{log}");
    }
    assert!(!log.contains("should never have been started"), "{log}");
}

#[test]
fn too_many_workers_stop_the_start_with_a_hint() {
    let failure = scenario("too_many")
        .try_start()
        .expect_err("1000 workers do not fit into 20 slots");
    assert!(
        failure
            .log
            .contains("FATAL:  could not register background worker \"one of many\": no free slot"),
        "{}",
        failure.log
    );
    assert!(
        failure.log.contains("HINT:  Raise max_worker_processes"),
        "{}",
        failure.log
    );
}

#[test]
fn panic_in_init_stops_the_start_with_its_message() {
    let failure = scenario("init_panics")
        .try_start()
        .expect_err("a panic in init is an error");
    assert!(
        failure
            .log
            .contains("FATAL:  panicked: init panics on purpose"),
        "{}",
        failure.log
    );
}

#[test]
fn loading_without_preloading_is_an_error_with_a_hint() {
    let cluster = cluster()
        .library("scenarios", library("scenarios"))
        .start()
        .unwrap();
    let error = cluster
        .connect()
        .unwrap()
        .simple_query("load 'scenarios'")
        .expect_err("it must be preloaded");
    let error = error.as_db_error().unwrap().clone();
    assert!(error.message().contains("must be preloaded"), "{error}");
    assert!(
        error.hint().unwrap().contains("shared_preload_libraries"),
        "{error:?}"
    );
    assert_no_crash(&cluster);
}

#[test]
fn no_worker_runs_while_the_server_is_upgraded() {
    // Started like pg_upgrade does. Registrations are logged before the server is ready.
    let cluster = scenario("idle")
        .setting("log_min_messages", "debug1")
        .argument("-b")
        .start()
        .unwrap();
    let log = cluster.log();
    assert!(!log.contains("background worker \"idle"), "{log}");
    assert!(log.contains("loaded library"), "{log}");
}

#[test]
fn done_worker_is_not_restarted() {
    let cluster = scenario("done").start().unwrap();
    cluster.wait_for_log("done for good", LONG).unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(count(&cluster, "done for good"), 1, "{}", cluster.log());
}

#[test]
fn restart_waits_for_the_interval() {
    let cluster = scenario("restarts").start().unwrap();
    cluster
        .poll_until("three starts", LONG, || {
            (count(&cluster, "leaving to come back") >= 3).then_some(())
        })
        .unwrap();
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
}

#[test]
fn worker_connects_by_oid() {
    let cluster = scenario("by_oid").start().unwrap();
    cluster
        .wait_for_log("connected by OID to template1 as postgres", LONG)
        .unwrap();
}

#[test]
fn server_shows_name_and_version_of_the_module() {
    let cluster = scenario("idle").start().unwrap();
    let mut client = cluster.connect().unwrap();
    let version: i32 = client
        .query_one("select current_setting('server_version_num')::int", &[])
        .unwrap()
        .get(0);
    if version < 180_000 {
        return;
    }
    let row = client.query_one("select module_name, version from pg_get_loaded_modules() where file_name like 'scenarios%'", &[]).unwrap();
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, &str>(1)),
        ("fixtures", env!("CARGO_PKG_VERSION"))
    );
}
