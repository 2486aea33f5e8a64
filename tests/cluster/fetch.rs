//! The example `fetch` asks a real HTTP server, which this process runs.

use pg_scratch::cluster::{Cluster, StopMode};
use postgres::Client;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;
use support::{LONG, assert_left_by_themselves, assert_no_crash, example};

/// An HTTP server. The path of a request says what it answers.
pub(crate) struct Http {
    pub(crate) port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// How often each path was asked for.
    counts: Mutex<HashMap<String, usize>>,
    /// The requests for `/together` that wait for each other.
    waiting: Mutex<usize>,
    all_here: Condvar,
}

impl Http {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let shared = seen.clone();
        thread::spawn(move || {
            for guest in listener.incoming() {
                let (guest, seen) = (guest.unwrap(), shared.clone());
                let thread = thread::Builder::new().stack_size(64 << 10);
                // A guest that goes away is no failure of the server.
                let answer = move || drop(answer(guest, &seen));
                thread.spawn(answer).unwrap();
            }
        });
        Http { port, seen }
    }

    fn count(&self, path: &str) -> usize {
        let counts = self.seen.counts.lock().unwrap();
        counts.get(path).copied().unwrap_or_default()
    }
}

/// Answers one request. Those for `/together/NUMBER/…` are answered when so many have arrived.
fn answer(guest: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut lines = BufReader::new(&guest).lines();
    let head = lines.next().transpose()?.unwrap_or_default();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let count = {
        let mut counts = seen.counts.lock().unwrap();
        let count = counts.entry(path.clone()).or_default();
        *count += 1;
        *count
    };
    let words: Vec<&str> = path.split('/').collect();
    let [_, word, ..] = words[..] else {
        // The guest has gone away before it asked.
        return Ok(());
    };
    let (status, body) = match word {
        "together" => {
            let wanted: usize = words[2].parse().unwrap();
            let mut waiting = seen.waiting.lock().unwrap();
            *waiting += 1;
            seen.all_here.notify_all();
            let all = |waiting: &mut usize| *waiting < wanted;
            drop(
                seen.all_here
                    .wait_timeout_while(waiting, LONG, all)
                    .unwrap(),
            );
            ("200 OK", vec![b'x'; 100])
        }
        "flaky" if count < 3 => ("503 Service Unavailable", Vec::new()),
        "breaks" if count < 3 => return Ok(()),
        "never" => ("500 Internal Server Error", Vec::new()),
        "elsewhere" => ("302 Found", Vec::new()),
        "long" => ("200 OK", vec![b'x'; 2 << 20]),
        "bytes" => ("200 OK", vec![0, 1, 255]),
        "silent" => {
            // Until the guest goes away.
            guest.set_read_timeout(Some(LONG))?;
            return (&guest).read(&mut [0]).map(drop);
        }
        _ => ("404 Not Found", b"none".to_vec()),
    };
    let location = "location: http://127.0.0.1/\r\n";
    let head = format!(
        "HTTP/1.1 {status}\r\n{location}content-length: {}\r\n\r\n",
        body.len()
    );
    (&guest).write_all(head.as_bytes())?;
    (&guest).write_all(&body)
}

pub(crate) fn start(allow_loopback: bool) -> Cluster {
    let allow = if allow_loopback { "on" } else { "off" };
    let builder = example("fetch")
        .setting("fetch.allow_loopback", allow)
        .setting("fetch.retry_pause", "10");
    let cluster = builder.start().unwrap();
    cluster
        .wait_for_log("making the requests of http.requests", LONG)
        .unwrap();
    cluster
}

pub(crate) fn insert(cluster: &Cluster, urls: &[String]) {
    let mut client = cluster.connect().unwrap();
    let sql = "insert into http.requests (url) select unnest($1::text[])";
    client.execute(sql, &[&urls]).unwrap();
}

/// How many requests wait or are in flight.
pub(crate) fn waiting(cluster: &Cluster) -> i64 {
    let sql = "select count(*) from http.requests where state = 'waiting'";
    let mut client = cluster.connect().unwrap();
    client.query_one(sql, &[]).unwrap().get(0)
}

fn wait_until_done(cluster: &Cluster) {
    let sql = "select count(*) = 0 from http.requests where state = 'waiting'";
    cluster.poll_query_until(sql, LONG).unwrap();
}

type Row = (
    String,
    String,
    i32,
    Option<i32>,
    Option<Vec<u8>>,
    Option<String>,
);

/// The rows, by their URLs.
fn rows(cluster: &Cluster) -> Vec<Row> {
    let mut client = cluster.connect().unwrap();
    let sql = "select url, state, attempts, status, body, error from http.requests order by id";
    let rows = client.query(sql, &[]).unwrap();
    let row = |row: &postgres::Row| {
        (
            row.get(0),
            row.get(1),
            row.get(2),
            row.get(3),
            row.get(4),
            row.get(5),
        )
    };
    rows.iter().map(row).collect()
}

