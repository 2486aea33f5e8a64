//! Several workers that share memory, observed from outside.

use pg_scratch::cluster::{Cluster, ClusterBuilder};
use support::{LONG, assert_no_crash, count, kill, requires, since};

/// A scratch server that runs one scenario of `tests/fixtures/shared.rs`.
fn sharing(name: &str) -> ClusterBuilder {
    support::cluster()
        .preload("shared", support::library("shared"))
        .setting("shared.run", name)
        .setting("max_worker_processes", "20")
}

/// Signals the workers, which wait for a file with this name.
fn tell(cluster: &Cluster, file: &str) {
    std::fs::write(cluster.data_dir().join(file), "").unwrap();
}

/// Waits until `count` workers with this name prefix wait for this event in `pg_stat_activity`, and
/// returns them.
fn waiting(cluster: &Cluster, name: &str, (kind, event): (&str, &str), workers: usize) -> Vec<i32> {
    let mut client = cluster.connect().unwrap();
    cluster
        .poll_until("the wait in pg_stat_activity", LONG, || {
            let rows = client
                .query(
                    "select pid from pg_stat_activity
                     where wait_event_type = $1 and wait_event = $2 and position($3 in application_name) = 1",
                    &[&kind, &event, &name],
                )
                .unwrap();
            (rows.len() == workers).then(|| rows.iter().map(|row| row.get(0)).collect())
        })
        .unwrap()
}

fn call(cluster: &Cluster, function: &str, pid: i32) {
    let sql = format!("select {function}({pid})");
    let done: bool = cluster
        .connect()
        .unwrap()
        .query_one(&sql, &[])
        .unwrap()
        .get(0);
    assert!(done);
}

#[test]
fn four_workers_count_exactly() {
    requires!(100_000, "condition variables");
    let cluster = sharing("count").start().unwrap();
    let line = cluster.wait_for_log("all counted: ", LONG).unwrap();
    assert!(
        line.ends_with("all counted: 20000 40000 20000 [100000, 100000, 100000, 100000]"),
        "{line}"
    );
    assert_no_crash(&cluster);
}

