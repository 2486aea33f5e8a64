//! Bells between processes.

use pg_abi::binary::Binary;
use pg_scratch::cluster::{Cluster, ClusterBuilder, Process};
use postgres::Client;
use std::time::Duration;
use support::{LONG, assert_no_crash, count, kill, requires, since};

/// A scratch server that runs one scenario of `tests/fixtures/bells.rs`.
fn bells(name: &str) -> ClusterBuilder {
    let builder = support::cluster()
        .preload("bells", support::library("bells"))
        .setting("bells.run", name)
        .setting("max_prepared_transactions", "2");
    support::with_slots(20, builder)
}

/// A session that has the functions of the library, which its file declares.
pub(crate) fn session_with(cluster: &Cluster, library: &str) -> Client {
    let mut client = cluster.connect().unwrap();
    make_functions(&mut client, library);
    client
}

/// Makes the functions of a library in the database of this session.
pub(crate) fn make_functions(client: &mut Client, library: &str) {
    const NOTE_FUNCTION: u32 = 4;
    let binary = Binary::read(support::library(library)).unwrap();
    for note in binary
        .notes
        .iter()
        .filter(|note| note.kind == NOTE_FUNCTION)
    {
        // After a crash it may exist.
        let sql = note.text.replace("MODULE_PATHNAME", library);
        let sql = sql.replace("create function", "create or replace function");
        client.batch_execute(&sql).unwrap();
    }
}

fn session(cluster: &Cluster) -> Client {
    session_with(cluster, "bells")
}

fn wait_for_count(cluster: &Cluster, line: &str, lines: usize) {
    cluster
        .poll_until(line, LONG, || (count(cluster, line) >= lines).then_some(()))
        .unwrap();
}

/// The workers that wait.
fn waiting(cluster: &Cluster) -> Vec<Process> {
    let mut workers = cluster.workers();
    workers.retain(|worker| worker.title.contains("waits"));
    workers
}

#[test]
fn no_ring_is_lost() {
    let cluster = bells("ping_pong").start().unwrap();
    cluster.wait_for_log("ping has ended", LONG).unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn ring_wakes_one_worker() {
    let cluster = bells("one").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 3);
    // The first ring is for each of them, because it may be one that the process before heard.
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    let before = count(&cluster, "heard true");
    for rings in 1..=10 {
        let call = ["ring_one", "ring_at_commit"][rings % 2];
        client.batch_execute(&format!("select {call}()")).unwrap();
        wait_for_count(&cluster, "heard true", before + rings);
    }
    std::thread::sleep(Duration::from_millis(300));
    let heard = count(&cluster, "heard true");
    assert!((11..=13).contains(&heard), "{heard}:\n{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn ring_for_all_wakes_all_workers() {
    let cluster = bells("all").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 3);
    for rings in 1..=5 {
        client.batch_execute("select ring_all()").unwrap();
        wait_for_count(&cluster, "heard true", 3 * rings);
    }
    assert_eq!(count(&cluster, "heard true"), 15, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn many_rings_end_one_wait() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 1);
    let busy = cluster.data_dir().join("busy");
    std::fs::write(&busy, "").unwrap();
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    for _ in 0..5 {
        client.batch_execute("select ring_one()").unwrap();
    }
    std::fs::remove_file(&busy).unwrap();
    wait_for_count(&cluster, "heard true", 2);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(&cluster, "heard true"), 2, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn ring_while_the_worker_restarts_is_heard() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 1);
    client.batch_execute("select ring_at_commit()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    let worker = waiting(&cluster).remove(0).pid;
    kill("TERM", worker);
    cluster
        .poll_until("the end of the worker", LONG, || {
            waiting(&cluster).is_empty().then_some(())
        })
        .unwrap();
    client.batch_execute("select ring_at_commit()").unwrap();
    wait_for_count(&cluster, "waits from now on", 2);
    wait_for_count(&cluster, "heard true", 2);
    assert_no_crash(&cluster);
}

/// Whichever worker ends, a ring finds one that waits.
#[test]
fn worker_that_ends_leaves_its_place() {
    let cluster = bells("one").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 3);
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    for round in 1..=3 {
        let heard = count(&cluster, "heard true");
        for worker in waiting(&cluster).iter().skip(1) {
            kill("TERM", worker.pid);
        }
        client.batch_execute("select ring_one()").unwrap();
        wait_for_count(&cluster, "heard true", heard + 1);
        wait_for_count(&cluster, "waits from now on", 3 + 2 * round);
    }
    assert_no_crash(&cluster);
}

#[test]
fn crash_silences_the_bell() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 1);
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    kill("KILL", waiting(&cluster).remove(0).pid);
    wait_for_count(&cluster, "waits from now on", 2);
    cluster
        .poll_until("connections again", LONG, || cluster.connect().ok())
        .unwrap();
    let mut client = session(&cluster);
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 2);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(&cluster, "heard true"), 2, "{}", cluster.log());
}

#[test]
fn worker_that_waits_does_not_wake_up() {
    let cluster = bells("single").start().unwrap();
    wait_for_count(&cluster, "waits from now on", 1);
    std::thread::sleep(Duration::from_millis(500));
    let worker = waiting(&cluster).remove(0).pid;
    let switches = || {
        let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary_"));
        line.unwrap().to_string()
    };
    let before = switches();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(switches(), before);
}

