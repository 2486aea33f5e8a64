//! How soon the workers of a supervisor follow extensions and databases, and what many databases
//! cost.

use super::context::Context;
use crate::bench::{
    Cell, Growth, Line, Section, Table, build_c, build_examples, percentile, private_memory,
    processor_time, verdict,
};
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use postgres::Client;
use std::path::Path;
use std::time::{Duration, Instant};

/// The numbers of databases. Each takes 8 MB of the disk.
const DATABASES: [usize; 3] = [10, 100, 1000];

/// The time of a supervisor that is allowed, as a ratio to C.
const MOST: f64 = 1.1;

/// The repetitions of each statement.
const RUNS: usize = 200;

const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let server = context.server;
    let target = context.target();
    let root = &context.workspace.workspace_root;
    let library = build_examples(server, root, &target, &["supervisor"])?.remove(0);
    let in_c = build_c(server, &root.join("benches/visits"), &target, "visits")?;
    context.spinner.detail("extensions and databases");
    let statements = statements(server, &library)?;
    let mut rows = Vec::new();
    let mut first_looks = Vec::new();
    for databases in DATABASES {
        context.spinner.detail(&format!("{databases} databases"));
        let visits = many(server, &library, &in_c, databases)?;
        for one in &visits {
            first_looks.push(one.point());
            let mut others = visits.iter();
            let in_c = others.find(|other| other.launcher == "C" && other.slots == one.slots);
            rows.push(one.cells(in_c.filter(|_| one.launcher != "C")));
        }
    }
    let line = |name| Line {
        name,
        points: first_looks
            .iter()
            .filter(|(who, slots, ..)| *who == name && *slots == SLOTS)
            .map(|(_, _, databases, took)| (*databases, *took))
            .collect(),
    };
    Ok(Section {
        reasons: &[(
            "",
            "The time is that of starting the server and one process for each database, which the processors of the \
             machine limit. In addition to the work of C, the supervisor keeps the state of each database for its \
             view. Each time was measured once.",
        )],
        title: "Databases that a supervisor serves",
        about: "The time from a statement to its effect on `pg_stat_activity`, which includes the commit and the start \
                of a process. Then the server starts with a supervisor that visits each of many databases once, and with \
                a launcher in C that does the same, once each; the time begins with the start of the server. Commits do \
                not wait for the disk."
            .to_owned(),
        tables: vec![
            Table {
                head: vec!["statement", "runs", "p50", "p99", "most"],
                rows: statements,
            },
            Table {
                head: vec![
                    "databases",
                    "workers at a time",
                    "launcher",
                    "first look at all",
                    "launches/s",
                    "CPU of 10 s idle",
                    "private memory",
                    "target",
                ],
                rows,
            },
        ],
        growth: vec![Growth {
            title: "first look at all databases (s), 8 workers at a time",
            of: "databases",
            lines: vec![line("C"), line("supervisor")],
        }],
    })
}

/// The workers at a time, besides one for each database.
const SLOTS: usize = 8;

