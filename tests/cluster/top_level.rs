//! Statements outside a transaction block are interrupted and recover; transactions that conflict
//! run again; advisory locks exclude.

use pg_scratch::cluster::{Cluster, StopMode};
use std::time::Instant;
use support::{LONG, assert_left_by_themselves, assert_no_crash, cluster, count, library, since};

fn start(run: &str) -> Cluster {
    let cluster = cluster()
        .preload("top_level", library("top_level"))
        .setting("top_level.run", run)
        .setting("max_prepared_transactions", "2")
        .setting("deadlock_timeout", "100ms")
        .start()
        .unwrap();
    if run == "orders" {
        cluster.wait_for_log("taking orders", LONG).unwrap();
    }
    cluster
}

/// Gives an order, and returns its number.
fn order(cluster: &Cluster, sql: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    let insert = "insert into orders (sql) values ($1) returning id";
    client.query_one(insert, &[&sql]).unwrap().get(0)
}

fn outcome(cluster: &Cluster, id: i32) -> String {
    let mut client = cluster.connect().unwrap();
    cluster
        .poll_until("the outcome", LONG, || {
            let select = "select outcome from orders where id = $1";
            client.query_one(select, &[&id]).unwrap().get(0)
        })
        .unwrap()
}

fn run(cluster: &Cluster, sql: &str) -> String {
    outcome(cluster, order(cluster, sql))
}

/// The process of the worker, once it waits for a lock, or is in this state.
fn pid_when(cluster: &Cluster, condition: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    let sql = format!(
        "select pid from pg_stat_activity a where application_name = 'orders' and {condition}"
    );
    cluster
        .poll_until("the worker is there", LONG, || {
            client.query_opt(&sql, &[]).unwrap().map(|row| row.get(0))
        })
        .unwrap()
}

const WAITS_FOR_A_LOCK: &str =
    "exists (select 1 from pg_locks l where l.pid = a.pid and not l.granted)";
const SLEEPS: &str = "state = 'active' and query like '%pg_sleep(600)%'";

fn signal(cluster: &Cluster, function: &str, pid: i32) {
    let mut client = cluster.connect().unwrap();
    client
        .query_one(&format!("select {function}($1)"), &[&pid])
        .unwrap();
}

/// The texts that wait, and what makes them wait.
const WAITING: &[(&str, &str)] = &[
    ("vacuum busy", WAITS_FOR_A_LOCK),
    (
        "create index concurrently busy_n on busy (n)",
        WAITS_FOR_A_LOCK,
    ),
    ("begin; lock table busy; select 1", WAITS_FOR_A_LOCK),
    ("select pg_sleep(600)", SLEEPS),
    ("do $$ begin perform pg_sleep(600); end $$", SLEEPS),
    ("vacuum orders; select pg_sleep(600)", SLEEPS),
];

/// Runs one of them while another session has the table.
fn while_busy(cluster: &Cluster, mut body: impl FnMut(&str, &str)) {
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute("create table if not exists busy (n int)")
        .unwrap();
    for (sql, condition) in WAITING {
        let mut other = client.transaction().unwrap();
        other
            .batch_execute("lock table busy in share row exclusive mode")
            .unwrap();
        body(sql, condition);
        other.rollback().unwrap();
        client.batch_execute("drop index if exists busy_n").unwrap();
    }
}

fn nothing_is_left(cluster: &Cluster) {
    cluster
        .poll_query_until(
            "select count(*) = 0 from pg_locks l join pg_stat_activity a using (pid)
             where application_name = 'orders' and locktype not in ('virtualxid', 'relation')",
            LONG,
        )
        .unwrap();
    assert_eq!(run(cluster, "vacuum orders; select 1"), "VACUUM, SELECT 1");
}

