//! Databases that are dropped while workers use them, and worker slots that run out.

use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use postgres::Client;
use std::time::Duration;
use support::{LONG, assert_no_crash, cluster, count, example, library, requires};

fn launcher(workers: u32, turn: u32) -> ClusterBuilder {
    example("launcher")
        .setting("launcher.workers", &workers.to_string())
        .setting("launcher.turn", &turn.to_string())
}

/// Waits until a `turn` is connected to this database.
fn wait_for_turn(cluster: &Cluster, database: &str) -> i32 {
    let mut client = cluster.connect().unwrap();
    let sql = "select pid from pg_stat_activity where application_name = 'turn' and datname = $1";
    cluster
        .poll_until(&format!("a turn in {database}"), LONG, || {
            let rows = client.query(sql, &[&database]).unwrap();
            rows.first().map(|row| row.get(0))
        })
        .unwrap()
}

#[test]
fn database_can_be_dropped_while_a_worker_uses_it() {
    requires!(90_500, "supervisors");
    let mut cluster = launcher(10, 3600).start().unwrap();
    let mut client = cluster.connect().unwrap();
    for _ in 0..3 {
        client.execute("create database own", &[]).unwrap();
        wait_for_turn(&cluster, "own");
        client.execute("drop database own", &[]).unwrap();
    }
    // Other commands that need exclusive access to a database.
    client.execute("create database own", &[]).unwrap();
    wait_for_turn(&cluster, "own");
    client
        .execute("create database copy template own", &[])
        .unwrap();
    wait_for_turn(&cluster, "own");
    client
        .execute("alter database own rename to renamed", &[])
        .unwrap();
    wait_for_turn(&cluster, "renamed");
    wait_for_turn(&cluster, "copy");
    if cluster.server().version.num >= 130_000 {
        client
            .execute("drop database renamed with (force)", &[])
            .unwrap();
    }
    drop(client);
    let log = cluster.log();
    assert!(!log.contains("ERROR:"), "{log}");
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
}

/// Another session keeps the database: the command fails, and the worker that exited for it
/// restarts.
fn drop_fails(cluster: &Cluster, client: &mut Client, database: &str) {
    let session = cluster.connect_to(database).unwrap();
    let error = client
        .execute(&format!("drop database {database}"), &[])
        .expect_err("a session is in it");
    let error = error.as_db_error().unwrap();
    assert!(
        error.message().contains("is being accessed by other users"),
        "{error}"
    );
    // Only that session is counted, because the worker had exited.
    assert!(
        error.detail().unwrap().starts_with("There is 1 other"),
        "{error:?}"
    );
    drop(session);
}

#[test]
fn worker_returns_after_a_failed_drop() {
    requires!(90_500, "supervisors");
    let cluster = launcher(10, 3600).start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.execute("create database own", &[]).unwrap();
    let before = wait_for_turn(&cluster, "own");
    drop_fails(&cluster, &mut client, "own");
    let after = wait_for_turn(&cluster, "own");
    assert_ne!(before, after);
    assert_no_crash(&cluster);
}

#[test]
fn static_worker_yields_to_drop_database_and_is_restarted() {
    requires!(90_400, "dynamic workers");
    let cluster = cluster()
        .preload("waiting", library("waiting"))
        .setting("waiting.run", "static_guest")
        .start()
        .unwrap();
    cluster
        .wait_for_log("a static guest is in template1", LONG)
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    cluster
        .poll_until("its restart", LONG, || {
            (count(&cluster, "a static guest is in template1") >= 2).then_some(())
        })
        .unwrap();
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn interruptible_workers_are_ended_by_the_server_since_19() {
    requires!(90_400, "dynamic workers");
    let cluster = cluster()
        .preload("waiting", library("waiting"))
        .setting("waiting.run", "interruptible")
        .start()
        .unwrap();
    if cluster.server().version.num < 190_000 {
        cluster
            .wait_for_log(
                "refused: Unsupported: background worker \"guest\": interruptible workers need PostgreSQL 19",
                LONG,
            )
            .unwrap();
        return;
    }
    let mut client = cluster.connect().unwrap();
    client.execute("create database own", &[]).unwrap();
    cluster
        .wait_for_log("a guest is in database own", LONG)
        .unwrap();
    // It fails if the worker is still running after 5 s.
    client.execute("drop database own", &[]).unwrap();
    client.execute("create database own", &[]).unwrap();
    cluster
        .poll_until("a guest in the new one", LONG, || {
            (count(&cluster, "a guest is in database own") >= 2).then_some(())
        })
        .unwrap();
    drop_fails(&cluster, &mut client, "own");
    cluster
        .poll_until("its return after a drop that failed", LONG, || {
            (count(&cluster, "a guest is in database own") >= 3).then_some(())
        })
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn databases_take_turns_when_slots_are_short() {
    requires!(90_500, "supervisors");
    // The launcher and logical replication use one slot each, so one is left for four databases.
    let mut cluster = launcher(100, 1)
        .setting("max_worker_processes", "3")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for database in ["a", "b", "c"] {
        client
            .execute(&format!("create database {database}"), &[])
            .unwrap();
    }
    for database in ["a", "b", "c", "postgres", "a"] {
        wait_for_turn(&cluster, database);
    }
    let line = cluster
        .wait_for_log("waiting for a free slot of max_worker_processes", LONG)
        .unwrap();
    assert!(line.contains("supervisor \"launcher\""), "{line}");
    drop(client);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn missing_slots_do_not_fill_the_log() {
    requires!(90_500, "supervisors");
    let cluster = launcher(100, 3600)
        .setting("max_worker_processes", "3")
        .start()
        .unwrap();
    cluster
        .connect()
        .unwrap()
        .batch_execute("create database a")
        .unwrap();
    cluster
        .wait_for_log("waiting for a free slot of max_worker_processes", LONG)
        .unwrap();
    let mark = cluster.log_mark();
    std::thread::sleep(Duration::from_secs(20));
    let (lines, _) = cluster.log_lines_after(mark);
    // Only lines from a checkpoint.
    assert!(lines.len() <= 2, "{lines:#?}");
}
