//! Workers on a primary and its standby: reads and writes before and after promotion.

use pg_scratch::cluster::Cluster;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, cluster, count, example, library, requires};

#[test]
fn reads_before_the_promotion_and_writes_after() {
    let mut primary = cluster().role("standby").start().unwrap();
    let standby = primary
        .standby()
        .preload("standby", library("standby"))
        .start()
        .unwrap();
    standby
        .wait_for_log("reading on a standby, replayed up to", LONG)
        .unwrap();
    let mut client = standby.connect().unwrap();
    let recovering: bool = client
        .query_one("select pg_is_in_recovery()", &[])
        .unwrap()
        .get(0);
    assert!(recovering);
    // Its wait of a minute has begun (the first one ends at once), and nothing will wake it.
    standby
        .poll_until("the second look", LONG, || {
            (count(&standby, "reading on a standby") >= 2).then_some(())
        })
        .unwrap();
    standby.promote().unwrap();
    standby
        .poll_query_until("select not pg_is_in_recovery()", LONG)
        .unwrap();
    let promoted = Instant::now();
    standby.wait_for_log("LOG:  writing", LONG).unwrap();
    // The documented limit is 2 s; a busy machine may take longer, but not the minute of the wait.
    let took = promoted.elapsed();
    println!("the promotion was seen after {took:?}");
    assert!(took < Duration::from_secs(20), "seen after {took:?}");
    standby
        .poll_query_until("select count(*) = 1 from standby.took_over", LONG)
        .unwrap();
    assert_no_crash(&standby);
    drop(standby);
    primary
        .stop(pg_scratch::cluster::StopMode::Fast, LONG)
        .unwrap();
}

#[test]
fn on_a_primary_it_writes_at_once() {
    let cluster = example("standby").start().unwrap();
    cluster
        .poll_query_until("select count(*) = 1 from standby.took_over", LONG)
        .unwrap();
    assert_eq!(count(&cluster, "reading on a standby"), 0);
}

/// Starts a standby that runs one scenario of `tests/fixtures/waiting.rs`.
fn waiting(primary: &Cluster, name: &str) -> Cluster {
    let standby = primary.standby();
    let standby = standby.preload("waiting", library("waiting"));
    standby.setting("waiting.run", name).start().unwrap()
}

/// A worker that starts before connections are accepted sees each step.
#[test]
fn recovery_is_followed_from_the_start() {
    requires!(90_400, "dynamic workers");
    let primary = cluster().start().unwrap();
    let standby = waiting(&primary, "early");
    standby.wait_for_log("early: ", LONG).unwrap();
    if standby.log().contains("early: Recovering") {
        standby
            .wait_for_log("early: can be read now", LONG)
            .unwrap();
    }
    assert_eq!(count(&standby, "early: can be written now"), 0);
    standby.promote().unwrap();
    standby
        .wait_for_log("early: can be written now", LONG)
        .unwrap();
    assert_no_crash(&standby);
}

#[test]
fn standby_is_reported_as_an_obstacle() {
    requires!(90_400, "dynamic workers");
    let primary = cluster().start().unwrap();
    let standby = waiting(&primary, "obstacles");
    standby
        .wait_for_log("in the way: [Standby, ExtensionMissing(\"missing\")]", LONG)
        .unwrap();
    standby
        .wait_for_log("nothing will be written", LONG)
        .unwrap();
}

#[test]
fn dynamic_worker_waits_for_its_start_time() {
    requires!(90_400, "dynamic workers");
    let primary = cluster().start().unwrap();
    let standby = waiting(&primary, "start_time");
    standby.wait_for_log("the heir waits", LONG).unwrap();
    assert_eq!(count(&standby, "the heir runs"), 0);
    standby.promote().unwrap();
    standby.wait_for_log("the heir runs", LONG).unwrap();
    standby.wait_for_log("the heir is Stopped", LONG).unwrap();
    assert_no_crash(&standby);
}
