//! `cargo xtask wakeups`: how long a committed row waits until a worker takes it.

use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term;
use pg_scratch::cluster::Cluster;
use pg_scratch::{Error, Result};
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Measure how long a row waits for a worker, and what waking it costs the writers
///
/// A bell that a trigger rings at commit is compared with NOTIFY to a client, and with a worker
/// that naps for a second. The time begins with the statement that inserts, so it includes the
/// commit. The throughput is that of sessions that wake a process which does nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Measure each throughput for this many seconds, three times
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    seconds: u64,
}

const WRITERS: [usize; 2] = [1, 16];
const LIMIT: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
    create table bell (at timestamptz default clock_timestamp(), taken timestamptz);
    create table notify (like bell including defaults);
    create table nap (like bell including defaults);
    create index on bell (taken) where taken is null;
    create index on notify (taken) where taken is null;
    create table quiet (like bell including defaults);
    create table idle_bell (like bell including defaults);
    create table idle_notify (like bell including defaults);
    create function ring_idle() returns trigger
        language c as 'wakeups', 'bgworker_function_ring_idle';
    create function notify_idle() returns trigger language plpgsql as
        $$ begin perform pg_notify('idle', ''); return null; end $$;
    create trigger wake after insert on idle_bell for each row execute procedure ring_idle();
    create trigger wake after insert on idle_notify for each row execute procedure notify_idle();
    create function ring() returns trigger language c as 'wakeups', 'bgworker_function_ring';
    create function notify() returns trigger language plpgsql as
        $$ begin perform pg_notify('rows', ''); return null; end $$;
    create trigger wake after insert on bell for each row execute procedure ring();
    create trigger wake after insert on notify for each row execute procedure notify();";

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let library = Workspace::read()?
        .example("wakeups")?
        .build(&server, true)?;
    let cluster = Cluster::builder(&server)
        .preload("wakeups", &library)
        .setting("autovacuum", "off")
        // As in production: a commit waits for the disk. Scratch servers turn both off.
        .setting("fsync", "on")
        .setting("synchronous_commit", "on")
        .setting("log_min_messages", "fatal")
        .start()?;
    let mut client = cluster.connect()?;
    client.batch_execute(SCHEMA)?;
    let listener = Listener::start(&cluster)?;
    let mut idle = cluster.connect()?;
    idle.batch_execute("listen idle")?;
    let mut rows = Vec::new();
    for table in ["bell", "notify", "nap"] {
        for writers in WRITERS {
            let (half, most) = latency(&cluster, table, writers)?;
            rows.push(vec![
                table.to_owned(),
                writers.to_string(),
                format!("{half:.2} ms"),
                format!("{most:.2} ms"),
            ]);
        }
    }
    let head = ["woken by", "writers", "p50", "p99"];
    anstream::println!("{}", term::table(&head, &rows));
    let mut rows = Vec::new();
    for writers in WRITERS {
        let mut ratios = [Vec::new(), Vec::new()];
        let mut last = [0.0; 3];
        for _ in 0..3 {
            for (at, table) in ["quiet", "idle_bell", "idle_notify"]
                .into_iter()
                .enumerate()
            {
                last[at] = throughput(&cluster, table, writers, args.seconds)?;
                // The messages that have come are discarded.
                while idle.notifications().iter().next()?.is_some() {}
            }
            ratios[0].push(last[1] / last[0]);
            ratios[1].push(last[2] / last[0]);
        }
        let [bell, notify] = ratios.map(|mut ratios| {
            ratios.sort_by(f64::total_cmp);
            format!("{:.2}", ratios[1])
        });
        rows.push(vec![
            writers.to_string(),
            format!("{:.0}", last[0]),
            bell,
            notify,
        ]);
    }
    let head = ["writers", "rows/s, no trigger", "with bell", "with NOTIFY"];
    anstream::println!("{}", term::table(&head, &rows));
    listener.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// A client that takes rows when it is notified.
struct Listener {
    enough: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Listener {
    fn start(cluster: &Cluster) -> Result<Self> {
        let mut client = cluster.connect()?;
        client.batch_execute("listen rows")?;
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let thread = thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let tenth = Duration::from_millis(100);
                let notified = client.notifications().timeout_iter(tenth).next()?.is_some();
                if notified {
                    // Those that have come together.
                    while client.notifications().iter().next()?.is_some() {}
                    client.batch_execute(
                        "update notify set taken = clock_timestamp() where taken is null",
                    )?;
                }
            }
            Ok(())
        });
        Ok(Listener { enough, thread })
    }

    fn stop(self) -> Result<()> {
        self.enough.store(true, Ordering::Relaxed);
        joined(self.thread)
    }
}

fn joined<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    let result = thread.join();
    result.unwrap_or_else(|_| Err(Error::new("a thread panicked")))
}

/// Runs a function in that many sessions at once.
fn in_sessions<T: Send + 'static>(
    cluster: &Cluster,
    writers: usize,
    run: impl Fn(&mut Client) -> Result<T> + Clone + Send + 'static,
) -> Result<Vec<T>> {
    let threads = (0..writers).map(|_| {
        let (mut client, run) = (cluster.connect()?, run.clone());
        Ok(thread::spawn(move || run(&mut client)))
    });
    let threads: Vec<_> = threads.collect::<Result<_>>()?;
    threads.into_iter().map(joined).collect()
}

/// Returns the median and the 99th percentile in milliseconds. The sessions insert a row each
/// 20 ms.
fn latency(cluster: &Cluster, table: &'static str, writers: usize) -> Result<(f64, f64)> {
    let each = if writers == 1 { 300 } else { 100 };
    in_sessions(cluster, writers, move |client| {
        let insert = client.prepare(&format!("insert into {table} default values"))?;
        for _ in 0..each {
            client.execute(&insert, &[])?;
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    })?;
    let all = format!("select count(*) = 0 from {table} where taken is null");
    cluster.poll_query_until(&all, LIMIT)?;
    let mut client = cluster.connect()?;
    let row = client.query_one(
        &format!(
            "select 1000 * percentile_cont(0.5) within group (order by extract(epoch from taken - at)::float8),
                    1000 * percentile_cont(0.99) within group (order by extract(epoch from taken - at)::float8)
             from {table}"
        ),
        &[],
    )?;
    client.batch_execute(&format!("truncate {table}"))?;
    Ok((row.get(0), row.get(1)))
}

/// Returns the rows per second that the sessions insert, each in a transaction.
fn throughput(cluster: &Cluster, table: &'static str, writers: usize, seconds: u64) -> Result<f64> {
    let time = Duration::from_secs(seconds);
    let begin = Instant::now();
    let rows = in_sessions(cluster, writers, move |client| {
        let insert = client.prepare(&format!("insert into {table} default values"))?;
        let mut rows = 0_u64;
        while begin.elapsed() < time {
            client.execute(&insert, &[])?;
            rows += 1;
        }
        Ok(rows)
    })?;
    let spent = begin.elapsed().as_secs_f64();
    cluster
        .connect()?
        .batch_execute(&format!("truncate {table}"))?;
    Ok(rows.iter().sum::<u64>() as f64 / spent)
}
