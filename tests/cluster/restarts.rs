//! Restarts with back-off, with short intervals.

use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use std::time::Duration;
use support::{LONG, assert_no_crash, count, is_alive, kill, library};

fn restarts() -> ClusterBuilder {
    support::with_slots(20, support::cluster()).preload("restarts", library("restarts"))
}

/// When main was called, in seconds since boot.
fn begins(cluster: &Cluster, name: &str) -> Vec<f64> {
    let marker = format!("{name} begins at ");
    cluster
        .log()
        .lines()
        .filter_map(|line| line.split_once(&marker))
        .map(|(_, time)| time.parse().unwrap())
        .collect()
}

fn wait_for_begins(cluster: &Cluster, name: &str, runs: usize) -> Vec<f64> {
    cluster
        .poll_until("its runs", LONG, || {
            Some(begins(cluster, name)).filter(|begins| begins.len() >= runs)
        })
        .unwrap()
}

fn pause_of(name: &str, failures: u32) -> String {
    format!("\"{name}\" failed {failures} times in a row")
}

/// The process that wrote a line of the log.
fn pid_in(line: &str) -> u32 {
    let (_, rest) = line.split_once('[').unwrap();
    rest.split_once(']').unwrap().0.parse().unwrap()
}

/// Tolerance: the server, the rounding to tenths and the worker's own clock make intervals inexact.
fn assert_at_least(begins: &[f64], intervals: &[f64]) {
    for (pair, interval) in begins.windows(2).zip(intervals) {
        assert!(pair[1] - pair[0] > interval - 0.3, "{begins:?}");
    }
}

#[test]
fn repeated_failures_lengthen_the_backoff() {
    let cluster = restarts().start().unwrap();
    // FATAL does not return to this crate, a panic does.
    for (name, intervals) in [
        ("lost", [1.0, 2.0, 4.0, 4.0]),
        ("panics", [1.0, 2.0, 4.0, 8.0]),
    ] {
        assert_at_least(&wait_for_begins(&cluster, name, 5), &intervals);
        // One line for each pause.
        for failures in 2..=4 {
            assert_eq!(
                count(&cluster, &pause_of(name, failures)),
                1,
                "{}",
                cluster.log()
            );
        }
        assert_eq!(count(&cluster, &pause_of(name, 1)), 0);
    }
    assert_eq!(begins(&cluster, "steady").len(), 1);
    assert_no_crash(&cluster);
}

#[test]
fn invalid_backoffs_are_refused() {
    let cluster = restarts().start().unwrap();
    let log = cluster.log();
    assert!(
        log.contains(
            "refused a twin: Invalid: workers with restart back-off must differ in name or argument"
        ),
        "{log}"
    );
    assert!(
        log.contains("refused downwards: Invalid: background worker \"lost\": invalid restart intervals: 2s to 1s"),
        "{log}"
    );
    cluster.wait_for_log("nobody begins", LONG).unwrap();
}

#[test]
fn a_launched_worker_is_not_taken_for_a_static_one() {
    support::requires!(90400, "dynamic workers");
    let cluster = restarts().start().unwrap();
    cluster
        .wait_for_log("launched another argument", LONG)
        .unwrap();
    let log = cluster.log();
    assert!(
        log.contains("refused a namesake: Invalid: background worker \"steady\" conflicts with a static worker that backs off"),
        "{log}"
    );
    assert_eq!(begins(&cluster, "steady").len(), 1, "{log}");
}

#[test]
fn long_run_resets_the_backoff() {
    let cluster = restarts().start().unwrap();
    cluster
        .wait_for_log("recovers had a long run", LONG)
        .unwrap();
    let name = "recovers";
    wait_for_begins(&cluster, name, 7);
    // Before and after the long one: 2 of the first runs, and 2 of those that followed.
    assert_eq!(count(&cluster, &pause_of(name, 2)), 2, "{}", cluster.log());
    assert_eq!(count(&cluster, &pause_of(name, 3)), 1, "{}", cluster.log());
    assert_eq!(count(&cluster, &pause_of(name, 4)), 0, "{}", cluster.log());
}

#[test]
fn sigterm_during_backoff_resets_the_backoff() {
    let cluster = restarts().start().unwrap();
    let line = cluster.wait_for_log(&pause_of("waits", 4), LONG).unwrap();
    let (pid, runs) = (pid_in(&line), begins(&cluster, "waits").len());
    // Settings are read meanwhile, which does not end the pause.
    cluster.reload().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(is_alive(pid), "{}", cluster.log());
    assert_eq!(begins(&cluster, "waits").len(), runs);
    kill("TERM", pid);
    cluster
        .wait_for_log(&format!("(PID {pid}) exited with exit code 1"), LONG)
        .unwrap();
    assert_eq!(
        begins(&cluster, "waits").len(),
        runs,
        "its pause was over before"
    );
    wait_for_begins(&cluster, "waits", runs + 3);
    assert_eq!(
        count(&cluster, &pause_of("waits", 2)),
        2,
        "{}",
        cluster.log()
    );
    assert_eq!(
        count(&cluster, &pause_of("waits", 5)),
        0,
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}

#[test]
fn sigterm_while_working_is_not_a_failure() {
    let cluster = restarts().start().unwrap();
    for run in 1..=4 {
        let line = wait_for_line(&cluster, "steady begins", run);
        kill("TERM", pid_in(&line));
    }
    wait_for_begins(&cluster, "steady", 5);
    assert_eq!(count(&cluster, "\"steady\" had"), 0, "{}", cluster.log());
}

fn wait_for_line(cluster: &Cluster, text: &str, which: usize) -> String {
    cluster
        .poll_until(text, LONG, || {
            let log = cluster.log();
            let mut lines = log.lines().filter(|line| line.contains(text));
            lines.nth(which - 1).map(str::to_owned)
        })
        .unwrap()
}

#[test]
fn server_stops_during_backoff() {
    let mut cluster = restarts().start().unwrap();
    cluster.wait_for_log(&pause_of("waits", 4), LONG).unwrap();
    let runs = begins(&cluster, "waits").len();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_eq!(
        begins(&cluster, "waits").len(),
        runs,
        "its pause was over before"
    );
    assert_no_crash(&cluster);
}

#[test]
fn backoff_survives_a_server_crash() {
    let cluster = restarts()
        .setting("restarts.crashes", "on")
        .setting("restart_after_crash", "on")
        .start()
        .unwrap();
    cluster.wait_for_log(&pause_of("crashes", 3), LONG).unwrap();
    assert_at_least(&wait_for_begins(&cluster, "crashes", 4), &[0.0, 1.0, 3.0]);
}
