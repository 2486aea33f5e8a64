//! Guarded calls fail at random: the examples log it, restart, do their work, and never crash the
//! server.
//!
//! `cargo test --features stress --test stress`, after `cargo build --examples --features stress`.
//! `STRESS_SECONDS` runs it longer.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use support::{LONG, assert_no_crash, count, example};

fn seconds() -> Duration {
    let seconds = std::env::var("STRESS_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// Runs an example under stress, until the query `work` returns true.
fn stress(name: &str, settings: &[(&str, &str)], work: &str) {
    stress_until(name, settings, |session| {
        session
            .query_one(work, &[])
            .is_ok_and(|row| row.get::<_, bool>(0))
    });
}

/// Runs an example under stress, until it has done its work, and checks the result.
fn stress_until(
    name: &str,
    settings: &[(&str, &str)],
    mut work: impl FnMut(&mut postgres::Client) -> bool,
) {
    let mut builder = example(name)
        .setting("bgworker_stress.one_in", "40")
        .setting("bgworker_stress.seed", "4711");
    for (setting, value) in settings {
        builder = builder.setting(setting, value);
    }
    let mut cluster = builder.start().unwrap();
    let mut session = cluster.connect().unwrap();
    thread::sleep(seconds());
    // The state begins with the process's number, too: the first failure may come late.
    cluster
        .poll_until("work, and a call that fails on purpose", LONG, || {
            let done = work(&mut session);
            (done && count(&cluster, "stress: guarded call") > 0).then_some(())
        })
        .expect("were the examples built with the feature?");
    assert_eq!(
        session.query_one("select 1", &[]).unwrap().get::<_, i32>(0),
        1,
        "a session was lost"
    );
    cluster
        .stop(pg_scratch::cluster::StopMode::Fast, LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn heartbeat() {
    stress(
        "heartbeat",
        &[],
        "select count(*) >= 1 from heartbeat.beats",
    );
}

#[test]
fn naptime() {
    // It makes few calls: more of them fail.
    let settings = [("naptime.seconds", "1"), ("bgworker_stress.one_in", "10")];
    stress("naptime", &settings, "select true");
}

#[test]
fn worker_spi() {
    let settings = [
        ("worker_spi.total_workers", "4"),
        ("worker_spi.naptime", "1"),
        ("worker_spi.role", "worker_spi"),
    ];
    stress(
        "worker_spi",
        &settings,
        "select to_regclass('schema1.counted') is not null",
    );
}

#[test]
fn launcher() {
    stress(
        "launcher",
        &[("launcher.workers", "4"), ("launcher.turn", "1")],
        "select exists (select from pg_stat_activity where application_name = 'turn')",
    );
}

#[test]
fn channels() {
    stress(
        "channels",
        &[("channels.run", "talk"), ("max_worker_processes", "20")],
        "select true",
    );
}

#[test]
fn channel() {
    // It does not restart: the rarer the failures, the further the messages get.
    stress(
        "channel",
        &[("bgworker_stress.one_in", "500")],
        "select true",
    );
}

#[test]
fn standby() {
    // After writing it only waits, so each check restarts it.
    let work = "select count(*) >= 2 from standby.took_over,
        (select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_type = 'standby' and state = 'idle') told";
    stress("standby", &[("bgworker_stress.one_in", "10")], work);
}

#[test]
fn restarts() {
    stress("restarts", &[("max_worker_processes", "20")], "select true");
}

#[test]
fn queue() {
    // Each check adds two jobs owned by the queue's role: one that succeeds and one that fails.
    let work = "with role as (select set_config('role', 'queue', false)),
        added as (insert into queue.jobs (statement) select s.s from role, (values ('select 1'), ('select 1 / 0')) s(s) returning 1)
        select count(*) filter (where state = 'done') > 20 and count(*) filter (where state = 'failed') > 20 from queue.jobs";
    stress("queue", &[("queue.workers", "3")], work);
}

#[test]
fn fetch() {
    // Each check adds requests that are refused, and tried five times.
    let work = "with added as (insert into http.requests (url)
            select 'http://127.0.0.1:1/' from generate_series(1, 3) returning 1)
        select count(*) filter (where state = 'failed') > 20 from http.requests";
    let settings = [
        ("fetch.allow_loopback", "on"),
        ("fetch.retry_pause", "1ms"),
        // Failures are rarer, because one failure rolls back all answers of a transaction.
        ("bgworker_stress.one_in", "2000"),
    ];
    stress("fetch", &settings, work);
}

#[test]
fn serve() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let asks = Arc::new(AtomicBool::new(true));
    let answers = Arc::new(AtomicU32::new(0));
    let client = thread::spawn({
        let (asks, answers) = (asks.clone(), answers.clone());
        move || {
            while asks.load(Ordering::Relaxed) {
                if ask(port).is_ok_and(|answer| answer.contains("no such key")) {
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    let settings = [
        ("serve.port", &*port.to_string()),
        ("bgworker_stress.one_in", "200"),
    ];
    stress_until("serve", &settings, |_| answers.load(Ordering::Relaxed) > 20);
    asks.store(false, Ordering::Relaxed);
    client.join().unwrap();
}

/// Makes one request, over a connection of its own.
fn ask(port: u16) -> io::Result<String> {
    // Between two tries the worker may restart.
    thread::sleep(Duration::from_millis(2));
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(LONG))?;
    stream.write_all(b"GET /keys/none HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

#[test]
fn failing() {
    let settings = [
        ("bgworker_stress.one_in", "1000"),
        ("bgworker_stress.seed", "4711"),
    ];
    support::failing::fails_in_turns(support::failing::statements(2000), &settings);
}
