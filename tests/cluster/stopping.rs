//! Workers stop on SIGTERM, promptly and cleanly.

use pg_scratch::cluster::{Cluster, StopMode};
use std::time::{Duration, Instant};
use support::{DIE, LONG, assert_left_by_themselves, assert_no_crash, count, scenario};

/// The process of the worker with this application name.
fn pid_of(cluster: &Cluster, name: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    cluster
        .poll_until("the worker in pg_stat_activity", LONG, || {
            let rows = client
                .query(
                    "select pid from pg_stat_activity where application_name = $1",
                    &[&name],
                )
                .unwrap();
            rows.first().map(|row| row.get(0))
        })
        .unwrap()
}

fn terminate(cluster: &Cluster, pid: i32) {
    let mut client = cluster.connect().unwrap();
    assert!(
        client
            .query_one("select pg_terminate_backend($1)", &[&pid])
            .unwrap()
            .get::<_, bool>(0)
    );
}

#[test]
fn idle_worker_exits_on_sigterm_and_is_restarted() {
    let cluster = scenario("idle").start().unwrap();
    cluster
        .poll_until("8 workers", LONG, || {
            (count(&cluster, "idle now") == 8).then_some(())
        })
        .unwrap();
    let pid = pid_of(&cluster, "idle 3");
    terminate(&cluster, pid);
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    assert_left_by_themselves(&cluster);
    cluster
        .poll_until("its restart", LONG, || {
            (count(&cluster, "idle now") == 9).then_some(())
        })
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn fast_shutdown_stops_eight_workers() {
    let mut cluster = scenario("idle").start().unwrap();
    cluster
        .poll_until("8 workers", LONG, || {
            (count(&cluster, "idle now") == 8).then_some(())
        })
        .unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn another_database_can_be_dropped_while_workers_wait() {
    let cluster = scenario("idle").start().unwrap();
    cluster
        .poll_until("8 workers", LONG, || {
            (count(&cluster, "idle now") == 8).then_some(())
        })
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    let start = Instant::now();
    client.execute("drop database other", &[]).unwrap();
    assert!(start.elapsed() < LONG, "took {:?}", start.elapsed());
}

#[test]
fn sigterm_cancels_running_sql_and_runs_destructors() {
    let cluster = scenario("busy").start().unwrap();
    cluster.wait_for_log("busy now", LONG).unwrap();
    let pid = pid_of(&cluster, "busy");
    terminate(&cluster, pid);
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    assert_left_by_themselves(&cluster);
    let log = cluster.log();
    assert!(log.contains("a destructor has run"), "{log}");
    assert!(
        log.contains("busy ended with Terminating, then Terminating"),
        "{log}"
    );
    assert!(!log.contains("ERROR:"), "{log}");
    let mut client = cluster.connect().unwrap();
    let left: bool = client
        .query_one(
            "select exists (select 1 from pg_class where relname = 'left_behind')",
            &[],
        )
        .unwrap()
        .get(0);
    assert!(!left, "the transaction was not rolled back");
    assert_no_crash(&cluster);
}

#[test]
fn stop_budget_ends_a_worker_that_ignores_cancel() {
    let mut cluster = scenario("stubborn").start().unwrap();
    cluster.wait_for_log("stubborn now", LONG).unwrap();
    let took = cluster.stop(StopMode::Fast, LONG).unwrap();
    assert!(
        took > Duration::from_millis(900),
        "ended before its budget: {took:?}"
    );
    assert!(cluster.log().contains(DIE), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[cfg(target_os = "linux")]
#[test]
fn the_log_tells_of_a_main_that_blocks() {
    let cluster = scenario("blocks").start().unwrap();
    let line = cluster.wait_for_log("blocks now", LONG).unwrap();
    let (_, rest) = line.split_once('[').unwrap();
    let pid = rest.split_once(']').unwrap().0;
    support::kill("TERM", pid.parse().unwrap());
    let said = format!(
        "WARNING:  background worker \"blocks\" [{pid}] has not ended after SIGTERM: its main function blocks"
    );
    cluster.wait_for_log(&said, LONG).unwrap();
    std::fs::write(cluster.data_dir().join("blocks.enough"), "").unwrap();
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn run_thread_serves_interrupts_while_its_thread_blocks() {
    let cluster = scenario("runs_a_thread").start().unwrap();
    let line = cluster.wait_for_log("a thread returned", LONG).unwrap();
    assert!(line.contains("returned 42, another one Err("), "{line}");
    assert!(line.contains("panicked: on a thread"), "{line}");
    // Since 15 the server waits for all processes to serve an interrupt.
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    client.execute("drop database other", &[]).unwrap();
    let (_, rest) = line.split_once('[').unwrap();
    let pid = rest.split_once(']').unwrap().0;
    support::kill("TERM", pid.parse().unwrap());
    cluster
        .wait_for_log("run_thread ended with Err(Terminating)", LONG)
        .unwrap();
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code"), LONG)
        .unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn worker_without_a_database_stops() {
    let mut cluster = scenario("no_database").start().unwrap();
    cluster.wait_for_log("without a database", LONG).unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert!(cluster.log().contains("asked to stop"), "{}", cluster.log());
}

#[test]
fn worker_on_the_shared_catalogs_stops() {
    let mut cluster = scenario("shared_catalogs").start().unwrap();
    cluster
        .wait_for_log("connected to the shared catalogs", LONG)
        .unwrap();
    // It keeps no database from being dropped.
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    client.execute("drop database other", &[]).unwrap();
    drop(client);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
}
