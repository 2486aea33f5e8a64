//! The functions of `tests/fixtures/test_shm_mq.rs`, which send messages through chains of workers.

use pg_scratch::Cluster;
use postgres::Client;
use postgres::error::DbError;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, cluster, kill, library, requires, with_slots, workspace};

/// A server with the functions, and with this number of worker slots.
fn start(slots: u32) -> (Cluster, Client) {
    let cluster = with_slots(slots, cluster())
        .library("test_shm_mq", library("test_shm_mq"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let script = workspace().join("tests/fixtures/test_shm_mq/test_shm_mq--1.0.sql");
    let script = std::fs::read_to_string(script).unwrap();
    client
        .batch_execute(&script.replace("MODULE_PATHNAME", "test_shm_mq"))
        .unwrap();
    (cluster, client)
}

fn fails(client: &mut Client, sql: &str) -> DbError {
    let error = client.batch_execute(sql).expect_err(sql);
    error.as_db_error().expect(sql).clone()
}

/// Repeats the statement while there is no slot for its workers: the postmaster may free a slot
/// some time after the end of its process.
fn fails_once_launched(client: &mut Client, sql: &str) -> DbError {
    let end = Instant::now() + LONG;
    loop {
        let error = fails(client, sql);
        if error.code().code() != "53000" || Instant::now() > end {
            return error;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn no_worker_is_left(cluster: &Cluster) {
    cluster
        .poll_until("no worker to be left", LONG, || {
            let workers = cluster.workers();
            let left = workers.iter().any(|worker| worker.title == "test_shm_mq");
            (!left).then_some(())
        })
        .unwrap();
}

#[test]
fn messages_return_unchanged_through_chains() {
    requires!(90_500, "channels");
    let (cluster, mut client) = start(20);
    for sql in [
        "select test_shm_mq(64, '', 100)",
        "select test_shm_mq(1024, 'é', 101, 4)",
        "select test_shm_mq(100, repeat('message', 10000), 20, 2)",
        "select test_shm_mq(1024, 'once', 0)",
        "select test_shm_mq_pipelined(1024, repeat('much longer than the queue', 10000), 20, 3)",
        "select test_shm_mq_pipelined(32768, repeat('message', 500), 500, 3, false)",
        "select test_shm_mq_pipelined(1024, '', 2000, 1)",
        "select test_shm_mq_pipelined(1024, 'none', 0, 2)",
    ] {
        client.batch_execute(sql).expect(sql);
        no_worker_is_left(&cluster);
    }
    assert_no_crash(&cluster);
}

#[test]
fn arguments_of_chains_are_checked() {
    requires!(90_500, "channels");
    let (_cluster, mut client) = start(8);
    for (sql, message) in [
        (
            "select test_shm_mq(1024, '', -1)",
            "repeat count size must be an integer value greater than or equal to zero",
        ),
        (
            "select test_shm_mq_pipelined(1024, '', -1)",
            "repeat count size must be an integer value greater than or equal to zero",
        ),
        (
            "select test_shm_mq(1024, '', 1, 0)",
            "number of workers must be an integer value greater than zero",
        ),
        (
            "select test_shm_mq_pipelined(1024, '', 1, -1)",
            "number of workers must be an integer value greater than or equal to zero",
        ),
        (
            "select test_shm_mq(63, '')",
            "queue size must be at least 64 bytes",
        ),
        (
            "select test_shm_mq(-1, '')",
            "queue size must be at least 64 bytes",
        ),
    ] {
        let error = fails(&mut client, sql);
        assert_eq!((error.message(), error.code().code()), (message, "22023"));
    }
    let error = fails(&mut client, "select test_shm_mq_pipelined(1024, '', 1, 0)");
    assert_eq!(error.code().code(), "0A000");
}

#[test]
fn a_chain_that_breaks_leaves_no_worker() {
    requires!(90_500, "channels");
    let (cluster, mut client) = start(4);
    // Some find a slot, and the last one does not.
    let error = fails(&mut client, "select test_shm_mq(1024, '', 1, 6)");
    assert_eq!(
        (error.message(), error.code().code()),
        ("one or more background workers failed to start", "53000")
    );
    no_worker_is_left(&cluster);
    let endless = "select test_shm_mq(1024, '', 2147483647, 2)";
    // A cancel.
    let canceling = client.cancel_token();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            all_run(&cluster);
            canceling.cancel_query(postgres::NoTls).unwrap();
        });
        let error = fails_once_launched(&mut client, endless);
        assert_eq!(error.code().code(), "57014");
    });
    no_worker_is_left(&cluster);
    // The end of a worker.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            all_run(&cluster);
            kill("TERM", workers(&cluster).remove(1));
        });
        let error = fails_once_launched(&mut client, endless);
        assert_eq!(error.code().code(), "55000");
        assert!(
            ["could not send message", "could not receive message"].contains(&error.message()),
            "{error}"
        );
    });
    no_worker_is_left(&cluster);
    assert_no_crash(&cluster);
}

fn workers(cluster: &Cluster) -> Vec<u32> {
    let workers = cluster.workers();
    let workers = workers
        .iter()
        .filter(|worker| worker.title == "test_shm_mq");
    workers.map(|worker| worker.pid).collect()
}

/// Waits for both workers of a chain.
fn all_run(cluster: &Cluster) {
    cluster
        .poll_until("both workers", LONG, || {
            (workers(cluster).len() == 2).then_some(())
        })
        .unwrap();
}
