//! The time from SIGTERM to the end of a worker.

use super::context::Context;
use super::idle::{started, terminate};
use super::load::Load;
use crate::bench::Implementation::{self, C, Pgrx, Safe};
use crate::bench::{Cell, Driver, Section, Table, build_examples, percentile, verdict};
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::{Error, Result};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The stops of each row.
const STOPS: usize = 300;

/// The 99th percentile that is allowed, in milliseconds.
const MOST: f64 = 50.0;

const LIMIT: Duration = Duration::from_secs(60);

/// What a worker does when the signal comes: the job that launches it, and the words for it.
const WORK: [(&str, &str); 3] = [
    ("wait", "it waits"),
    ("jobs_1", "it takes jobs, one per transaction"),
    ("statement", "it runs a statement that takes minutes"),
];

/// The examples that start with the server, and the names of their workers.
const EXAMPLES: [(&str, &str); 6] = [
    ("heartbeat", "heartbeat"),
    ("naptime", "naptime"),
    ("worker_spi", "worker_spi worker 1"),
    ("queue", "queue 1"),
    ("fetch", "fetch"),
    ("serve", "serve"),
];

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let libraries = context.libraries;
    let mut driver = Driver::start(context.server, libraries)?;
    driver
        .client()
        .batch_execute("create table bench.queue (id bigint primary key, payload text not null)")?;
    let limit = quantiles(processes()?).map(|(cell, _)| cell);
    let mut rows = Vec::new();
    for (job, words) in WORK {
        let mut cells = vec![Cell::text(words)];
        cells.extend(limit.clone());
        let mut safe = f64::NAN;
        for who in [C, Safe, Pgrx] {
            // pgrx's handler only sets a flag, which a statement does not notice.
            let is_possible = job != "statement" || who != Pgrx;
            let is_here = libraries.iter().any(|(library, _)| *library == who);
            if !(is_possible && is_here) {
                cells.extend([Cell::text("-"), Cell::text("-")]);
                continue;
            }
            let show = |at| {
                let name = who.name();
                let text = format!("stop {at} of {STOPS}: {name}, {words}");
                context.spinner.detail(&text);
            };
            let quantiles = quantiles(launched(&mut driver, who, job, show)?);
            if who == Safe {
                safe = quantiles[1].1;
            }
            cells.extend(quantiles.map(|(cell, _)| cell));
        }
        cells.push(target(safe));
        rows.push(cells);
    }
    driver.stop()?;
    Ok(Section {
        reasons: &[],
        title: "SIGTERM to the end of a worker",
        about: format!(
            "The time from the signal until the process is gone, of {STOPS} stops each. The examples are under load: \
             jobs, requests in flight to a server that does not answer, and clients that ask as fast as they can. The \
             limit is a process that sleeps and leaves the signal to the kernel."
        ),
        tables: vec![
            Table {
                head: vec![
                    "a worker is stopped while",
                    "limit, p50",
                    "p99",
                    "C, p50",
                    "p99",
                    "safe, p50",
                    "p99",
                    "pgrx, p50",
                    "p99",
                    "target",
                ],
                rows,
            },
            Table {
                head: vec!["example", "p50", "p99", "target"],
                rows: examples(context)?,
            },
        ],
        growth: Vec::new(),
    })
}

