//! A worker and a session run the same statements, with the same results. The library `session`
//! has the worker.

mod limits;
mod scripts;
mod snapshots;

use pg_scratch::cluster::Cluster;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use support::{LONG, cluster, library};

/// A side that runs statements.
trait Side {
    fn begin(&mut self, mode: &str) -> String;
    fn query(&mut self, sql: &str) -> String;
    /// Sends a statement whose answer comes later.
    fn send(&mut self, sql: &str);
    fn answer(&mut self) -> String;
    fn commit(&mut self) -> String;
    fn pid(&self) -> u32;
}

/// The worker.
struct Worker {
    answers: BufReader<UnixStream>,
    requests: UnixStream,
    pid: u32,
}

impl Worker {
    fn of(cluster: &Cluster) -> Self {
        let path = cluster.data_dir().join("session.sock");
        let listener = UnixListener::bind(&path).unwrap();
        // The server may be another user.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let (requests, _) = listener.accept().unwrap();
        requests.set_read_timeout(Some(LONG)).unwrap();
        let mut worker = Worker {
            answers: BufReader::new(requests.try_clone().unwrap()),
            requests,
            pid: 0,
        };
        worker.pid = worker.answer().parse().unwrap();
        worker
    }

    fn request(&mut self, request: &str) {
        let line = format!("{}\n", request.replace('\n', " "));
        self.requests.write_all(line.as_bytes()).unwrap();
    }

    fn ask(&mut self, request: &str) -> String {
        self.request(request);
        self.answer()
    }
}

impl Side for Worker {
    fn begin(&mut self, mode: &str) -> String {
        self.ask(&format!("begin {}", mode.replace(' ', "_")))
    }

    fn query(&mut self, sql: &str) -> String {
        self.ask(&format!("query {sql}"))
    }

    fn send(&mut self, sql: &str) {
        self.request(&format!("query {sql}"));
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_string()
    }

    fn commit(&mut self) -> String {
        self.ask("commit")
    }

    fn pid(&self) -> u32 {
        self.pid
    }
}

/// A session, in a thread of its own, so that a statement can wait.
struct Session {
    requests: std::sync::mpsc::Sender<String>,
    answers: std::sync::mpsc::Receiver<String>,
    pid: u32,
}

impl Session {
    fn of(cluster: &Cluster) -> Self {
        let mut client = cluster.connect().unwrap();
        let (requests, incoming) = std::sync::mpsc::channel::<String>();
        let (outgoing, answers) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for sql in incoming {
                let answer = match client.simple_query(&sql) {
                    Ok(messages) => shown(&messages),
                    Err(error) => {
                        let error = error.as_db_error().expect("an error of the server");
                        format!("Server {}: {}", error.code().code(), error.message())
                    }
                };
                if outgoing.send(answer).is_err() {
                    return;
                }
            }
        });
        let mut session = Session {
            requests,
            answers,
            pid: 0,
        };
        session.pid = session.query("select pg_backend_pid()").parse().unwrap();
        session
    }
}

fn shown(messages: &[postgres::SimpleQueryMessage]) -> String {
    let rows = messages.iter().filter_map(|message| match message {
        postgres::SimpleQueryMessage::Row(row) => {
            let fields = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL"));
            Some(fields.collect::<Vec<_>>().join("|"))
        }
        _ => None,
    });
    rows.collect::<Vec<_>>().join(";")
}

impl Side for Session {
    fn begin(&mut self, mode: &str) -> String {
        let isolation = ["repeatable read", "read committed"].contains(&mode);
        let mode = format!("{}{mode}", if isolation { "isolation level " } else { "" });
        self.query(&format!("begin {mode}"));
        "begun".into()
    }

    fn query(&mut self, sql: &str) -> String {
        self.send(sql);
        self.answer()
    }

    fn send(&mut self, sql: &str) {
        self.requests.send(sql.to_string()).unwrap();
    }

    fn answer(&mut self) -> String {
        self.answers.recv_timeout(LONG).unwrap()
    }

    fn commit(&mut self) -> String {
        let answer = self.query("commit");
        if answer.is_empty() {
            "ended".into()
        } else {
            answer
        }
    }

    fn pid(&self) -> u32 {
        self.pid
    }
}

/// Calls `check` for the session and then for the worker, with another session.
fn both(check: impl Fn(&mut dyn Side, &mut postgres::Client)) {
    let cluster = cluster()
        .preload("session", library("session"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    check(&mut Session::of(&cluster), &mut client);
    check(&mut Worker::of(&cluster), &mut client);
    support::assert_no_crash(&cluster);
}
