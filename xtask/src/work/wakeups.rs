//! How long a committed row waits until a worker takes it, and what waking the worker costs.

use super::context::Context;
use crate::bench::Implementation::C;
use crate::bench::{
    Cell, Driver, Section, Table, build_c, build_examples, percentile, summary, verdict,
};
use pg_scratch::cluster::Cluster;
use pg_scratch::{Error, Result};
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const WRITERS: [usize; 2] = [1, 16];
const LIMIT: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
    create table bell (at timestamptz default clock_timestamp(), taken timestamptz);
    create table notify (like bell including defaults);
    create table nap (like bell including defaults);
    create index on bell (taken) where taken is null;
    create index on notify (taken) where taken is null;
    create table quiet (like bell including defaults);
    create table idle_latch (like bell including defaults);
    create table idle_bell (like bell including defaults);
    create table idle_notify (like bell including defaults);
    create function wake_idle() returns trigger language c as 'wake', 'wake_at_commit';
    create function ring_idle() returns trigger
        language c as 'wakeups', 'bgworker_function_ring_idle';
    create function notify_idle() returns trigger language plpgsql as
        $$ begin perform pg_notify('idle', ''); return null; end $$;
    create trigger wake after insert on idle_latch for each row execute procedure wake_idle();
    create trigger wake after insert on idle_bell for each row execute procedure ring_idle();
    create trigger wake after insert on idle_notify for each row execute procedure notify_idle();
    create function ring() returns trigger language c as 'wakeups', 'bgworker_function_ring';
    create function notify() returns trigger language plpgsql as
        $$ begin perform pg_notify('rows', ''); return null; end $$;
    create trigger wake after insert on bell for each row execute procedure ring();
    create trigger wake after insert on notify for each row execute procedure notify();";

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let round_trip = round_trip(context)?;
    let server = context.server;
    let target = context.target();
    let root = &context.workspace.workspace_root;
    let library = build_examples(server, root, &target, &["wakeups"])?.remove(0);
    let in_c = build_c(server, &root.join("benches/wake"), &target, "wake")?;
    let cluster = Cluster::builder(server)
        .preload("wakeups", &library)
        .preload("wake", &in_c)
        .setting("autovacuum", "off")
        // As in production: a commit waits for the disk. Scratch servers turn both off.
        .setting("fsync", "on")
        .setting("synchronous_commit", "on")
        .setting("log_min_messages", "fatal")
        .start()?;
    let mut client = cluster.connect()?;
    client.batch_execute(SCHEMA)?;
    let listener = Listener::start(&cluster, "rows", TAKE)?;
    let waits = waits(context, &cluster, round_trip)?;
    let writers = writers(context, &cluster)?;
    listener.stop()?;
    Ok(Section {
        reasons: &[
            (
                "bell",
                "The worker and the writers share the processors of this machine. Until the worker runs, it waits for \
                 its turn.",
            ),
            (
                "",
                "The trigger runs once for each row, and the worker is woken once for each commit. The column of the latch shows what the same costs in C.",
            ),
        ],
        title: "Waking a worker",
        about: "The time from the statement that inserts a row until a worker has taken the row, so it includes the \
                commit, which waits for the disk. The bell is rung by a trigger. NOTIFY wakes a client, and the nap is \
                one second. The limit is two round trips between the latches of two processes in C, and the time of an \
                insert without a trigger, as its client sees it. The throughput is that of sessions whose trigger \
                wakes a process that does nothing, as a share of that without a trigger. Its limit is a trigger in C that \
                sets a latch when its transaction commits."
            .to_owned(),
        tables: vec![waits, writers],
        growth: Vec::new(),
    })
}

/// Returns the median and the 99th percentile of a round trip between two latches, in milliseconds.
fn round_trip(context: &Context<'_>) -> Result<[f64; 2]> {
    const TIMES: u64 = 5000;
    context.spinner.detail("round trips of latches");
    let of_c = context.libraries.iter().filter(|(who, _)| *who == C);
    let mut driver = Driver::start(context.server, &of_c.cloned().collect::<Vec<_>>())?;
    let mut ask = |row| Ok(driver.ask(C, row, TIMES)? as f64 / TIMES as f64 / 1e6);
    let result: Result<_> = ["round_trip_p50", "round_trip_p99"]
        .into_iter()
        .map(&mut ask)
        .collect();
    let result: Vec<f64> = result?;
    driver.stop()?;
    Ok([result[0], result[1]])
}

fn milliseconds(value: f64) -> Cell {
    Cell::number(value, format!("{value:.3} ms"))
}

