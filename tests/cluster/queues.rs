//! Queues from sessions to workers.

use crate::bell::session_with;
use pg_scratch::cluster::Cluster;
use postgres::Client;
use std::thread;
use std::time::Duration;
use support::{LONG, assert_no_crash, kill};

/// The number of messages that the queue of `tests/fixtures/queues.rs` has room for.
const ROOM: i64 = 128;

fn queue(takers: u32) -> (Cluster, Client) {
    let builder = support::cluster()
        .preload("queues", support::library("queues"))
        .setting("queues.takers", &takers.to_string());
    let cluster = support::with_slots(20, builder).start().unwrap();
    let mut client = session_with(&cluster, "queues");
    client
        .batch_execute("create table taken (text text, pid int)")
        .unwrap();
    (cluster, client)
}

fn number(client: &mut Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).unwrap().get(0)
}

fn wait_for(cluster: &Cluster, sql: &str) {
    cluster.poll_query_until(sql, LONG).unwrap();
}

/// The process that waits in a session, by its statement.
fn pid_of(cluster: &Cluster, statement: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    let sql = "select pid from pg_stat_activity where query = $1 and state = 'active'";
    cluster
        .poll_until("a session that waits", LONG, || {
            let rows = client.query(sql, &[&statement]).unwrap();
            rows.first().map(|row| row.get(0))
        })
        .unwrap()
}

/// All messages fit again, so no room was lost.
fn assert_whole(client: &mut Client) {
    assert_eq!(number(client, "select depth()"), 0);
    let sql = format!("select count(put('x')) from generate_series(1, {ROOM})");
    client.query_one(&sql, &[]).unwrap();
    let full = client.query_one("select put('x')", &[]).unwrap_err();
    assert!(full.as_db_error().unwrap().message().contains("is full"));
    assert_eq!(number(client, "select depth()"), ROOM);
    let sql = format!("select count(take()) from generate_series(1, {ROOM})");
    assert_eq!(number(client, &sql), ROOM);
    assert_eq!(number(client, "select depth()"), 0);
}

/// Sessions that send in all ways, roll back, and wait for room; and several workers.
#[test]
fn each_message_arrives_once() {
    const SESSIONS: usize = 6;
    const EACH: usize = 200;
    let (cluster, mut client) = queue(3);
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|session| {
            let mut client = cluster.connect().unwrap();
            thread::spawn(move || {
                for at in 0..EACH {
                    let text = format!("{session}/{at}");
                    let long = format!("{text}/{}", "x".repeat(at * 3 % 500));
                    client
                        .batch_execute(&format!("select put_waiting('{long}')"))
                        .unwrap();
                    client
                        .batch_execute(&format!(
                            "begin; select put_at_commit_waiting('{text}/a');
                             savepoint s; select put_at_commit_waiting('never'); rollback to s;
                             select put_at_commit_waiting('{text}/b'); commit"
                        ))
                        .unwrap();
                    client
                        .batch_execute("begin; select put_at_commit_waiting('never'); rollback")
                        .unwrap();
                }
            })
        })
        .collect();
    for session in sessions {
        session.join().unwrap();
    }
    let all = SESSIONS * EACH * 3;
    wait_for(&cluster, &format!("select count(*) >= {all} from taken"));
    let count = "select count(distinct text) from taken where text <> 'never'";
    assert_eq!(number(&mut client, count), all as i64);
    assert_eq!(
        number(&mut client, "select count(*) from taken"),
        all as i64
    );
    let takers = number(&mut client, "select count(distinct pid) from taken");
    assert!(takers > 1, "only one worker took messages");
    assert_no_crash(&cluster);
}

#[test]
fn messages_wait_while_the_worker_restarts() {
    let (cluster, mut client) = queue(1);
    client.batch_execute("select put('first')").unwrap();
    wait_for(&cluster, "select count(*) = 1 from taken");
    let worker = cluster.workers().remove(0).pid;
    kill("TERM", worker);
    cluster
        .poll_until("the end of the worker", LONG, || {
            cluster.workers().is_empty().then_some(())
        })
        .unwrap();
    client
        .batch_execute("select put('second'); select put_at_commit('third')")
        .unwrap();
    assert_eq!(number(&mut client, "select depth()"), 2);
    wait_for(&cluster, "select count(*) = 3 from taken");
    assert_no_crash(&cluster);
}