#[test]
fn errors_and_panics_release_the_lock() {
    requires!(100_000, "condition variables");
    let cluster = sharing("errors").start().unwrap();
    cluster
        .wait_for_log("breaker has failed 3000 times", LONG)
        .unwrap();
    let line = cluster.wait_for_log("follower has the lock", LONG).unwrap();
    assert!(line.ends_with("2001 1000"), "{line}");
    let pid = waiting(&cluster, "breaker", ("Timeout", "PgSleep"), 1)[0];
    call(&cluster, "pg_terminate_backend", pid);
    cluster
        .wait_for_log("breaker ended with Terminating", LONG)
        .unwrap();
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn lock_wait_is_named_in_pg_stat_activity() {
    requires!(100_000, "condition variables");
    let cluster = sharing("hold").start().unwrap();
    waiting(&cluster, "waiter", ("LWLock", "shared_state"), 1);
    tell(&cluster, "release");
    cluster.wait_for_log("waiter has read 42", LONG).unwrap();
    assert!(cluster.log().contains("waiter has the lock at once: false"));
    assert_no_crash(&cluster);
}

#[test]
fn conditions_wake_other_processes() {
    requires!(100_000, "condition variables");
    let cluster = sharing("condition").start().unwrap();
    cluster
        .poll_until("3 sleepers", LONG, || {
            (count(&cluster, "sleeper looks") == 3).then_some(())
        })
        .unwrap();
    let pids = waiting(&cluster, "sleeper", ("Extension", "Extension"), 3);
    // There is no statement to cancel.
    call(&cluster, "pg_cancel_backend", pids[0]);
    assert_eq!(count(&cluster, "sleeper was woken"), 0);
    tell(&cluster, "one");
    cluster
        .poll_until("3 notifications", LONG, || {
            (count(&cluster, "sleeper was woken: true") == 3).then_some(())
        })
        .unwrap();
    tell(&cluster, "all");
    cluster
        .poll_until("a notification for all", LONG, || {
            (count(&cluster, "sleeper was told to go") == 3).then_some(())
        })
        .unwrap();
    for pid in waiting(&cluster, "sleeper", ("Extension", "Extension"), 3) {
        call(&cluster, "pg_terminate_backend", pid);
    }
    cluster
        .poll_until("3 ends", LONG, || {
            (count(&cluster, "sleeper ended with Terminating") == 3).then_some(())
        })
        .unwrap();
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn no_notification_is_lost() {
    requires!(100_000, "condition variables");
    let cluster = sharing("ping_pong").start().unwrap();
    cluster
        .poll_until("the end of the game", LONG, || {
            (count(&cluster, "has had all turns") == 3).then_some(())
        })
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn crash_reinitializes_shared_memory() {
    requires!(100_000, "condition variables");
    let cluster = sharing("crash").start().unwrap();
    cluster.wait_for_log("generation 1, found 0", LONG).unwrap();
    for generation in 2..=3 {
        let mut session = cluster.connect().unwrap();
        let row = session.query_one("select pg_backend_pid()", &[]).unwrap();
        kill("KILL", row.get::<_, i32>(0).unsigned_abs());
        cluster
            .wait_for_log(&format!("generation {generation}, found 0"), LONG)
            .unwrap();
        cluster
            .poll_until("connections again", LONG, || cluster.connect().ok())
            .unwrap();
    }
}

#[test]
fn restarted_worker_finds_its_shared_memory() {
    requires!(100_000, "condition variables");
    let cluster = sharing("crash").start().unwrap();
    cluster.wait_for_log("generation 1, found 0", LONG).unwrap();
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'survivor'";
    cluster
        .poll_until("the worker in pg_stat_activity", LONG, || {
            let rows = cluster.connect().unwrap().query(sql, &[]).unwrap();
            (rows.len() == 1).then_some(())
        })
        .unwrap();
    cluster.wait_for_log("generation 1, found 1", LONG).unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn named_memory_needs_no_reservation_since_17() {
    requires!(100_000, "condition variables");
    let cluster = sharing("named").start().unwrap();
    if since(170_000) {
        let line = cluster.wait_for_log("all counted: ", LONG).unwrap();
        assert!(
            line.ends_with("all counted: 20000 40000 20000 [100000, 100000, 100000, 100000]"),
            "{line}"
        );
    } else {
        cluster
            .wait_for_log(
                "ERROR:  shared memory \"shared_named\" was not reserved",
                LONG,
            )
            .unwrap();
        let log = cluster.log();
        for part in ["PostgreSQL before 17", "HINT:  Call Shared::reserve"] {
            assert!(log.contains(part), "no {part:?} in:\n{log}");
        }
    }
    assert_no_crash(&cluster);
}

#[test]
fn missing_reservation_is_an_error_with_a_hint() {
    requires!(100_000, "condition variables");
    let cluster = sharing("nothing_reserved").start().unwrap();
    cluster
        .wait_for_log(
            "ERROR:  shared memory \"shared_state\" was not reserved",
            LONG,
        )
        .unwrap();
    cluster
        .wait_for_log(
            "HINT:  Call Shared::reserve in the function given to bgworker_module!",
            LONG,
        )
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn duplicate_reservation_stops_the_start() {
    requires!(100_000, "condition variables");
    let failure = sharing("taken")
        .preload("inside", support::library("inside"))
        .try_start()
        .expect_err("the server does not start");
    let log = failure.to_string();
    assert!(
        log.contains("FATAL:") && log.contains("inside_state"),
        "{log}"
    );
}

/// The hooks of the library that is loaded last run first, and call those of the other.
#[test]
fn two_libraries_can_reserve_memory() {
    requires!(100_000, "condition variables");
    let cluster = sharing("count")
        .preload("inside", support::library("inside"))
        .start()
        .unwrap();
    cluster.wait_for_log("all counted: 20000 ", LONG).unwrap();
    let mut client = cluster.connect().unwrap();
    let names = "('inside_state', 'shared_state')";
    let shown = "select from pg_class where relname = 'pg_shmem_allocations'";
    if !client.query(shown, &[]).unwrap().is_empty() {
        let sql = format!("select name from pg_shmem_allocations where name in {names}");
        assert_eq!(client.query(&sql, &[]).unwrap().len(), 2);
    }
    assert_no_crash(&cluster);
}
