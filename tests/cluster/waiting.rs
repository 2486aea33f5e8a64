//! Waits on sockets, wait event names, launches without a database, observed from outside.

use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use support::{
    LONG, assert_left_by_themselves, assert_no_crash, cluster, kill, library, requires, server,
};

/// Builds a scratch server that runs one scenario of `tests/fixtures/waiting.rs`.
fn waiting(name: &str) -> ClusterBuilder {
    cluster()
        .preload("waiting", library("waiting"))
        .setting("waiting.run", name)
}

fn port(cluster: &Cluster) -> u16 {
    let line = cluster.wait_for_log("listening on port ", LONG).unwrap();
    let (_, port) = line.rsplit_once(' ').unwrap();
    port.trim_end_matches('.').parse().unwrap()
}

fn guest(port: u16) -> TcpStream {
    let guest = TcpStream::connect(("127.0.0.1", port)).unwrap();
    guest.set_read_timeout(Some(LONG)).unwrap();
    guest
}

fn echoed(guest: &mut TcpStream, text: &str) {
    guest.write_all(text.as_bytes()).unwrap();
    let mut back = vec![0; text.len()];
    guest.read_exact(&mut back).unwrap();
    assert_eq!(back, text.as_bytes());
}

/// Returns the wait event of this worker in `pg_stat_activity`.
fn wait_event(cluster: &Cluster, worker: &str) -> (String, String) {
    let mut client = cluster.connect().unwrap();
    let sql = "select wait_event_type, wait_event from pg_stat_activity where application_name = $1 and wait_event is not null";
    cluster
        .poll_until("a worker that waits", LONG, || {
            let rows = client.query(sql, &[&worker]).unwrap();
            rows.first().map(|row| (row.get(0), row.get(1)))
        })
        .unwrap()
}

#[test]
fn tcp_connections_are_served_without_losing_data() {
    requires!(90_400, "dynamic workers");
    let mut cluster = waiting("echo").start().unwrap();
    let port = port(&cluster);
    let mut guests: Vec<_> = (0..10).map(|_| guest(port)).collect();
    for round in 0..10 {
        for (number, guest) in guests.iter_mut().enumerate() {
            echoed(guest, &format!("round {round} of guest {number}"));
        }
    }
    let named = server_major(&cluster) >= 17;
    let (class, event) = wait_event(&cluster, "echo");
    assert_eq!(class, "Extension");
    assert_eq!(event, if named { "EchoWaits" } else { "Extension" });
    // This wait also processes a reload.
    let mark = cluster.log_mark();
    cluster.reload().unwrap();
    cluster
        .wait_for_log_after(mark, "echo has read its settings", LONG)
        .unwrap();
    // No command on a database waits for this worker.
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    client.execute("drop database other", &[]).unwrap();
    drop(client);
    // Half of the clients disconnect; the others are not affected. A connection can close late: a
    // program that another test starts holds a copy of each socket until its `exec`.
    guests.truncate(5);
    for guest in &mut guests {
        echoed(guest, "still there");
    }
    cluster
        .wait_for_log("a client left; 6 sources remain", LONG)
        .unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert!(
        cluster.log().contains("leaving with 6 sources"),
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}

fn server_major(cluster: &Cluster) -> u32 {
    cluster.server().version.num / 10_000
}

#[test]
fn named_wait_is_shown_in_pg_stat_activity() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("named_wait").start().unwrap();
    let (class, event) = wait_event(&cluster, "named");
    assert_eq!(class, "Extension");
    let named = server_major(&cluster) >= 17;
    assert_eq!(
        event,
        if named {
            "WaitingForGodot"
        } else {
            "Extension"
        }
    );
    assert_no_crash(&cluster);
}

#[test]
fn socket_wait_ends_with_the_postmaster() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("echo").start().unwrap();
    let port = port(&cluster);
    let mut guest = guest(port);
    echoed(&mut guest, "hello");
    let worker = cluster
        .workers()
        .into_iter()
        .find(|worker| worker.title == "echo")
        .expect("it runs");
    kill("KILL", cluster.postmaster_pid());
    // Its exit closes the connection.
    let mut rest = Vec::new();
    let _ = guest.read_to_end(&mut rest);
    let begin = Instant::now();
    while support::is_alive(worker.pid) {
        assert!(begin.elapsed() < LONG, "{} is still there", worker.pid);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn worker_without_a_database_waits_for_its_dynamic_workers() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("parent").start().unwrap();
    for text in [
        "the child runs; reloaded: true, timed out: false",
        "the child is Stopped",
        "the late one is Stopped",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    assert!(cluster.log().contains("LOG:  late"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn obstacles_are_named() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("obstacles").start().unwrap();
    cluster
        .wait_for_log("in the way: [ExtensionMissing(\"missing\")]", LONG)
        .unwrap();
    assert!(!cluster.log().contains("init found"), "{}", cluster.log());
}

#[test]
fn binary_upgrade_is_noticed() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("nothing").argument("-b").start().unwrap();
    let log = cluster.log();
    for text in [
        "init found: the server runs in binary upgrade mode",
        "HINT:  Return Exit::Done.",
    ] {
        assert!(log.contains(text), "no {text:?} in:\n{log}");
    }
}

#[test]
fn single_user_mode_is_noticed() {
    requires!(90_400, "dynamic workers");
    let mut cluster = waiting("nothing").start().unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    let said = cluster.single_user("select 6 * 7 as answer\n").unwrap();
    assert!(said.contains("answer = \"42\""), "{said}");
    // Before 15 such a server preloads nothing.
    assert_eq!(
        said.contains("init found: the server runs in single-user mode"),
        server().version.num >= 150_000,
        "{said}"
    );
}

#[test]
fn library_that_was_not_preloaded_is_noticed() {
    requires!(90_400, "dynamic workers");
    let cluster = waiting("not_preloaded")
        .library("stranger", library("waiting"))
        .start()
        .unwrap();
    cluster
        .wait_for_log(
            "in the way: [NotPreloaded, ExtensionMissing(\"missing\")]",
            LONG,
        )
        .unwrap();
    cluster
        .wait_for_log("Add the library to shared_preload_libraries", LONG)
        .unwrap();
    assert_no_crash(&cluster);
}