#[test]
fn cancel_ends_the_statement_only() {
    let cluster = start("orders");
    while_busy(&cluster, |sql, condition| {
        let id = order(&cluster, sql);
        signal(&cluster, "pg_cancel_backend", pid_when(&cluster, condition));
        let outcome = outcome(&cluster, id);
        assert_eq!(
            outcome, "57014: canceling statement due to user request",
            "{sql}"
        );
        nothing_is_left(&cluster);
    });
    assert_eq!(count(&cluster, "taking orders"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn statement_timeout_ends_the_statement_only() {
    let cluster = start("orders");
    assert_eq!(run(&cluster, "set statement_timeout = '300ms'"), "SET");
    while_busy(&cluster, |sql, _| {
        let outcome = run(&cluster, sql);
        assert_eq!(
            outcome, "57014: canceling statement due to statement timeout",
            "{sql}"
        );
        nothing_is_left(&cluster);
    });
    let outcome = run(&cluster, "set statement_timeout = 0; select pg_sleep(0.5)");
    assert_eq!(outcome, "SET, SELECT 1");
    assert_eq!(count(&cluster, "taking orders"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn sigterm_ends_the_worker() {
    let cluster = start("orders");
    let mut starts = 1;
    while_busy(&cluster, |sql, condition| {
        let id = order(&cluster, sql);
        let pid = pid_when(&cluster, condition);
        let begun = Instant::now();
        signal(&cluster, "pg_terminate_backend", pid);
        cluster
            .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
            .unwrap();
        println!("{sql}: {:?}", begun.elapsed());
        let mut client = cluster.connect().unwrap();
        client
            .execute(
                "update orders set outcome = 'stopped' where id = $1",
                &[&id],
            )
            .unwrap();
        starts += 1;
        cluster
            .poll_until("its restart", LONG, || {
                (count(&cluster, "taking orders") >= starts).then_some(())
            })
            .unwrap();
        nothing_is_left(&cluster);
    });
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn fast_shutdown_ends_a_procedure() {
    let mut cluster = start("orders");
    order(&cluster, "do $$ begin perform pg_sleep(600); end $$");
    pid_when(&cluster, SLEEPS);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn prepared_transaction_survives_a_crash() {
    let mut cluster = start("orders");
    run(&cluster, "create table kept (n int)");
    let outcome = run(
        &cluster,
        "begin; insert into kept values (1); prepare transaction 'kept'",
    );
    assert_eq!(outcome, "BEGIN, INSERT 0 1, PREPARE TRANSACTION");
    cluster.stop(StopMode::Immediate, LONG).unwrap();
    cluster.start().unwrap();
    cluster
        .poll_query_until("select count(*) = 1 from pg_prepared_xacts", LONG)
        .unwrap();
    assert_eq!(run(&cluster, "commit prepared 'kept'"), "COMMIT PREPARED");
    cluster
        .poll_query_until("select count(*) = 1 from kept", LONG)
        .unwrap();
}

fn counters(cluster: &Cluster) {
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "begin; create table counters (id int primary key, n int);
             insert into counters values (1, 0), (2, 0); commit",
        )
        .unwrap();
}

fn done(cluster: &Cluster) -> u32 {
    cluster
        .poll_until("both are done", LONG, || {
            (count(cluster, "is done") == 2).then_some(())
        })
        .unwrap();
    let log = cluster.log();
    let attempts = log.lines().filter_map(|line| line.split_once("attempts: "));
    attempts
        .map(|(_, number)| number.parse::<u32>().unwrap())
        .sum()
}

#[test]
fn serialization_failures_are_retried() {
    if !since(90400) {
        return;
    }
    let cluster = start("serializable");
    counters(&cluster);
    let attempts = done(&cluster);
    println!("100 transactions took {attempts} attempts");
    assert!(attempts > 100, "there was no conflict");
    cluster
        .poll_query_until("select n = 100 from counters where id = 1", LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn deadlocks_are_retried() {
    if !since(90400) {
        return;
    }
    let cluster = start("deadlocks");
    counters(&cluster);
    let attempts = done(&cluster);
    println!("10 transactions took {attempts} attempts");
    assert!(attempts > 10, "there was no deadlock");
    cluster
        .poll_query_until("select min(n) = 10 and max(n) = 10 from counters", LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn session_lock_excludes_and_ends_with_its_worker() {
    if !since(90400) {
        return;
    }
    let cluster = start("exclusive");
    counters(&cluster);
    cluster.wait_for_log("keeps the lock", LONG).unwrap();
    cluster.wait_for_log("waits for the lock", LONG).unwrap();
    cluster
        .poll_query_until("select n = 60 from counters where id = 1", LONG)
        .unwrap();
    assert_eq!(count(&cluster, "has the lock"), 0);
    let mut client = cluster.connect().unwrap();
    let pid: i32 = client
        .query_one(
            "select pid from pg_stat_activity where application_name = 'pair 0'",
            &[],
        )
        .unwrap()
        .get(0);
    signal(&cluster, "pg_terminate_backend", pid);
    cluster.wait_for_log("has the lock", LONG).unwrap();
    assert_no_crash(&cluster);
}
