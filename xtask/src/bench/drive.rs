//! Drives one server with all the libraries: gives jobs to its workers, one at a time.

use super::count;
use super::functions;
use super::libraries::Implementation;
use super::process;
use super::rows::Row;
use super::stats::summary;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time limit of a single measurement.
const LIMIT: Duration = Duration::from_secs(120);

/// The row that runs in sessions instead of workers.
const LOAD: &str = "load";

/// The row that runs in a session, without a worker.
const COPY_CLIENT: &str = "copy_client";

/// Returns a copy of the library that no process has loaded yet.
fn not_preloaded(who: Implementation) -> String {
    format!("{}_again", who.library())
}

/// Returns the nanoseconds of a `LOAD`, each in a new session: the dynamic linker, the magic block,
/// and `_PG_init`.
pub(crate) fn loads(cluster: &Cluster, library: &str, n: u64) -> Result<f64> {
    let statement = format!("load '{library}'");
    let mut spent = Duration::ZERO;
    for _ in 0..n {
        let mut session = cluster.connect()?;
        let begin = Instant::now();
        let answer = session.batch_execute(&statement);
        spent += begin.elapsed();
        if let Err(error) = answer.map_err(Error::from) {
            // A library of this project ends with this error after it is completely loaded.
            if !error.message().contains("must be preloaded") {
                return Err(error);
            }
        }
    }
    Ok(spent.as_nanos() as f64 / n as f64)
}

/// A server whose workers wait for jobs.
#[derive(Debug)]
pub(crate) struct Driver {
    cluster: Cluster,
    client: Client,
}

struct Client(postgres::Client);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// Busy threads, one per processor, until this is dropped.
struct Neighbours(Arc<AtomicBool>, Vec<JoinHandle<()>>);

impl Neighbours {
    fn start() -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (0..processors).map(|_| {
            let enough = Arc::clone(&enough);
            std::thread::spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        });
        let threads = threads.collect();
        Self(enough, threads)
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        for thread in self.1.drain(..) {
            // It cannot panic.
            let _ = thread.join();
        }
    }
}

impl Driver {
    /// Starts the server with these libraries, and waits until each has its worker.
    pub(crate) fn start(server: &Server, libraries: &[(Implementation, PathBuf)]) -> Result<Self> {
        Self::start_under(Vec::new(), server, libraries)
    }

    /// Starts a server with the library of async workers, and waits until both have started.
    pub(crate) fn start_tasks(server: &Server, library: PathBuf) -> Result<Self> {
        let mut driver = Self::start(server, &[(Implementation::Tasks, library)])?;
        driver.add(Implementation::Tokio)?;
        driver.ask(Implementation::Tokio, "none", 0)?;
        Ok(driver)
    }

    /// Like [`start`](Self::start), with instruction counting, which makes everything about fifty
    /// times slower.
    pub(crate) fn start_counting(
        server: &Server,
        libraries: &[(Implementation, PathBuf)],
    ) -> Result<Self> {
        Self::start_under(count::under(libraries), server, libraries)
    }

    fn start_under(
        under: Vec<String>,
        server: &Server,
        libraries: &[(Implementation, PathBuf)],
    ) -> Result<Self> {
        let builder = libraries
            .iter()
            .fold(Cluster::builder(server), |builder, (who, path)| {
                builder
                    .preload(&who.library(), path)
                    .library(&not_preloaded(*who), path)
            });
        let cluster = builder
            .under(under)
            .start_limit(LIMIT)
            .setting("max_worker_processes", "280")
            .setting("shared_buffers", "128MB")
            .setting("max_connections", "100")
            // No other process may work meanwhile.
            .setting("autovacuum", "off")
            .setting("max_wal_size", "4GB")
            .setting("checkpoint_timeout", "1h")
            // Failed calls are expected; logging them must not be measured.
            .setting("log_min_messages", "fatal")
            .start()?;
        let mut client = cluster.connect()?;
        // Workers that start before the table exists fail and restart.
        client.batch_execute(
            "create schema bench;
             create unlogged table bench.target (i int, note text);
             create unlogged table bench.job (implementation text, job text, n bigint, ns bigint)",
        )?;
        let mut driver = Self {
            cluster,
            client: Client(client),
        };
        for (who, _) in libraries {
            driver.add(*who)?;
            functions::create(&mut driver.client.0, *who)?;
        }
        for (who, _) in libraries {
            driver.ask(*who, "none", 0)?;
        }
        Ok(driver)
    }

