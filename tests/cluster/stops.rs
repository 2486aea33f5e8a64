//! How long async workers take to stop under load. Prints figures; asserts that none is killed.

use crate::{fetch, relay, serve};
use pg_scratch::cluster::Cluster;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::{LONG, assert_left_by_themselves, assert_no_crash, is_alive, kill};

/// Ends the load, also when the test fails.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Stops the only worker of the server again and again, while `load` runs in a thread.
fn measure(what: &str, cluster: &Cluster, load: impl Fn() + Sync) {
    let stops: usize = std::env::var("STOPS").map_or(100, |it| it.parse().unwrap());
    let enough = AtomicBool::new(false);
    let mut times = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                load();
            }
        });
        let _enough = SetAtEnd(&enough);
        let mut last = 0;
        for _ in 0..2 * stops {
            if times.len() == stops {
                break;
            }
            let new = || {
                let workers = cluster.workers();
                let pid = workers.first()?.pid;
                (pid != last).then_some(pid)
            };
            let pid = cluster.poll_until("a new worker", LONG, new).unwrap();
            last = pid;
            // It works by then, on most machines.
            thread::sleep(Duration::from_millis(200));
            // Its first statement may have failed, because another session has just created a role.
            if !is_alive(pid) {
                continue;
            }
            let begin = Instant::now();
            kill("TERM", pid);
            while is_alive(pid) {
                assert!(begin.elapsed() < LONG, "{what} does not stop");
                thread::sleep(Duration::from_micros(200));
            }
            times.push(begin.elapsed());
        }
    });
    assert_eq!(times.len(), stops, "{what} ends by itself");
    times.sort();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    println!(
        "{what}: {} stops, p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
    assert_left_by_themselves(cluster);
    assert_no_crash(cluster);
}

#[test]
#[ignore = "measures"]
fn serve_stops() {
    let port = serve::free_port();
    let cluster = serve::start(port);
    measure("serve", &cluster, || {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| serve::ask(port, 1000));
            }
        });
    });
}

#[test]
#[ignore = "measures"]
fn relay_stops() {
    if !relay::Redis::is_installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let redis = relay::Redis::start(directory.path(), relay::free_port());
    let cluster = relay::start(redis.port);
    measure("relay", &cluster, || relay::insert(&cluster, 2000));
}

#[test]
#[ignore = "measures"]
fn fetch_stops() {
    let http = fetch::Http::start();
    let cluster = fetch::start(true);
    let path = |number: usize| ["silent", "bytes", "never"][number % 3];
    let urls: Vec<_> = (0..300)
        .map(|number| format!("http://127.0.0.1:{}/{}", http.port, path(number)))
        .collect();
    measure("fetch", &cluster, || {
        if fetch::waiting(&cluster) < 600 {
            fetch::insert(&cluster, &urls);
        }
        thread::sleep(Duration::from_millis(100));
    });
}
