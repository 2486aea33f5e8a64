//! The example `relay` sends the rows of its table to a real Redis.

use pg_scratch::cluster::{Cluster, StopMode};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{LONG, assert_left_by_themselves, assert_no_crash, example};

/// A Redis that has stored a command when it confirms it.
pub(crate) struct Redis {
    process: Child,
    pub(crate) port: u16,
}

impl Redis {
    pub(crate) fn is_installed() -> bool {
        let found = Command::new("redis-server").arg("--version").output();
        if found.is_err() {
            eprintln!("NOT TESTED: redis-server is not installed");
        }
        found.is_ok()
    }

    pub(crate) fn start(directory: &Path, port: u16) -> Self {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
            ])
            .arg("--dir")
            .arg(directory)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Redis { process, port };
        let begin = Instant::now();
        while !redis.ask("PING").is_ok_and(|answer| answer == "+PONG") {
            assert!(begin.elapsed() < LONG, "Redis does not answer");
            thread::sleep(Duration::from_millis(20));
        }
        redis
    }

    /// Sends a command, and returns the first line of the answer.
    fn ask(&self, command: &str) -> Result<String, std::io::Error> {
        let mut lines = self.lines(command)?;
        let mut line = String::new();
        lines.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn lines(&self, command: &str) -> Result<BufReader<TcpStream>, std::io::Error> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(LONG))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        Ok(BufReader::new(stream))
    }

    /// The ids of the rows in the stream, and their payloads.
    fn messages(&self) -> Vec<(i64, String)> {
        let mut lines = self.lines("XRANGE events - +").unwrap();
        let mut words = || {
            let mut head = String::new();
            lines.read_line(&mut head).unwrap();
            let count: usize = head[1..].trim_end().parse().unwrap();
            if head.starts_with('*') {
                return (count, String::new());
            }
            let mut word = vec![0; count + 2];
            lines.read_exact(&mut word).unwrap();
            word.truncate(count);
            (count, String::from_utf8(word).unwrap())
        };
        let (count, _) = words();
        let mut messages = Vec::new();
        for _ in 0..count {
            // An array of the id in the stream, and an array of four words.
            let [.., id, _, payload] = [(); 7].map(|()| words().1);
            messages.push((id.parse().unwrap(), payload));
        }
        messages
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn start(port: u16) -> Cluster {
    let builder = example("relay")
        .setting("relay.broker", &format!("127.0.0.1:{port}"))
        .setting("synchronous_commit", "on");
    let cluster = builder.start().unwrap();
    cluster
        .poll_query_until("select to_regclass('relay.outbox') is not null", LONG)
        .unwrap();
    cluster
}

pub(crate) fn insert(cluster: &Cluster, rows: u32) {
    let sql = format!(
        "insert into relay.outbox (payload) select 'message ' || n from generate_series(1, {rows}) n"
    );
    cluster.connect().unwrap().batch_execute(&sql).unwrap();
}

fn wait_until_sent(cluster: &Cluster) {
    let sql = "select count(*) = 0 from relay.outbox";
    cluster.poll_query_until(sql, LONG).unwrap();
}

#[test]
fn committed_rows_are_sent_in_order() {
    if !Redis::is_installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let redis = Redis::start(directory.path(), free_port());
    let cluster = start(redis.port);
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create function relay.wake() returns trigger language c as 'relay', 'bgworker_function_wake';
             create trigger wake after insert on relay.outbox execute procedure relay.wake();
             begin; insert into relay.outbox (payload) values ('never'); rollback;
             insert into relay.outbox (payload) values ('naïve'), (''), (E'a\\r\\nb'), (repeat('x', 100000))",
        )
        .unwrap();
    wait_until_sent(&cluster);
    insert(&cluster, 2000);
    wait_until_sent(&cluster);
    let messages = redis.messages();
    let (ids, payloads): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    assert_eq!(payloads[..3], ["naïve", "", "a\r\nb"]);
    assert_eq!(payloads[3].len(), 100_000);
    assert_eq!(payloads.len(), 2004);
    assert_eq!(payloads[2003], "message 2000");
    assert_no_crash(&cluster);
}

/// The worker is killed, which makes the server restart, and Redis is killed.
#[test]
fn no_row_is_lost_in_crashes() {
    if !Redis::is_installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(directory.path(), free_port());
    let port = redis.port;
    let cluster = start(port);
    for round in 0..4 {
        insert(&cluster, 3000);
        if round % 2 == 0 {
            // The server then ends all other processes.
            support::kill("KILL", cluster.workers().remove(0).pid);
        } else {
            drop(redis);
            insert(&cluster, 10);
            cluster
                .wait_for_log("could not send messages to", LONG)
                .unwrap();
            redis = Redis::start(directory.path(), port);
        }
        let begin = Instant::now();
        while cluster.connect().is_err() {
            assert!(begin.elapsed() < LONG, "the server does not restart");
            thread::sleep(Duration::from_millis(20));
        }
        wait_until_sent(&cluster);
    }
    let mut ids: Vec<_> = redis.messages().into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4 * 3000 + 2 * 10);
}

#[test]
fn relay_stops_under_load() {
    if !Redis::is_installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let redis = Redis::start(directory.path(), free_port());
    let mut cluster = start(redis.port);
    insert(&cluster, 100_000);
    cluster
        .wait_for_log("sending messages to the stream", LONG)
        .unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_left_by_themselves(&cluster);
    assert_no_crash(&cluster);
}
