//! The HTTP rows: the examples `fetch` and `serve`, next to programs outside of the server.

use super::libraries::{build_examples, cargo_build};
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The time limit of a single measurement, and of the start of a worker.
const LIMIT: Duration = Duration::from_secs(120);

/// The requests of one measurement.
const REQUESTS: u32 = 20_000;

/// The requests that wait for an answer, at most. The example has the same limit.
const IN_FLIGHT: u32 = 1000;

/// The connections of the pool.
const POOL: u32 = 4;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HttpRow {
    /// Requests that the worker makes.
    Out,
    /// Look-ups that the worker answers, for clients on this many connections.
    In(u32),
}

/// A row with its name, its title, that of its peer, and the target ratio.
pub(crate) type NamedHttpRow = (
    HttpRow,
    &'static str,
    &'static str,
    &'static str,
    Option<f64>,
);

/// All rows.
pub(crate) const HTTP_ROWS: &[NamedHttpRow] = &[
    (
        HttpRow::Out,
        "http_out",
        "HTTP request from a queue table, 1 000 in flight",
        "the same client without PostgreSQL",
        Some(1.25),
    ),
    (
        HttpRow::In(1),
        "http_in_1",
        "HTTP look-up, 1 connection",
        "axum, a pool of 4 sessions",
        None,
    ),
    (
        HttpRow::In(16),
        "http_in_16",
        "the same, 16 connections",
        "axum, a pool of 4 sessions",
        None,
    ),
    (
        HttpRow::In(64),
        "http_in_64",
        "the same, 64 connections",
        "axum, a pool of 4 sessions",
        Some(0.83),
    ),
];

/// A program that serves until this is dropped.
#[derive(Debug)]
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// Starts it. It prints its port first, and ends with its standard input.
    fn start(command: &mut Command) -> Result<Self> {
        let failed = |error| Error::io("bench-http", &error);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(failed)?;
        }
        let port = line.trim().parse();
        let port = port.map_err(|_| Error::new("bench-http has not printed its port"))?;
        Ok(Self { child, port })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // If it has ended by itself, there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with both examples, and the programs beside it.
#[derive(Debug)]
pub(crate) struct Http {
    cluster: Cluster,
    tool: PathBuf,
    slow: Program,
    pool: Program,
    port: u16,
}

impl Http {
    /// Builds the examples and the programs, and starts all of them.
    pub(crate) fn start(server: &Server, workspace: &Path, target: &Path) -> Result<Self> {
        let (fetch, serve, tool) = build(server, workspace, target)?;
        let port = free_port()?;
        let cluster = Cluster::builder(server)
            .preload("fetch", fetch)
            .preload("serve", serve)
            .role_of_library("fetch")
            .role_of_library("serve")
            .start_limit(LIMIT)
            .setting("serve.port", &port.to_string())
            .setting("fetch.allow_loopback", "on")
            .setting("max_wal_size", "4GB")
            .setting("checkpoint_timeout", "1h")
            .start()?;
        cluster.wait_for_log("serves http://", LIMIT)?;
        cluster.wait_for_log("making the requests", LIMIT)?;
        cluster.connect()?.batch_execute(
            "create function http.wake() returns trigger
                 language c as 'fetch', 'bgworker_function_wake';
             create trigger wake after insert on http.requests execute procedure http.wake();
             insert into serve.entries
                 select i, 'value of ' || i from generate_series(1, 1000) i;
             analyze serve.entries",
        )?;
        let socket = cluster.socket_dir().display();
        let session = format!("host={socket} user=postgres dbname=postgres");
        let pool = ["pool", &session, &POOL.to_string()];
        Ok(Self {
            slow: Program::start(Command::new(&tool).arg("slow"))?,
            pool: Program::start(Command::new(&tool).args(pool))?,
            cluster,
            tool,
            port,
        })
    }

    /// Returns the nanoseconds per request of the worker.
    pub(crate) fn ours(&self, row: HttpRow) -> Result<f64> {
        match row {
            HttpRow::Out => self.through_table(),
            HttpRow::In(connections) => self.load(self.port, connections),
        }
    }

    /// Returns the nanoseconds per request of the peer.
    pub(crate) fn peer(&self, row: HttpRow) -> Result<f64> {
        match row {
            HttpRow::Out => self.client("get", self.slow.port, IN_FLIGHT),
            HttpRow::In(connections) => self.load(self.pool.port, connections),
        }
    }

    /// Stops the server. The programs end with this value.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.cluster.stop(StopMode::Fast, LIMIT)?;
        Ok(())
    }

    fn load(&self, port: u16, connections: u32) -> Result<f64> {
        self.client("load", port, connections)
    }

    fn client(&self, what: &str, port: u16, at_once: u32) -> Result<f64> {
        let mut command = Command::new(&self.tool);
        let numbers = [u32::from(port), REQUESTS, at_once];
        command
            .arg(what)
            .args(numbers.map(|number| number.to_string()));
        let printed = run_checked(&mut command, "bench-http", LIMIT)?;
        let total: f64 = printed
            .trim()
            .parse()
            .map_err(|_| Error::new(format!("bench-http has printed {printed:?}")))?;
        Ok(total / f64::from(REQUESTS))
    }

    /// Puts requests into the table, and waits until all answers are stored.
    fn through_table(&self) -> Result<f64> {
        let mut session = self.cluster.connect()?;
        session.batch_execute("truncate http.requests")?;
        let insert = format!(
            "insert into http.requests (url)
             select 'http://127.0.0.1:{}/' from generate_series(1, {REQUESTS})",
            self.slow.port
        );
        let start = Instant::now();
        session.batch_execute(&insert)?;
        let waiting = session
            .prepare("select exists (select 1 from http.requests where state = 'waiting')")?;
        while session.query_one(&waiting, &[])?.get(0) {
            if start.elapsed() > LIMIT {
                return Err(Error::new("fetch has not made all requests in time"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let took = start.elapsed();
        let done = "select count(*) from http.requests where state = 'done' and body = E'ok\\n'";
        let done: i64 = session.query_one(done, &[])?.get(0);
        if done != i64::from(REQUESTS) {
            return Err(Error::new(format!("only {done} requests have an answer")));
        }
        Ok(took.as_nanos() as f64 / f64::from(REQUESTS))
    }
}

/// Returns the libraries of both examples, and the program.
fn build(server: &Server, workspace: &Path, target: &Path) -> Result<(PathBuf, PathBuf, PathBuf)> {
    let libraries = build_examples(server, workspace, target, &["fetch", "serve"])?;
    let benches = workspace.join("benches");
    cargo_build(server, &benches, target, &["--package", "bench-http"])?;
    let [fetch, serve] = libraries
        .try_into()
        .map_err(|_| Error::new("not two libraries"))?;
    Ok((fetch, serve, target.join("release/bench-http")))
}

/// Returns a port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    Ok(listener.map_err(|e| Error::io("127.0.0.1", &e))?.port())
}