#[test]
fn answers_are_stored_and_failures_are_tried_again() {
    let http = Http::start();
    let cluster = start(true);
    let at = |path: &str| format!("http://127.0.0.1:{}{path}", http.port);
    insert(
        &cluster,
        &[
            at("/bytes"),
            at("/none?q=1"),
            at("/flaky"),
            at("/breaks"),
            at("/never"),
            at("/elsewhere"),
            at("/long"),
            format!("http://localhost:{}/bytes", http.port),
            "ftp://127.0.0.1/".to_owned(),
            "not a url".to_owned(),
        ],
    );
    wait_until_done(&cluster);
    let rows = rows(&cluster);
    let short: Vec<_> = rows.iter().map(|row| (&row.1[..], row.2, row.3)).collect();
    let wanted = [
        ("done", 1, Some(200)),
        ("done", 1, Some(404)),
        // Once they work, these paths answer like any other.
        ("done", 3, Some(404)),
        ("done", 3, Some(404)),
        ("failed", 5, Some(500)),
        ("done", 1, Some(302)),
        ("failed", 5, None),
        ("done", 1, Some(200)),
        ("failed", 5, None),
        ("failed", 5, None),
    ];
    assert_eq!(short, wanted, "{rows:?}");
    assert_eq!(rows[0].4.as_deref(), Some(&[0, 1, 255][..]));
    assert_eq!(rows[1].4.as_deref(), Some(&b"none"[..]));
    assert_eq!(http.count("/never"), 5);
    assert_eq!(
        rows[8].5.as_deref(),
        Some("the URL does not begin with http://")
    );
    assert_no_crash(&cluster);
}

fn wake_by_trigger(cluster: &Cluster) -> Client {
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create function http.wake() returns trigger language c as 'fetch', 'bgworker_function_wake';
             create trigger wake after insert on http.requests execute procedure http.wake()",
        )
        .unwrap();
    client
}

/// The server answers none of them before all of them have arrived.
#[test]
fn thousand_requests_wait_at_once() {
    let http = Http::start();
    let cluster = start(true);
    let mut client = wake_by_trigger(&cluster);
    let url = |number| format!("http://127.0.0.1:{}/together/1000/{number}", http.port);
    let urls: Vec<_> = (0..1000).map(url).collect();
    insert(&cluster, &urls);
    wait_until_done(&cluster);
    let sql = "select count(*) from http.requests where state = 'done' and attempts = 1
               and octet_length(body) = 100";
    let done: i64 = client.query_one(sql, &[]).unwrap().get(0);
    assert_eq!(done, 1000);
    assert_no_crash(&cluster);
}

/// The bell rings while there is no room. The worker does not look again and again.
#[cfg(target_os = "linux")]
#[test]
fn full_worker_sleeps() {
    let http = Http::start();
    let cluster = start(true);
    wake_by_trigger(&cluster);
    let url = |number| format!("http://127.0.0.1:{}/together/1002/{number}", http.port);
    let urls: Vec<_> = (0..1000).map(url).collect();
    insert(&cluster, &urls);
    cluster
        .poll_until("1000 requests", LONG, || {
            (*http.seen.waiting.lock().unwrap() == 1000).then_some(())
        })
        .unwrap();
    insert(&cluster, &[url(1000)]);
    let path = format!("/proc/{}/stat", cluster.workers()[0].pid);
    let ticks = || -> u64 {
        let stat = std::fs::read_to_string(&path).unwrap();
        let words = stat.rsplit(')').next().unwrap().split_whitespace();
        let times = words.skip(11).take(2);
        times.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    };
    thread::sleep(Duration::from_millis(500));
    let before = ticks();
    thread::sleep(Duration::from_secs(3));
    // A busy one has 300.
    assert!(ticks() - before < 100);
    assert_eq!(*http.seen.waiting.lock().unwrap(), 1000);
    assert_no_crash(&cluster);
}

#[test]
fn addresses_that_are_not_public_are_refused() {
    let http = Http::start();
    let cluster = start(false);
    let port = http.port;
    let hosts = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("0.0.0.0:{port}"),
        format!("user@127.1:{port}"),
        format!("2130706433:{port}"),
        "10.0.0.1".to_owned(),
        "169.254.169.254".to_owned(),
        "192.168.1.1".to_owned(),
        "100.64.0.1".to_owned(),
        "[fe80::1]".to_owned(),
        "[fd00::1]".to_owned(),
        "[64:ff9b::7f00:1]".to_owned(),
        "[2002:7f00:1::]".to_owned(),
        "224.0.0.1".to_owned(),
    ];
    let urls: Vec<_> = hosts.iter().map(|host| format!("http://{host}/")).collect();
    insert(&cluster, &urls);
    wait_until_done(&cluster);
    for (url, state, _, _, _, error) in rows(&cluster) {
        assert_eq!(state, "failed", "{url}");
        let error = error.unwrap();
        // The resolver may refuse the unusual ones.
        let refused = error == "the host has no public address" || error.contains("lookup");
        assert!(refused, "{url}: {error}");
    }
    assert_eq!(http.count("/"), 0);
}

#[test]
fn fetch_stops_under_load() {
    let http = Http::start();
    let mut cluster = start(true);
    let path = |number: usize| ["silent", "bytes", "never"][number % 3];
    let url = |number| format!("http://127.0.0.1:{}/{}", http.port, path(number));
    let urls: Vec<_> = (0..600).map(url).collect();
    insert(&cluster, &urls);
    cluster
        .poll_query_until(
            "select count(*) > 0 from http.requests where state = 'done'",
            LONG,
        )
        .unwrap();
    let arrived = std::time::Instant::now();
    while http.count("/silent") == 0 && arrived.elapsed() < LONG {
        thread::sleep(std::time::Duration::from_millis(10));
    }
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
    assert!(http.count("/silent") > 0);
}