fn builder(server: &Server, library: &Path, scenario: &str, slots: usize) -> ClusterBuilder {
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

fn statements(server: &Server, library: &Path) -> Result<Vec<Vec<Cell>>> {
    let cluster = builder(server, library, "databases", SLOTS).start()?;
    let mut client = cluster.connect()?;
    wait_for(&mut client, "postgres", 1)?;
    let (mut created, mut dropped, mut databases) = (Vec::new(), Vec::new(), Vec::new());
    let run = |client: &mut Client, sql: &str, database: &str, workers| -> Result<Duration> {
        let start = Instant::now();
        client.batch_execute(sql)?;
        wait_for(client, database, workers)?;
        Ok(start.elapsed())
    };
    for _ in 0..RUNS {
        dropped.push(run(&mut client, "drop extension plpgsql", "postgres", 0)?);
        created.push(run(&mut client, "create extension plpgsql", "postgres", 1)?);
    }
    for _ in 0..RUNS.div_ceil(10) {
        run(&mut client, "create database home", "home", 1)?;
        // It has found its extension.
        std::thread::sleep(Duration::from_millis(50));
        databases.push(run(&mut client, "drop database home", "home", 0)?);
    }
    Ok([
        ("CREATE EXTENSION to a running worker", created),
        ("DROP EXTENSION to no worker", dropped),
        ("DROP DATABASE with a worker in it", databases),
    ]
    .into_iter()
    .map(|(what, times)| quantiles(what, times))
    .collect())
}

fn wait_for(client: &mut Client, database: &str, workers: i64) -> Result<()> {
    const SQL: &str = "select count(*) from pg_stat_activity \
        where application_name = 'resident' and datname = $1";
    let statement = client.prepare(SQL)?;
    let start = Instant::now();
    while client.query_one(&statement, &[&database])?.get::<_, i64>(0) != workers {
        if start.elapsed() > LIMIT {
            return Err(Error::new(format!("not {workers} workers in {database}")));
        }
    }
    Ok(())
}

fn quantiles(what: &str, times: Vec<Duration>) -> Vec<Cell> {
    let milliseconds = times.iter().map(|time| time.as_secs_f64() * 1000.0);
    let mut times: Vec<f64> = milliseconds.collect();
    times.sort_by(f64::total_cmp);
    let mut cells = vec![Cell::text(what), Cell::text(times.len().to_string())];
    cells.extend([50, 99, 100].map(|percent| {
        let value = percentile(&times, percent);
        Cell::number(value, format!("{value:.1} ms"))
    }));
    cells
}

fn many(server: &Server, library: &Path, in_c: &Path, databases: usize) -> Result<Vec<Visits>> {
    let mut cluster = builder(server, library, "nothing", SLOTS)
        .library("visits", in_c)
        .start()?;
    let mut client = cluster.connect()?;
    for number in 0..databases {
        client.batch_execute(&format!("create database d{number}"))?;
    }
    drop(client);
    let mut rows = Vec::new();
    for slots in [SLOTS, databases] {
        for (launcher, setting, value) in [
            ("supervisor", "supervisor.run", "visits".to_owned()),
            ("C", "shared_preload_libraries", "visits".to_owned()),
        ] {
            cluster.write_setting(setting, &value)?;
            for setting in ["supervisor.slots", "visits.slots"] {
                cluster.write_setting(setting, &slots.to_string())?;
            }
            cluster.write_setting("max_worker_processes", &(slots + 10).to_string())?;
            rows.push(visits(&mut cluster, databases, slots, launcher)?);
            cluster.write_setting(
                setting,
                if launcher == "C" {
                    "supervisor"
                } else {
                    "nothing"
                },
            )?;
        }
    }
    Ok(rows)
}

/// Starts the server, and waits until each database was visited.
fn visits(
    cluster: &mut Cluster,
    databases: usize,
    slots: usize,
    launcher: &'static str,
) -> Result<Visits> {
    cluster.stop(StopMode::Fast, LIMIT)?;
    let mark = cluster.log_mark();
    // With the start of the server.
    let start = Instant::now();
    cluster.start()?;
    cluster.poll_until("a visit to each database", LIMIT, || {
        let visits = cluster.log_after(mark).matches("has visited").count();
        (visits > databases).then_some(())
    })?;
    let took = start.elapsed().as_secs_f64();
    let workers = cluster.workers();
    let found = workers.iter().find(|worker| worker.title == "tree");
    let found = found.ok_or_else(|| Error::new("the launcher has ended"))?;
    let pid = found.pid;
    let before = processor_time(pid);
    std::thread::sleep(Duration::from_secs(10));
    Ok(Visits {
        databases,
        slots,
        launcher,
        took,
        idle: processor_time(pid).saturating_sub(before),
        memory: private_memory(pid).unwrap_or(0),
    })
}

/// What it cost to visit each database.
struct Visits {
    databases: usize,
    slots: usize,
    launcher: &'static str,
    /// Seconds.
    took: f64,
    /// Milliseconds of the processor in ten seconds without a visit.
    idle: u64,
    /// Bytes.
    memory: u64,
}

impl Visits {
    fn point(&self) -> (&'static str, usize, f64, f64) {
        (self.launcher, self.slots, self.databases as f64, self.took)
    }

    /// Returns the cells of its row, compared with those of C.
    fn cells(&self, in_c: Option<&Visits>) -> Vec<Cell> {
        let launches = (self.databases + 1) as f64 / self.took;
        let memory = self.memory as f64 / 1_048_576.0;
        vec![
            Cell::text(self.databases.to_string()),
            Cell::text(self.slots.to_string()),
            Cell::text(self.launcher),
            Cell::number(self.took, format!("{:.2} s", self.took)),
            Cell::number(launches, format!("{launches:.0}")),
            Cell::number(self.idle as f64, format!("{} ms", self.idle)),
            Cell::number(memory, format!("{memory:.1} MiB")),
            Cell::text(in_c.map_or(String::new(), |in_c| {
                let ratio = self.took / in_c.took;
                let is_met = ratio <= MOST && self.idle == 0;
                format!("{ratio:.2} ≤ {MOST}, 0 ms {}", verdict(is_met))
            })),
        ]
    }
}