/// Statements whose effect on the bell shows in the number of waits that a ring has ended.
fn rings(cluster: &Cluster, client: &mut Client, statements: &[&str]) -> usize {
    let before = count(cluster, "heard true");
    for statement in statements {
        let _ = client.batch_execute(statement);
    }
    std::thread::sleep(Duration::from_millis(150));
    let rings = count(cluster, "heard true") - before;
    // The worker was listening all the time.
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(cluster, "heard true", before + rings + 1);
    rings
}

#[test]
fn session_rings_if_its_transaction_commits() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 1);
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    let cases: &[(usize, &[&str])] = &[
        (1, &["select ring_at_commit()"]),
        (
            1,
            &[
                "begin",
                "select ring_at_commit(), ring_at_commit()",
                "select ring_at_commit()",
                "commit",
            ],
        ),
        (0, &["begin", "select ring_at_commit()", "rollback"]),
        (
            0,
            &["begin", "select ring_at_commit()", "select 1 / 0", "commit"],
        ),
        (
            0,
            &[
                "begin",
                "savepoint a",
                "select ring_at_commit()",
                "rollback to a",
                "commit",
            ],
        ),
        (
            1,
            &[
                "begin",
                "savepoint a",
                "select ring_at_commit()",
                "release a",
                "commit",
            ],
        ),
        (
            0,
            &[
                "begin",
                "savepoint a",
                "savepoint b",
                "select ring_at_commit()",
                "release b",
                "rollback to a",
                "commit",
            ],
        ),
        (
            1,
            &[
                "begin",
                "select ring_at_commit()",
                "savepoint a",
                "select ring_at_commit()",
                "rollback to a",
                "commit",
            ],
        ),
        (
            1,
            &[
                "begin",
                "savepoint a",
                "select ring_at_commit()",
                "rollback to a",
                "select ring_at_commit()",
                "commit",
            ],
        ),
        // It fails, and rolls back.
        (
            0,
            &[
                "begin",
                "select ring_at_commit()",
                "prepare transaction 'a'",
                "rollback",
            ],
        ),
        (
            1,
            &[
                "begin",
                "select ring_one()",
                "prepare transaction 'b'",
                "rollback prepared 'b'",
            ],
        ),
        (
            1,
            &[
                "do $$ begin begin perform ring_at_commit(); perform 1 / 0; exception when others then null; end; perform ring_at_commit(); end $$",
            ],
        ),
        (
            0,
            &[
                "do $$ begin perform ring_at_commit(); perform 1 / 0; exception when others then null; end $$",
            ],
        ),
        // A constraint that is checked at commit.
        (
            0,
            &[
                "create temp table u (n int unique deferrable initially deferred)",
                "begin",
                "insert into u values (1), (1)",
                "select ring_at_commit()",
                "commit",
            ],
        ),
        // At the end of the session.
        (0, &["begin", "select ring_at_commit()"]),
    ];
    for (expected, statements) in cases {
        let mut client = cluster.connect().unwrap();
        let before = count(&cluster, "heard true");
        for statement in *statements {
            let _ = client.batch_execute(statement);
        }
        drop(client);
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(
            count(&cluster, "heard true") - before,
            *expected,
            "{statements:?}"
        );
    }
    if since(110_000) {
        let procedure = "do $$ begin perform ring_at_commit(); commit; perform ring_at_commit(); rollback; end $$";
        assert_eq!(rings(&cluster, &mut client, &[procedure]), 1);
    }
    assert!(!cluster.log().contains("PANIC"));
    assert_no_crash(&cluster);
}

#[test]
fn prepared_transaction_says_why_it_fails() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    client
        .batch_execute("begin; select ring_at_commit()")
        .unwrap();
    let error = client.batch_execute("prepare transaction 'a'").unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "0A000");
    assert!(
        error
            .message()
            .starts_with("cannot PREPARE a transaction that rings a bell")
    );
    assert_no_crash(&cluster);
}

/// A session that ends in any way while it has a ring for its commit.
#[test]
fn session_that_ends_does_not_ring() {
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    wait_for_count(&cluster, "waits from now on", 1);
    client.batch_execute("select ring_one()").unwrap();
    wait_for_count(&cluster, "heard true", 1);
    let mut victim = cluster.connect().unwrap();
    victim
        .batch_execute("begin; select ring_at_commit()")
        .unwrap();
    let pid: i32 = victim
        .query_one("select pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    assert_eq!(
        rings(
            &cluster,
            &mut client,
            &[&format!("select pg_terminate_backend({pid})")]
        ),
        0
    );
    assert_no_crash(&cluster);
}

#[test]
fn parallel_worker_cannot_ring_at_commit() {
    requires!(100_000, "parallel queries that a setting forces");
    let cluster = bells("single").start().unwrap();
    let mut client = session(&cluster);
    let force = if since(160_000) {
        "debug_parallel_query"
    } else {
        "force_parallel_mode"
    };
    client
        .batch_execute(&format!(
            "alter function ring_at_commit() parallel safe; set {force} = on"
        ))
        .unwrap();
    let error = client.batch_execute("select ring_at_commit()").unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(
        error.message(),
        "cannot ring a bell or send a message at commit in a parallel worker"
    );
    assert!(error.hint().unwrap().contains("PARALLEL RESTRICTED"));
    assert_no_crash(&cluster);
}