#[test]
fn crash_empties_the_queue_and_changes_its_generation() {
    let (cluster, mut client) = queue(0);
    assert_eq!(number(&mut client, "select generation()"), 1);
    client.batch_execute("select put('lost')").unwrap();
    let mut victim = cluster.connect().unwrap();
    victim
        .batch_execute("begin; select put_at_commit('lost')")
        .unwrap();
    let pid: i32 = victim
        .query_one("select pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    kill("KILL", pid.unsigned_abs());
    cluster
        .wait_for_log("all server processes terminated", LONG)
        .unwrap();
    cluster
        .poll_until("the end of the crash restart", LONG, || {
            let mut client = cluster.connect().ok()?;
            client.batch_execute("select 1").ok()
        })
        .unwrap();
    // The crash may have lost the functions.
    let mut client = session_with(&cluster, "queues");
    assert_eq!(number(&mut client, "select generation()"), 2);
    assert_whole(&mut client);
}

/// A session that ends, or whose statement is canceled, while it waits for room or for a message, or
/// while its transaction has messages.
#[test]
fn session_that_ends_leaves_nothing() {
    let (cluster, mut client) = queue(0);
    assert_whole(&mut client);
    let fill = format!(
        "select count(put('x')) from generate_series(1, {})",
        ROOM - 1
    );
    let clear = format!("select count(take()) from generate_series(1, {ROOM})");
    for end in ["pg_cancel_backend", "pg_terminate_backend"] {
        for statement in [
            "select put_waiting('y')",
            "select put_at_commit_waiting('y')",
        ] {
            client.query_one(&fill, &[]).unwrap();
            // This session has the last room.
            let mut victim = cluster.connect().unwrap();
            victim
                .batch_execute("begin; select put_at_commit('x')")
                .unwrap();
            let waiting = thread::spawn(move || victim.batch_execute(statement));
            let pid = pid_of(&cluster, statement);
            client
                .batch_execute(&format!("select {end}({pid})"))
                .unwrap();
            assert!(waiting.join().unwrap().is_err());
            wait_for(
                &cluster,
                &format!(
                    "select count(*) = 0 from pg_stat_activity where pid = {pid} and state = 'active'"
                ),
            );
            client.query_one(&clear, &[]).unwrap();
            cluster
                .poll_until("the room", LONG, || {
                    let session =
                        format!("select count(*) from pg_stat_activity where pid = {pid}");
                    (number(&mut client, &session) == 0).then_some(())
                })
                .unwrap();
            assert_whole(&mut client);
        }
        let statement = "select take_waiting()";
        let mut victim = cluster.connect().unwrap();
        let waiting = thread::spawn(move || victim.batch_execute(statement));
        let pid = pid_of(&cluster, statement);
        client
            .batch_execute(&format!("select {end}({pid})"))
            .unwrap();
        assert!(waiting.join().unwrap().is_err());
        assert_whole(&mut client);
    }
    assert_no_crash(&cluster);
}

/// Each session that waits goes on when there is room, and each one that waits for a message when
/// one arrives.
#[test]
fn sessions_that_wait_go_on() {
    let (cluster, mut client) = queue(0);
    let fill = format!("select count(put('x')) from generate_series(1, {ROOM})");
    client.query_one(&fill, &[]).unwrap();
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let mut sender = cluster.connect().unwrap();
            thread::spawn(move || sender.batch_execute("select put_waiting('y')"))
        })
        .collect();
    let waiting = "select count(*) = 8 from pg_stat_activity where query = 'select put_waiting(''y'')' and state = 'active'";
    wait_for(&cluster, waiting);
    thread::sleep(Duration::from_millis(200));
    let take = format!("select count(take()) from generate_series(1, {})", ROOM);
    assert_eq!(number(&mut client, &take), ROOM);
    for sender in senders {
        sender.join().unwrap().unwrap();
    }
    client
        .query_one("select count(take()) from generate_series(1, 8)", &[])
        .unwrap();
    let receivers: Vec<_> = (0..8)
        .map(|_| {
            let mut receiver = cluster.connect().unwrap();
            thread::spawn(move || receiver.batch_execute("select take_waiting()"))
        })
        .collect();
    let waiting = "select count(*) = 8 from pg_stat_activity where query = 'select take_waiting()' and state = 'active'";
    wait_for(&cluster, waiting);
    client
        .batch_execute("begin; select put_at_commit('z') from generate_series(1, 8); commit")
        .unwrap();
    for receiver in receivers {
        receiver.join().unwrap().unwrap();
    }
    assert_whole(&mut client);
    assert_no_crash(&cluster);
}
