//! Notifications reach listening sessions, and texts are converted to another encoding.

use postgres::fallible_iterator::FallibleIterator;
use support::{LONG, assert_no_crash, cluster, library};

#[test]
fn notifications_are_delivered_at_commit() {
    let cluster = cluster().preload("sql", library("sql")).start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("listen \"From worker\"").unwrap();
    let mut notifications = client.notifications();
    let mut next = notifications.timeout_iter(LONG);
    // Only the worker sends it; this session only waits.
    for _ in 0..5 {
        let heard = next.next().unwrap().expect("nothing was delivered");
        assert_eq!(heard.channel(), "From worker");
        assert!(heard.payload().starts_with("turn "), "{}", heard.payload());
    }
    assert_no_crash(&cluster);
}

#[test]
fn texts_of_every_kind_are_converted() {
    let cluster = cluster().preload("sql", library("sql")).start().unwrap();
    cluster
        .connect()
        .unwrap()
        .execute(
            "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'",
            &[],
        )
        .unwrap();
    let line = cluster.wait_for_log("latin: ", LONG).unwrap();
    assert!(line.contains("Err(SqlState(22P05))"), "{line}");
    cluster.wait_for_log("latin: all is well", LONG).unwrap();
    assert_no_crash(&cluster);
}
