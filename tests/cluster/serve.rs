//! The example `serve` answers HTTP requests, and stops under load.

use pg_scratch::cluster::{Cluster, StopMode};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use support::{LONG, assert_left_by_themselves, assert_no_crash, example};

pub(crate) fn free_port() -> u16 {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    door.local_addr().unwrap().port()
}

pub(crate) fn start(port: u16) -> Cluster {
    let builder = example("serve");
    let builder = builder.setting("serve.port", &port.to_string());
    let cluster = builder.start().unwrap();
    cluster.wait_for_log("serves http://", LONG).unwrap();
    cluster
}

fn connect(port: u16) -> TcpStream {
    let guest = TcpStream::connect(("127.0.0.1", port)).unwrap();
    guest.set_read_timeout(Some(LONG)).unwrap();
    guest
}

/// Sends a request and returns the answer, or `None` if the connection has ended.
fn get(guest: &mut TcpStream, path: &str) -> Option<String> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    guest.write_all(request.as_bytes()).ok()?;
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").unwrap().1;
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() >= length {
                return Some(so_far);
            }
        }
        match guest.read(&mut buffer) {
            Ok(count @ 1..) => text.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}

/// Makes requests over a connection until it ends.
pub(crate) fn ask(port: u16, requests: u32) {
    let Ok(mut guest) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    guest.set_read_timeout(Some(LONG)).unwrap();
    for _ in 0..requests {
        if get(&mut guest, "/keys/none").is_none() {
            return;
        }
    }
}

#[test]
fn keys_and_metrics_are_served() {
    let port = free_port();
    let cluster = start(port);
    let mut client = cluster.connect().unwrap();
    let sql = "insert into serve.entries values ('answer', 'forty-two'), ('it', 'naïve')";
    client.execute(sql, &[]).unwrap();
    let mut guest = connect(port);
    for (path, wanted) in [
        ("/keys/answer", "200 OK"),
        ("/keys/answer", "forty-two"),
        ("/keys/it", "naïve"),
        ("/keys/none", "404 Not Found"),
        ("/keys/a'b", "404 Not Found"),
        ("/", "404 Not Found"),
        ("/metrics", "serve_requests_total 7"),
    ] {
        let answer = get(&mut guest, path).unwrap();
        assert!(answer.contains(wanted), "{path}: {answer}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn server_stops_under_load() {
    let port = free_port();
    let mut cluster = start(port);
    let guests: Vec<_> = (0..16)
        .map(|_| {
            thread::spawn(move || {
                let mut guest = connect(port);
                let mut answers = 0_u64;
                while get(&mut guest, "/keys/none").is_some() {
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    // Garbage, and a request that never ends.
    connect(port).write_all(b"\0\r\n\r\nnonsense").unwrap();
    let mut slow = connect(port);
    slow.write_all(b"GET /metr").unwrap();
    // Some of those have been answered by then.
    for _ in 0..100 {
        get(&mut connect(port), "/metrics").unwrap();
    }
    cluster.stop(StopMode::Fast, LONG).unwrap();
    let answers: u64 = guests.into_iter().map(|guest| guest.join().unwrap()).sum();
    assert!(answers > 0);
    assert!(cluster.log().contains("leaves after "), "{}", cluster.log());
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}
