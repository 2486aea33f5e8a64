//! Workers with threads, observed from outside.

use pg_scratch::cluster::StopMode;
use support::{LONG, assert_left_by_themselves, assert_no_crash, cluster, count, library};

#[test]
fn threads_end_with_their_worker() {
    let mut cluster = cluster()
        .preload("threads", library("threads"))
        .start()
        .unwrap();
    cluster.wait_for_log("done with its threads", LONG).unwrap();
    cluster
        .wait_for_log("lives on with its threads", LONG)
        .unwrap();
    cluster
        .poll_until("the end of the one that is done", LONG, || {
            let names: Vec<String> = cluster
                .workers()
                .into_iter()
                .map(|worker| worker.title)
                .collect();
            (!names.iter().any(|name| name.contains("done at once"))).then_some(())
        })
        .unwrap();
    // The stop timeout is 5 s; a thread that blocks the exit blocks it indefinitely.
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert!(
        cluster.log().contains("leaves its threads"),
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}

#[test]
fn signal_delivered_to_a_thread_reaches_the_worker() {
    let cluster = cluster()
        .preload("threads", library("threads"))
        .start()
        .unwrap();
    for line in [
        "signal 1 through a thread: reloaded true, terminating false",
        "signal 15 through a thread: reloaded false, terminating true",
    ] {
        cluster.wait_for_log(line, LONG).unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn double_panic_in_a_thread_ends_only_its_worker() {
    let cluster = cluster()
        .preload("threads", library("threads"))
        .start()
        .unwrap();
    let mut session = cluster.connect().unwrap();
    cluster
        .poll_until("a restart", LONG, || {
            (count(&cluster, "asked to stop by its thread") >= 2).then_some(())
        })
        .unwrap();
    let log = cluster.log();
    assert!(
        log.contains("first panic") && log.contains("second panic"),
        "{log}"
    );
    assert!(log.contains("exited with exit code 1"), "{log}");
    // The earlier session is still connected.
    session.batch_execute("select 1").unwrap();
    assert_no_crash(&cluster);
}
