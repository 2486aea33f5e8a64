//! Events of databases and extensions, and workers that step aside because of them.

use pg_scratch::cluster::Cluster;
use postgres::Client;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, count, requires};

fn server() -> (Cluster, Client) {
    let cluster = support::cluster()
        .preload("events", support::library("events"))
        .start()
        .unwrap();
    cluster.wait_for_log("watches from now on", LONG).unwrap();
    let client = cluster.connect().unwrap();
    (cluster, client)
}

/// Waits until the worker lives in this database.
fn wait_for_resident(cluster: &Cluster, database: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    let sql =
        "select pid from pg_stat_activity where application_name = 'resident' and datname = $1";
    cluster
        .poll_until("the resident worker", LONG, || {
            let rows = client.query(sql, &[&database]).unwrap();
            rows.first().map(|row| row.get(0))
        })
        .unwrap()
}

#[test]
fn extensions_and_databases_are_events() {
    let (cluster, mut client) = server();
    assert!(
        cluster
            .log()
            .contains("watching again: this library watches")
    );
    let mut run = |statements: &str, is_event: bool| {
        let before = count(&cluster, "saw an event");
        let _ = client.batch_execute(statements);
        if is_event {
            cluster
                .poll_until(statements, LONG, || {
                    (count(&cluster, "saw an event") > before).then_some(())
                })
                .unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
        let seen = count(&cluster, "saw an event") - before;
        assert_eq!(seen > 0, is_event, "{statements}");
    };
    run(
        "create table t (n int); insert into t values (1); drop table t",
        false,
    );
    run("drop extension plpgsql", true);
    run("create extension plpgsql", true);
    run("begin; drop extension plpgsql; rollback", true);
    run(
        "create schema s; alter extension plpgsql set schema s",
        false,
    );
    run("create database own", true);
    run("alter database own rename to other", true);
    run("create database other", true);
    run("drop database other", true);
    run("select 1 / 0", false);
    assert_no_crash(&cluster);
}

/// The command naps for 0.1 s until it looks again. Without events, it took up to a second.
#[test]
fn database_of_a_worker_is_dropped_at_once() {
    let (cluster, mut client) = server();
    let mut times: Vec<Duration> = (0..3)
        .map(|_| {
            client.batch_execute("create database home").unwrap();
            wait_for_resident(&cluster, "home");
            // It waits.
            std::thread::sleep(Duration::from_millis(50));
            let start = Instant::now();
            client.batch_execute("drop database home").unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("DROP DATABASE took {times:?}");
    assert!(times[0] < Duration::from_millis(500), "{times:?}");
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn other_commands_get_the_database_too() {
    let (cluster, mut client) = server();
    client.batch_execute("create database home").unwrap();
    wait_for_resident(&cluster, "home");
    client
        .batch_execute("create database copy template home")
        .unwrap();
    wait_for_resident(&cluster, "home");
    client
        .batch_execute("alter database home rename to away")
        .unwrap();
    client
        .batch_execute("alter database away rename to home")
        .unwrap();
    wait_for_resident(&cluster, "home");
    assert_eq!(count(&cluster, "steps aside"), 2, "{}", cluster.log());
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn worker_is_back_after_a_drop_that_failed() {
    let (cluster, mut client) = server();
    client.batch_execute("create database home").unwrap();
    let before = wait_for_resident(&cluster, "home");
    let session = cluster.connect_to("home").unwrap();
    let failure = client.batch_execute("drop database home").unwrap_err();
    assert!(
        failure
            .as_db_error()
            .unwrap()
            .message()
            .contains("accessed")
    );
    drop(session);
    assert_ne!(wait_for_resident(&cluster, "home"), before);
    assert_no_crash(&cluster);
}

#[test]
fn worker_that_watches_its_database_does_not_wake_up() {
    requires!(90_400, "a worker that has no other reason to wake up");
    let (cluster, mut client) = server();
    client.batch_execute("create database home").unwrap();
    let worker = wait_for_resident(&cluster, "home");
    std::thread::sleep(Duration::from_millis(500));
    let switches = || {
        let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary_"));
        line.unwrap().to_string()
    };
    let before = switches();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(switches(), before);
}
