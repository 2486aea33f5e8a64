//! Reading the state of workers from a server.

use pg_scratch::{Error, Result};
use postgres::{Client, NoTls};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// The function is found by its symbol, because its schema is that of the extension. Only
/// superusers can create functions in C (13), so the function is what it seems to be.
const FIND: &str = "select pg_catalog.quote_ident(n.nspname)
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.prosrc = 'bgworker_function_worker_status' and p.proname = 'worker_status'
    and p.pronargs = 0 and p.prolang = 13
    and pg_catalog.has_schema_privilege(n.oid, 'usage')
    and pg_catalog.has_function_privilege(p.oid, 'execute')
    order by p.oid desc";

/// A connection to the server.
pub(super) struct Source {
    client: Client,
    statement: String,
}

impl Worker {
    /// Replaces what a terminal would obey: any role can choose a name or a message.
    fn without_controls(mut self) -> Self {
        let always = [&mut self.library, &mut self.name, &mut self.state];
        let sometimes = [
            &mut self.database,
            &mut self.last_exit,
            &mut self.last_error,
            &mut self.last_error_sqlstate,
        ];
        for text in always.into_iter().chain(sometimes.into_iter().flatten()) {
            *text = text.replace(char::is_control, " ");
        }
        self
    }
}

/// The workers at one moment.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) at: Instant,
    pub(super) workers: Vec<Worker>,
    lines: Vec<String>,
}

/// The columns of `stat_workers` that are shown.
#[derive(Debug, Deserialize)]
pub(super) struct Worker {
    pub(super) library: String,
    pub(super) slot: i64,
    pub(super) name: String,
    pub(super) database: Option<String>,
    pub(super) pid: Option<i32>,
    pub(super) state: String,
    pub(super) restarts: i64,
    pub(super) last_exit: Option<String>,
    pub(super) last_error: Option<String>,
    pub(super) last_error_sqlstate: Option<String>,
    pub(super) waits: i64,
    pub(super) busy_time: f64,
    pub(super) idle_time: f64,
    pub(super) transactions: i64,
    pub(super) errors: i64,
    pub(super) queue_depth: Option<i64>,
    pub(super) stop_requested: bool,
    /// The age of the state and of the error in seconds, by the clock of the server.
    pub(super) state_age: Option<f64>,
    pub(super) error_age: Option<f64>,
}

impl Source {
    pub(super) fn connect(url: &str) -> Result<Self> {
        let mut config: postgres::Config = url
            .parse()
            .map_err(|error| Error::new(format!("--connect: {error}")))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("cargo bgworker top");
        let mut client = config.connect(NoTls).map_err(|error| {
            failed(&error)
                .context("could not connect")
                .help("a connection cannot be encrypted; use a socket or a local address")
        })?;
        // The owner of the database chooses the search_path, and so what an unqualified name is.
        client
            .batch_execute(
                "select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)",
            )
            .map_err(|error| failed(&error))?;
        let rows = client.query(FIND, &[]).map_err(|error| failed(&error))?;
        let Some(row) = rows.first() else {
            return Err(Error::new("this database has no function worker_status()")
                .help("put `postgres_bgworker::worker_status!();` into one of the libraries")
                .help("run the statements that `cargo bgworker inspect --sql LIBRARY` prints, or create the extension that has them"));
        };
        let schema: String = row.get(0);
        let statement = format!(
            "select row_to_json(w)::text from (select *,
                extract(epoch from now() - state_changed_at) as state_age,
                extract(epoch from now() - last_error_at) as error_age
            from {schema}.worker_status()) w"
        );
        Ok(Self { client, statement })
    }

    pub(super) fn sample(&mut self) -> Result<Sample> {
        let rows = self
            .client
            .query(&self.statement, &[])
            .map_err(|error| failed(&error).context("could not read the state of workers"))?;
        let at = Instant::now();
        let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let workers = lines.iter().map(|line| serde_json::from_str(line));
        let workers = workers
            .collect::<Result<Vec<Worker>, _>>()
            .map_err(|error| {
                Error::new(format!("could not read the state of workers: {error}"))
                    .help("the library may need another version of this command")
            })?;
        let workers = workers.into_iter().map(Worker::without_controls).collect();
        Ok(Sample { at, workers, lines })
    }
}

fn failed(error: &postgres::Error) -> Error {
    match error.as_db_error() {
        Some(error) => Error::new(error.message().replace(char::is_control, " ")),
        None => {
            let cause = std::error::Error::source(error);
            Error::new(cause.map_or_else(|| error.to_string(), ToString::to_string))
        }
    }
}

impl Sample {
    /// All columns of all workers.
    pub(super) fn json(&self) -> String {
        // JSON escapes the first controls only, and some terminals obey others.
        let escape = |line: &String| -> String {
            let characters = line.chars();
            characters
                .map(|c| match c.is_control() {
                    true => format!("\\u{:04x}", u32::from(c)),
                    false => c.to_string(),
                })
                .collect()
        };
        let lines: Vec<String> = self.lines.iter().map(escape).collect();
        format!("[{}]", lines.join(","))
    }

    /// The same worker in this sample.
    pub(super) fn find(&self, worker: &Worker) -> Option<&Worker> {
        let mut all = self.workers.iter();
        all.find(|other| other.slot == worker.slot && other.name == worker.name)
    }
}