fn waits(context: &Context<'_>, cluster: &Cluster, round_trip: [f64; 2]) -> Result<Table> {
    let mut rows = vec![vec![
        Cell::text("a latch in C, there and back"),
        Cell::text("-"),
        milliseconds(round_trip[0]),
        milliseconds(round_trip[1]),
        Cell::text(""),
    ]];
    for writers in WRITERS {
        context
            .spinner
            .detail(&format!("inserts, {writers} writers"));
        let (half, most) = inserts(cluster, writers)?;
        rows.push(vec![
            Cell::text("the insert alone"),
            Cell::text(writers.to_string()),
            milliseconds(half),
            milliseconds(most),
            Cell::text(""),
        ]);
        let limit = 2.0 * round_trip[0] + half;
        for (table, name) in [
            ("bell", "bell"),
            ("notify", "NOTIFY to a client"),
            ("nap", "nap"),
        ] {
            context
                .spinner
                .detail(&format!("{name}, {writers} writers"));
            let (half, most) = latency(cluster, table, writers)?;
            let target = match table {
                "bell" => format!("≤ {limit:.3} ms {}", verdict(half <= limit)),
                _ => String::new(),
            };
            rows.push(vec![
                Cell::text(name),
                Cell::text(writers.to_string()),
                milliseconds(half),
                milliseconds(most),
                Cell::text(target),
            ]);
        }
    }
    Ok(Table {
        head: vec!["woken by", "writers", "p50", "p99", "limit of p50"],
        rows,
    })
}

/// The seconds of one measurement of the throughput.
const SECONDS: u64 = 3;

fn writers(context: &Context<'_>, cluster: &Cluster) -> Result<Table> {
    // It discards what comes.
    let listener = Listener::start(cluster, "idle", "")?;
    let mut rows = Vec::new();
    for writers in WRITERS {
        let tables = ["idle_latch", "idle_bell", "idle_notify"];
        let mut ratios = tables.map(|_| Vec::new());
        let mut quiet = Vec::new();
        for run in 1..=context.runs {
            let show = |what: &str| {
                let text = format!("run {run} of {}: {writers} writers, {what}", context.runs);
                context.spinner.detail(&text);
            };
            show("no trigger");
            let without = throughput(cluster, "quiet", writers, SECONDS)?;
            quiet.push(without);
            for (table, ratios) in tables.into_iter().zip(&mut ratios) {
                show(table);
                ratios.push(throughput(cluster, table, writers, SECONDS)? / without);
            }
        }
        let median = |values: &Vec<f64>| summary(values).map_or(f64::NAN, |it| it.median);
        let quiet = median(&quiet);
        let [latch, bell, notify] = ratios.map(|ratios| median(&ratios));
        rows.push(vec![
            Cell::text(writers.to_string()),
            Cell::number(quiet, format!("{quiet:.0}")),
            Cell::number(latch, format!("{latch:.3}")),
            Cell::number(bell, format!("{bell:.3}")),
            Cell::number(notify, format!("{notify:.3}")),
            Cell::text(format!("≥ 0.97 {}", verdict(bell >= 0.97))),
        ]);
    }
    listener.stop()?;
    Ok(Table {
        head: vec![
            "writers",
            "rows/s, no trigger",
            "with a latch in C",
            "with a bell",
            "with NOTIFY",
            "target of the bell",
        ],
        rows,
    })
}

/// Takes the rows of the table `notify`.
const TAKE: &str = "update notify set taken = clock_timestamp() where taken is null";

/// A client that runs a statement when it is notified.
struct Listener {
    enough: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Listener {
    fn start(cluster: &Cluster, channel: &str, statement: &'static str) -> Result<Self> {
        let mut client = cluster.connect()?;
        client.batch_execute(&format!("listen {channel}"))?;
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let thread = thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let tenth = Duration::from_millis(100);
                let notified = client.notifications().timeout_iter(tenth).next()?.is_some();
                if notified {
                    // Those that have come together.
                    while client.notifications().iter().next()?.is_some() {}
                    client.batch_execute(statement)?;
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

/// Returns the median and the 99th percentile, in milliseconds, of an insert without a trigger, as
/// its client sees it.
fn inserts(cluster: &Cluster, writers: usize) -> Result<(f64, f64)> {
    let times = in_sessions(cluster, writers, |client| {
        let insert = client.prepare("insert into quiet default values")?;
        (0..200)
            .map(|_| {
                let start = Instant::now();
                client.execute(&insert, &[])?;
                let took = start.elapsed();
                thread::sleep(Duration::from_millis(20));
                Ok(took.as_secs_f64() * 1000.0)
            })
            .collect::<Result<Vec<f64>>>()
    })?;
    let mut times = times.concat();
    times.sort_by(f64::total_cmp);
    Ok((percentile(&times, 50), percentile(&times, 99)))
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
