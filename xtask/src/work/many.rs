//! What it costs to visit each of many databases.

use crate::bench::{
    Cell, measured, private_memory, processor_time, ratio, shown_ratio, summary, verdict,
};
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The time of a supervisor that is allowed, as a ratio to C.
const MOST: f64 = 1.1;

/// The limit of each wait.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// How long a launcher has nothing to do.
const IDLE: Duration = Duration::from_secs(10);

/// The workers at a time, besides one for each database.
pub(super) const SLOTS: usize = 8;

pub(super) fn builder(
    server: &Server,
    library: &Path,
    scenario: &str,
    slots: usize,
) -> ClusterBuilder {
    Cluster::builder(server)
        .preload("supervisor", library)
        .role("resident")
        .setting("supervisor.run", scenario)
        .setting("supervisor.slots", &slots.to_string())
        .setting("max_worker_processes", &(slots + 10).to_string())
        .setting("max_connections", "20")
        .setting("autovacuum", "off")
        .setting("log_checkpoints", "off")
}

/// The visits to each database, with so many workers at a time.
pub(super) struct Visits {
    pub(super) databases: usize,
    pub(super) slots: usize,
    /// The times of a client, in nanoseconds.
    limit: Vec<f64>,
    pub(super) in_c: Launcher,
    pub(super) supervisor: Launcher,
}

/// What one launcher needed.
#[derive(Default)]
pub(super) struct Launcher {
    /// By run, in nanoseconds.
    times: Vec<f64>,
    /// Milliseconds of the processor in ten seconds without a visit, after the first run.
    idle: u64,
    /// Bytes, after the first run.
    memory: u64,
}

/// Measures the supervisor and the launcher in C in turns, of which the first one changes.
pub(super) fn measure(
    server: &Server,
    [supervisor, in_c]: [&Path; 2],
    databases: usize,
    runs: usize,
    show: impl Fn(&str),
) -> Result<Vec<Visits>> {
    show("creating them");
    let mut cluster = builder(server, supervisor, "nothing", SLOTS)
        .library("visits", in_c)
        .start()?;
    let mut client = cluster.connect()?;
    for number in 0..databases {
        client.batch_execute(&format!("create database d{number}"))?;
    }
    drop(client);
    let mut all = Vec::new();
    for slots in [SLOTS, databases] {
        for setting in ["supervisor.slots", "visits.slots"] {
            cluster.write_setting(setting, &slots.to_string())?;
        }
        cluster.write_setting("max_worker_processes", &(slots + 10).to_string())?;
        let mut visits = Visits {
            databases,
            slots,
            limit: Vec::new(),
            in_c: Launcher::default(),
            supervisor: Launcher::default(),
        };
        for run in 1..=runs {
            show(&format!("run {run} of {runs}, {slots} workers at a time"));
            visits.limit.push(sessions(&mut cluster, databases)?);
            let mut turns = [
                (
                    "supervisor.run",
                    ["visits", "nothing"],
                    &mut visits.supervisor,
                ),
                (
                    "shared_preload_libraries",
                    ["visits", "supervisor"],
                    &mut visits.in_c,
                ),
            ];
            if run % 2 == 0 {
                turns.reverse();
            }
            for (setting, [value, after], launcher) in turns {
                cluster.write_setting(setting, value)?;
                launcher.visit(&mut cluster, databases)?;
                cluster.write_setting(setting, after)?;
            }
        }
        all.push(visits);
    }
    Ok(all)
}

/// Starts the server without a launcher, and opens a session in each database.
fn sessions(cluster: &mut Cluster, databases: usize) -> Result<f64> {
    cluster.stop(StopMode::Fast, LIMIT)?;
    let start = Instant::now();
    cluster.start()?;
    let next = AtomicUsize::new(0);
    let visit = || -> Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= databases {
                return Ok(());
            }
            cluster
                .connect_to(&format!("d{number}"))?
                .batch_execute("select 1")?;
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..SLOTS).map(|_| scope.spawn(visit)).collect();
        threads.into_iter().try_for_each(|thread| {
            let failed = |_| Err(Error::new("a thread panicked"));
            thread.join().unwrap_or_else(failed)
        })
    })?;
    Ok(start.elapsed().as_nanos() as f64)
}

impl Launcher {
    /// Starts the server, and waits until each database was visited.
    fn visit(&mut self, cluster: &mut Cluster, databases: usize) -> Result<()> {
        cluster.stop(StopMode::Fast, LIMIT)?;
        let mark = cluster.log_mark();
        let start = Instant::now();
        cluster.start()?;
        cluster.poll_until("a visit to each database", LIMIT, || {
            let visits = cluster.log_after(mark).matches("has visited").count();
            (visits > databases).then_some(())
        })?;
        self.times.push(start.elapsed().as_nanos() as f64);
        if self.times.len() > 1 {
            return Ok(());
        }
        let workers = cluster.workers();
        let found = workers.iter().find(|worker| worker.title == "tree");
        let found = found.ok_or_else(|| Error::new("the launcher has ended"))?;
        let before = processor_time(found.pid);
        thread::sleep(IDLE);
        self.idle = processor_time(found.pid).saturating_sub(before);
        self.memory = private_memory(found.pid).unwrap_or(0);
        Ok(())
    }

    /// Returns the median of the times, in seconds.
    pub(super) fn median(&self) -> Option<f64> {
        Some(summary(&self.times)?.median / 1e9)
    }
}

impl Visits {
    pub(super) fn cells(&self) -> Vec<Cell> {
        let Visits {
            in_c, supervisor, ..
        } = self;
        let time = |times: &[f64]| {
            let median = summary(times).map_or(f64::NAN, |summary| summary.median);
            Cell::number(median, measured(times))
        };
        let memory = |launcher: &Launcher| {
            let memory = launcher.memory as f64 / 1_048_576.0;
            Cell::number(memory, format!("{memory:.1} MiB"))
        };
        let idle = |launcher: &Launcher| {
            Cell::number(launcher.idle as f64, format!("{} ms", launcher.idle))
        };
        let ratio = ratio(&supervisor.times, &in_c.times);
        let launches = (self.databases + 1) as f64 / supervisor.median().unwrap_or(f64::NAN);
        let is_met = ratio.is_some_and(|ratio| ratio <= MOST) && supervisor.idle == 0;
        vec![
            Cell::text(self.databases.to_string()),
            Cell::text(self.slots.to_string()),
            Cell::text(supervisor.times.len().to_string()),
            time(&self.limit),
            time(&in_c.times),
            time(&supervisor.times),
            Cell::number(ratio.unwrap_or(f64::NAN), shown_ratio(ratio)),
            Cell::number(launches, format!("{launches:.0}")),
            idle(in_c),
            idle(supervisor),
            memory(in_c),
            memory(supervisor),
            Cell::text(format!("≤ {MOST}, 0 ms {}", verdict(is_met))),
        ]
    }
}