/// Stops processes that have no handler.
fn processes() -> Result<Vec<f64>> {
    let failed = |error| Error::io("sleep", &error);
    let mut times = Vec::new();
    for _ in 0..STOPS {
        let mut child = Command::new("sleep").arg("60").spawn().map_err(failed)?;
        // It sleeps.
        std::thread::sleep(Duration::from_millis(15));
        let begin = Instant::now();
        terminate(child.id())?;
        child.wait().map_err(failed)?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

/// Stops workers that a job launches, one at a time.
fn launched(
    driver: &mut Driver,
    who: Implementation,
    job: &str,
    show: impl Fn(usize),
) -> Result<Vec<f64>> {
    const JOBS: u32 = 2_000_000;
    if job.starts_with("jobs") {
        driver.client().batch_execute(&format!(
            "truncate bench.queue;
             insert into bench.queue select id, 'payload' from generate_series(1, {JOBS}) id"
        ))?;
        driver
            .client()
            .batch_execute("vacuum analyze bench.queue")?;
    }
    let mut times = Vec::new();
    for at in 1..=STOPS {
        if at % 10 == 1 {
            show(at);
        }
        driver.begin(who, job, 1)?;
        let pid = started(driver.cluster(), 1)?[0];
        connected(driver, pid)?;
        // It works.
        std::thread::sleep(Duration::from_millis(15));
        times.push(stop(driver.cluster(), pid)?);
        driver.end(who, job)?;
    }
    Ok(times)
}

/// Waits until a worker has connected.
fn connected(driver: &mut Driver, pid: u32) -> Result<()> {
    let sql =
        "select exists (select 1 from pg_stat_activity where pid = $1 and datname is not null)";
    let pid = i32::try_from(pid).unwrap_or(0);
    let begin = Instant::now();
    while !driver.client().query_one(sql, &[&pid])?.get::<_, bool>(0) {
        if begin.elapsed() > LIMIT {
            return Err(Error::new(format!("worker {pid} has not connected")));
        }
    }
    Ok(())
}

/// Returns the milliseconds from SIGTERM until the process is gone.
fn stop(cluster: &Cluster, pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}");
    let begin = Instant::now();
    terminate(pid)?;
    while Path::new(&path).exists() {
        if begin.elapsed() > LIMIT {
            // It is not running, so this returns the error.
            return cluster.poll_until("the end of a worker", Duration::ZERO, || None);
        }
        std::thread::sleep(Duration::from_micros(50));
    }
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}

/// Stops the examples' workers, each once per turn: the server restarts a worker after a second.
fn examples(context: &Context<'_>) -> Result<Vec<Vec<Cell>>> {
    let names = EXAMPLES.map(|(name, _)| name);
    let root = &context.workspace.workspace_root;
    let libraries = build_examples(context.server, root, &context.target(), &names)?;
    let load = Load::start()?;
    let builder = names
        .iter()
        .zip(&libraries)
        .fold(Cluster::builder(context.server), |builder, (name, path)| {
            builder.preload(name, path).role_of_library(name)
        });
    let mut cluster = builder
        .setting("naptime.interval", "1s")
        .setting("worker_spi.total_workers", "1")
        .setting("queue.workers", "1")
        .setting("serve.port", &load.serve_port().to_string())
        .setting("fetch.allow_loopback", "on")
        .setting("autovacuum", "off")
        .setting("log_min_messages", "error")
        .start()?;
    let mut client = cluster.connect()?;
    for table in ["queue.jobs", "http.requests", "serve.entries"] {
        let exists = format!("select to_regclass('{table}') is not null");
        cluster.poll_query_until(&exists, LIMIT)?;
    }
    let mut times = EXAMPLES.map(|_| Vec::new());
    for turn in 1..=STOPS {
        if turn % 10 == 1 {
            let text = format!("stop {turn} of {STOPS}: the examples");
            context.spinner.detail(&text);
        }
        let begin = Instant::now();
        load.add(&mut client)?;
        for ((_, title), times) in EXAMPLES.iter().zip(&mut times) {
            let pid = cluster.poll_until(title, LIMIT, || {
                let mut workers = cluster.workers().into_iter();
                workers.find(|worker| worker.title == *title)
            });
            times.push(stop(&cluster, pid?.pid)?);
        }
        // The next turn finds workers that have started again and work.
        let turn = Duration::from_millis(1300);
        std::thread::sleep(turn.saturating_sub(begin.elapsed()));
    }
    load.stop();
    drop(client);
    cluster.stop(StopMode::Fast, LIMIT)?;
    let row = |((name, _), times): (&(&'static str, _), Vec<f64>)| {
        let mut cells = vec![Cell::text(*name)];
        let quantiles = quantiles(times);
        let most = quantiles[1].1;
        cells.extend(quantiles.map(|(cell, _)| cell));
        cells.push(target(most));
        cells
    };
    Ok(EXAMPLES.iter().zip(times).map(row).collect())
}

/// Returns the verdict on the 99th percentile.
fn target(milliseconds: f64) -> Cell {
    Cell::text(format!(
        "p99 ≤ {MOST:.0} ms {}",
        verdict(milliseconds <= MOST)
    ))
}

/// Returns the median and the 99th percentile, each also as a number.
fn quantiles(mut milliseconds: Vec<f64>) -> [(Cell, f64); 2] {
    milliseconds.sort_by(f64::total_cmp);
    [50, 99].map(|percent| {
        let value = percentile(&milliseconds, percent);
        (Cell::number(value, format!("{value:.1} ms")), value)
    })
}
