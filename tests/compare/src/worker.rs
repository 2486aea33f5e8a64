//! The worker, as the library `scripts` of the fixtures answers. Requests and answers are lines of
//! JSON.

use crate::outcome::{Failure, Outcome};
use pg_scratch::cluster::Cluster;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// The name of the socket in the data directory.
const SOCKET: &str = "scripts.sock";

/// The worker.
#[derive(Debug)]
pub(crate) struct Worker {
    listener: UnixListener,
    limit: Duration,
    stream: BufReader<UnixStream>,
}

impl Worker {
    /// Waits for the worker to connect to this process.
    pub(crate) fn connect(cluster: &Cluster, limit: Duration) -> io::Result<Self> {
        let path = cluster.data_dir().join(SOCKET);
        let listener = UnixListener::bind(&path)?;
        // The server may be another user.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777))?;
        listener.set_nonblocking(true)?;
        let stream = accept(&listener, limit)?;
        Ok(Worker {
            listener,
            limit,
            stream,
        })
    }

    /// Ends the process of the worker, and waits for the next one.
    pub(crate) fn reconnect(&mut self) -> io::Result<()> {
        self.stream.get_ref().shutdown(Shutdown::Both)?;
        self.stream = accept(&self.listener, self.limit)?;
        Ok(())
    }

    pub(crate) fn ask(&mut self, request: &Value) -> io::Result<Outcome> {
        let line = format!("{request}\n");
        self.stream.get_mut().write_all(line.as_bytes())?;
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the worker has ended"));
        }
        let answer = serde_json::from_str(&line).map_err(io::Error::other)?;
        Ok(outcome(&answer))
    }
}

fn accept(listener: &UnixListener, limit: Duration) -> io::Result<BufReader<UnixStream>> {
    let end = Instant::now() + limit;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(limit))?;
                return Ok(BufReader::new(stream));
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) if Instant::now() > end => {
                return Err(io::Error::other("the worker did not connect"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn outcome(answer: &Value) -> Outcome {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let failure = answer["sqlstate"].as_str().map(|sqlstate| Failure {
        sqlstate: sqlstate.to_owned(),
        message: text(&answer["message"]).unwrap_or_default(),
    });
    let columns = list(&answer["columns"]);
    let rows = list(&answer["rows"]);
    Outcome {
        columns: columns.iter().filter_map(text).collect(),
        rows: rows
            .iter()
            .map(|row| list(row).iter().map(text).collect())
            .collect(),
        tag: text(&answer["tag"]),
        count: answer["count"].as_u64(),
        data: text(&answer["data"]).unwrap_or_default(),
        failure,
    }
}