    /// Returns the nanoseconds per iteration of a row; `None` if the library has no such row.
    pub(crate) fn measure(&mut self, who: Implementation, row: &Row) -> Result<Option<f64>> {
        if row.name == LOAD {
            return loads(&self.cluster, &not_preloaded(who), row.n).map(Some);
        }
        if row.name == COPY_CLIENT {
            // The client is the same one, whatever the worker is written in.
            let is_measured = who == Implementation::C;
            return is_measured
                .then(|| self.copy_from_client(row.n))
                .transpose();
        }
        if row.job.starts_with(functions::PREFIX) {
            return functions::measure(&mut self.client.0, who, row);
        }
        let _busy = row.name.ends_with("_busy").then(Neighbours::start);
        let mut measured = Vec::new();
        for _ in 0..row.times {
            let ns = self.ask(who, row.job, row.n)?;
            if ns < 0 {
                return Ok(None);
            }
            measured.push(ns as f64 / row.n as f64);
        }
        Ok(summary(&measured).map(|summary| summary.median))
    }

    /// Returns the nanoseconds of a row that this process copies to the server over its socket,
    /// like psql's `\copy`.
    fn copy_from_client(&mut self, n: u64) -> Result<f64> {
        let client = &mut self.client.0;
        client.batch_execute("truncate bench.target")?;
        let begin = Instant::now();
        let mut copy = std::io::BufWriter::with_capacity(
            64 * 1024,
            client.copy_in("copy bench.target from stdin")?,
        );
        for number in 0..n {
            writeln!(copy, "{number}\ta note of some length")
                .map_err(|error| Error::new(error.to_string()))?;
        }
        let copy = copy
            .into_inner()
            .map_err(|error| Error::new(error.to_string()))?;
        copy.finish()?;
        Ok(begin.elapsed().as_nanos() as f64 / n as f64)
    }

    /// Returns the user-mode instructions per iteration of a row, including the server's. Needs a
    /// driver that counts. One-time work cancels out in the difference between a few iterations and
    /// more of them.
    pub(crate) fn count(&mut self, who: Implementation, row: &Row) -> Result<Option<f64>> {
        let few = row.turns();
        let mut counted = [0; 3];
        // The first run fills caches and plans.
        for (turns, counted) in [few, few, 3 * few].into_iter().zip(&mut counted) {
            if self.ask(who, row.job, turns)? < 0 {
                return Ok(None);
            }
            *counted = count::take(self.cluster.data_dir())?;
        }
        let more = counted[2] as f64 - counted[1] as f64;
        Ok(Some(more / (2 * few) as f64))
    }

    /// Returns the session that gives the jobs.
    pub(crate) fn client(&mut self) -> &mut postgres::Client {
        &mut self.client.0
    }

    /// Returns the server.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Creates the place for the jobs of a worker.
    fn add(&mut self, who: Implementation) -> Result<()> {
        let job = "insert into bench.job (implementation) values ($1)";
        self.client.0.execute(job, &[&who.name()])?;
        Ok(())
    }

    /// Runs a job, and returns its nanoseconds; negative if the library has no such job.
    pub(crate) fn ask(&mut self, who: Implementation, row: &str, n: u64) -> Result<i64> {
        self.begin(who, row, n)?;
        self.end(who, row)
    }

    /// Starts a job.
    pub(crate) fn begin(&mut self, who: Implementation, row: &str, n: u64) -> Result<()> {
        let client = &mut self.client.0;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        client.execute(
            "update bench.job set job = $2, n = $3, ns = null where implementation = $1",
            &[&who.name(), &row, &n],
        )?;
        Ok(())
    }

    /// Waits for the end of a job.
    pub(crate) fn end(&mut self, who: Implementation, row: &str) -> Result<i64> {
        let client = &mut self.client.0;
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
            let query = "select ns from bench.job where implementation = $1";
            if let Some(ns) = client.query_one(query, &[&who.name()])?.get(0) {
                return Ok(ns);
            }
        }
        Err(Error::new(format!(
            "{} did not finish {row} within {} s",
            who.name(),
            LIMIT.as_secs()
        ))
        .note(format!("end of the server log:\n{}", self.cluster.log())))
    }

    /// Returns the private memory of the waiting worker with this name, in bytes.
    pub(crate) fn private_memory(&mut self, name: &str) -> Result<Option<u64>> {
        let title = format!("bench {name}");
        let mut workers = self.cluster.workers().into_iter();
        let Some(worker) = workers.find(|worker| worker.title == title) else {
            return Ok(None);
        };
        Ok(process::private_memory(worker.pid))
    }

    /// Stops the server.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.cluster.stop(StopMode::Fast, Duration::from_secs(30))?;
        Ok(())
    }
}
