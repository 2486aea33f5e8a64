//! Channels, observed from outside: throughput, the death of one end, and cleanup.

use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use support::{LONG, assert_no_crash, cluster, count, library, requires};

fn channels(scenario: &str) -> ClusterBuilder {
    cluster()
        .preload("channels", library("channels"))
        .setting("channels.run", scenario)
        .setting("max_worker_processes", "20")
}

/// Counts the segments of calls, if shared memory is in files: two rings of 64 KiB and overhead.
/// The server has other segments.
fn segments(cluster: &Cluster) -> usize {
    std::fs::read_dir(cluster.data_dir().join("pg_dynshmem"))
        .unwrap()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(|file| (128 << 10..132 << 10).contains(&file.len()))
        .count()
}

/// 10 000 messages of each size: about 80 GB through shared memory, in about half a minute.
#[test]
fn messages_return_unchanged_through_1_3_and_8_workers() {
    requires!(90_500, "channels");
    let mut cluster = channels("measure").start().unwrap();
    let done = cluster.wait_for_log("measured everything", 10 * LONG);
    let log = cluster.log();
    for line in log.lines() {
        if let Some((_, line)) = line.split_once("LOG:  ") {
            if ["chain of", "one way", "echo"]
                .iter()
                .any(|it| line.starts_with(it))
            {
                println!("{line}");
            }
        }
    }
    done.unwrap();
    assert_eq!(count(&cluster, "came back equal"), 15, "{log}");
    assert!(!log.contains("ERROR:"), "{log}");
    cluster
        .poll_until("the end of all workers", LONG, || {
            cluster.workers().is_empty().then_some(())
        })
        .unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
}

/// Small pseudo-random numbers.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            now.unwrap().as_micros() as u64
        });
        println!("SEED={seed}");
        Random(seed | 1)
    }

    fn millis(&mut self, below: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % below)
    }
}

fn pid_of(cluster: &Cluster, title: &str) -> u32 {
    cluster
        .poll_until(title, LONG, || {
            let workers = cluster.workers();
            let found = workers.iter().find(|worker| worker.title.contains(title));
            found.map(|worker| worker.pid)
        })
        .unwrap()
}

fn kill(signal: &str, pid: u32) -> bool {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {pid}")])
        .status();
    status.unwrap().success()
}

/// The time limit between the kill and the report of the other end. Noticing takes milliseconds;
/// the rest is slack for a busy machine.
fn noticed(cluster: &Cluster, mark: u64, text: &str, since: Instant) -> String {
    let line = cluster.wait_for_log_after(mark, text, LONG).unwrap();
    let took = since.elapsed();
    println!("{took:?}: {line}");
    assert!(took < Duration::from_secs(20), "{took:?} until {line}");
    line
}

#[test]
fn sender_notices_a_killed_receiver() {
    requires!(90_500, "channels");
    let cluster = channels("talk").start().unwrap();
    let mut random = Random::new();
    for _ in 0..15 {
        let pid = pid_of(&cluster, "listener");
        std::thread::sleep(random.millis(40));
        let mark = cluster.log_mark();
        let start = Instant::now();
        assert!(kill("TERM", pid), "the listener has gone by itself");
        let line = noticed(&cluster, mark, "listener gone after", start);
        assert!(line.contains("0 transactions open"), "{line}");
        cluster.wait_for_log_after(mark, "talking", LONG).unwrap();
        cluster
            .poll_until("another listener", LONG, || {
                let workers = cluster.workers();
                workers.iter().all(|worker| worker.pid != pid).then_some(())
            })
            .unwrap();
    }
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn receiver_notices_a_killed_sender() {
    requires!(90_500, "channels");
    let cluster = channels("talk").start().unwrap();
    let mut random = Random::new();
    for _ in 0..4 {
        let pid = pid_of(&cluster, "talker");
        pid_of(&cluster, "listener");
        std::thread::sleep(Duration::from_millis(100) + random.millis(100));
        let mark = cluster.log_mark();
        let start = Instant::now();
        assert!(kill("TERM", pid), "the talker has gone by itself");
        noticed(&cluster, mark, "talker gone", start);
        cluster.wait_for_log_after(mark, "talking", LONG).unwrap();
    }
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn crash_restarts_all_workers_of_a_chain() {
    requires!(90_500, "channels");
    let cluster = channels("talk").start().unwrap();
    let mut random = Random::new();
    for victim in ["listener", "talker"] {
        let other = if victim == "talker" {
            "listener"
        } else {
            "talker"
        };
        let (pid, survivor) = (pid_of(&cluster, victim), pid_of(&cluster, other));
        std::thread::sleep(random.millis(100));
        let mark = cluster.log_mark();
        assert!(kill("KILL", pid));
        cluster
            .wait_for_log_after(mark, "was terminated by signal 9", LONG)
            .unwrap();
        cluster
            .poll_until("the survivor's end", LONG, || {
                let workers = cluster.workers();
                workers
                    .iter()
                    .all(|worker| worker.pid != survivor)
                    .then_some(())
            })
            .unwrap();
        cluster.wait_for_log_after(mark, "talking", LONG).unwrap();
        pid_of(&cluster, "listener");
    }
    cluster.poll_query_until("select true", LONG).unwrap();
}

#[test]
fn calls_leave_no_segments() {
    requires!(90_500, "channels");
    let cluster = channels("call")
        .setting("dynamic_shared_memory_type", "mmap")
        .start()
        .unwrap();
    let mut seen = 0;
    cluster
        .poll_until("1000 calls", 3 * LONG, || {
            seen = seen.max(segments(&cluster));
            cluster.log().contains("1000 calls").then_some(())
        })
        .unwrap();
    assert!(seen > 0, "what is counted here is not what calls make");
    println!("{}", cluster.wait_for_log("1000 calls", 3 * LONG).unwrap());
    cluster
        .poll_until("the end of all workers", LONG, || {
            cluster.workers().is_empty().then_some(())
        })
        .unwrap();
    assert_eq!(segments(&cluster), 0);
    assert_no_crash(&cluster);
}

#[test]
fn example_sends_large_messages_through_a_chain() {
    requires!(90_500, "channels");
    let cluster = cluster()
        .preload("channel", library("channel"))
        .setting("channel.count", "50")
        .start()
        .unwrap();
    let line = cluster.wait_for_log("chain of 3", LONG).unwrap();
    assert!(
        line.contains("50 messages of 270000 bytes") && line.contains("checksums equal"),
        "{line}"
    );
    cluster
        .poll_until("the end of all workers", LONG, || {
            cluster.workers().is_empty().then_some(())
        })
        .unwrap();
    assert_no_crash(&cluster);
}
