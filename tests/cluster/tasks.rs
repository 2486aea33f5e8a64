//! Async workers: how they stop, and what tokio does in them.

use pg_scratch::cluster::{Cluster, StopMode};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use support::{LONG, assert_left_by_themselves, assert_no_crash, cluster, count, library};

fn tasks(name: &str) -> Cluster {
    let builder = cluster().preload("tasks", library("tasks"));
    builder.setting("tasks.run", name).start().unwrap()
}

fn pid(cluster: &Cluster) -> i32 {
    let mut client = cluster.connect().unwrap();
    let sql = "select pid from pg_stat_activity where application_name = 'tasks'";
    client.query_one(sql, &[]).unwrap().get(0)
}

/// Sends SIGTERM, and returns the time until the process has ended.
fn terminate(cluster: &Cluster) -> Duration {
    let pid = pid(cluster);
    let start = Instant::now();
    support::kill("TERM", pid.try_into().unwrap());
    let ended = format!("(PID {pid}) exited with exit code 1");
    cluster.wait_for_log(&ended, LONG).unwrap();
    start.elapsed()
}

fn says(cluster: &Cluster, text: &str) {
    cluster.wait_for_log(text, LONG).unwrap();
}

#[test]
fn sigterm_drops_main_and_tasks_at_their_awaits() {
    let cluster = tasks("sleeps");
    says(&cluster, "asleep now");
    terminate(&cluster);
    says(&cluster, "dropped: main");
    says(&cluster, "dropped: task");
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[cfg(target_os = "linux")]
#[test]
fn idle_executor_does_not_wake_up() {
    let cluster = tasks("sleeps");
    says(&cluster, "asleep now");
    let path = format!("/proc/{}/status", pid(&cluster));
    let switches = || -> u64 {
        let status = std::fs::read_to_string(&path).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    };
    // What the start of the server has for it to do.
    std::thread::sleep(Duration::from_secs(2));
    let before = switches();
    let seconds = std::env::var("IDLE_SECONDS").map_or(5, |it| it.parse().unwrap());
    std::thread::sleep(Duration::from_secs(seconds));
    assert_eq!(switches(), before);
}

#[test]
fn busy_tasks_keep_neither_reload_nor_stop_waiting() {
    let mut cluster = tasks("busy");
    says(&cluster, "busy now");
    cluster.reload().unwrap();
    says(&cluster, "busy and reloaded");
    let mut client = cluster.connect().unwrap();
    client.execute("create database other", &[]).unwrap();
    client.execute("drop database other", &[]).unwrap();
    drop(client);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn main_that_asked_for_it_finishes_its_work() {
    let cluster = tasks("finishes");
    says(&cluster, "ready now");
    let took = terminate(&cluster);
    says(&cluster, "finished; transactions: Terminating");
    assert!(took >= Duration::from_millis(150), "took {took:?}");
    assert_left_by_themselves(&cluster);
}

#[test]
fn main_that_does_not_finish_is_dropped_before_the_timeout() {
    let cluster = tasks("goes_on");
    says(&cluster, "ready now");
    let took = terminate(&cluster);
    says(&cluster, "goes on");
    says(&cluster, "dropped: main");
    assert!(took >= Duration::from_secs(1), "took {took:?}");
    assert_left_by_themselves(&cluster);
}

#[test]
fn worker_that_is_wanted_away_from_its_database_leaves() {
    let cluster = tasks("guest");
    says(&cluster, "a guest is in template1");
    let mut client = cluster.connect().unwrap();
    client.execute("create database copied", &[]).unwrap();
    says(&cluster, "the database is wanted");
    assert_left_by_themselves(&cluster);
}

#[test]
fn panic_of_main_drops_the_tasks_and_is_one_error() {
    let cluster = tasks("main_panics");
    says(&cluster, "exited with exit code 1");
    says(&cluster, "dropped: task");
    assert_eq!(count(&cluster, "ERROR:  panicked: main panics"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn panics_of_destructors_at_the_end_are_logged() {
    let cluster = tasks("bombs");
    says(&cluster, "ready now");
    terminate(&cluster);
    assert_eq!(count(&cluster, "WARNING:  panicked: a bomb in a task"), 2);
    assert_eq!(count(&cluster, "ERROR:  panicked: a bomb in main"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn panic_of_a_waker_is_an_error_of_main() {
    let cluster = tasks("waker_panics");
    says(&cluster, "exited with exit code 1");
    assert_eq!(count(&cluster, "ERROR:  panicked: a waker panics"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn tokio_serves_connections_with_sql() {
    let mut cluster = tasks("echo");
    let line = cluster.wait_for_log("listening on port ", LONG).unwrap();
    let (_, port) = line.rsplit_once(' ').unwrap();
    let port: u16 = port.trim_end_matches('.').parse().unwrap();
    says(&cluster, "blocking: true");
    says(&cluster, "runtime: true");
    let mut guests = Vec::new();
    for _ in 0..10 {
        let guest = TcpStream::connect(("127.0.0.1", port)).unwrap();
        guest.set_read_timeout(Some(LONG)).unwrap();
        guests.push(guest);
    }
    // Some were accepted on the server's thread, which answers nothing.
    let answered = guests
        .iter_mut()
        .filter_map(|guest| {
            guest
                .set_read_timeout(Some(Duration::from_secs(2)))
                .unwrap();
            guest.write_all(b"abc").ok()?;
            let mut back = [0; 3];
            guest.read_exact(&mut back).ok()?;
            assert_eq!(&back, b"ABC");
            Some(())
        })
        .count();
    assert!(answered >= 1, "{}", cluster.log());
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn blocking_threads_do_not_keep_the_worker() {
    let cluster = tasks("blocking");
    says(&cluster, "ready now");
    terminate(&cluster);
    assert_left_by_themselves(&cluster);
}

#[test]
fn tasks_of_the_runtime_that_never_await_do_not_keep_the_worker() {
    let cluster = tasks("spinning");
    says(&cluster, "ready now");
    terminate(&cluster);
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[cfg(target_os = "linux")]
#[test]
fn tasks_survive_without_free_descriptors() {
    let builder = cluster().preload("tasks", library("tasks"));
    let builder = builder.under(["prlimit", "--nofile=1024:1024"]);
    let cluster = builder.setting("tasks.run", "sockets").start().unwrap();
    says(&cluster, "ready now");
    let log = cluster.log();
    let (_, opened) = log.split_once("opened ").unwrap();
    let (pairs, rest) = opened.split_once(" pairs, ").unwrap();
    let pairs: u32 = pairs.parse().unwrap();
    assert!((100..512).contains(&pairs), "{pairs}");
    assert!(rest.starts_with("short: true, 1"), "{rest}");
    terminate(&cluster);
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn tasks_run_commands() {
    let cluster = tasks("commands");
    says(&cluster, "codes Some(3) Some(4) 1");
    says(&cluster, "ready now");
    terminate(&cluster);
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn block_on_in_a_task_is_a_panic() {
    let cluster = tasks("nested");
    says(&cluster, "ready now");
    assert_eq!(
        count(&cluster, "Panic: panicked: Cannot start a runtime"),
        1
    );
    terminate(&cluster);
    assert_no_crash(&cluster);
}

#[test]
fn signals_of_tokio_are_refused() {
    for name in ["signals", "ctrl_c"] {
        let cluster = tasks(name);
        says(&cluster, "exited with exit code 1");
        assert_eq!(
            count(&cluster, "ERROR:  a task has replaced a signal handler"),
            1,
            "{}",
            cluster.log()
        );
        assert_no_crash(&cluster);
    }
}

/// Prints how long things take. Build the libraries with `--release` for figures that mean
/// something.
#[test]
#[ignore = "measures"]
fn figures() {
    let cluster = cluster()
        .preload("figures", library("figures"))
        .start()
        .unwrap();
    let patience = Duration::from_secs(300);
    cluster.wait_for_log("figures: done", patience).unwrap();
    for line in cluster.log().lines() {
        if let Some((_, figure)) = line.split_once("figures: ") {
            println!("{figure}");
        }
    }
}
