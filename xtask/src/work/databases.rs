//! How soon the workers of a supervisor follow extensions and databases.

use super::context::Context;
use super::many::{self, LIMIT, SLOTS, Visits, builder};
use crate::bench::{Cell, Growth, Line, Section, Table, build_c, build_examples, percentile};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use postgres::Client;
use std::path::Path;
use std::time::{Duration, Instant};

/// The numbers of databases, and of runs. Each database takes 8 MB of the disk.
const DATABASES: [(usize, usize); 3] = [(10, 7), (100, 5), (1000, 3)];

/// The repetitions of each statement.
const RUNS: usize = 200;

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let server = context.server;
    let target = context.target();
    let root = &context.workspace.workspace_root;
    let library = build_examples(server, root, &target, &["supervisor"])?.remove(0);
    let in_c = build_c(server, &root.join("benches/visits"), &target, "visits")?;
    context.spinner.detail("extensions and databases");
    let statements = statements(server, &library)?;
    let mut visits = Vec::new();
    for (databases, runs) in DATABASES {
        let show = |text: &str| {
            let text = format!("{databases} databases: {text}");
            context.spinner.detail(&text);
        };
        visits.extend(many::measure(
            server,
            [&library, &in_c],
            databases,
            runs,
            show,
        )?);
    }
    let line = |name, of: fn(&Visits) -> &many::Launcher| Line {
        name,
        points: visits
            .iter()
            .filter(|visits| visits.slots == SLOTS)
            .filter_map(|visits| Some((visits.databases as f64, of(visits).median()?)))
            .collect(),
    };
    Ok(Section {
        reasons: &[(
            "",
            "The time is that of starting the server and one process for each database, which the processors of the \
             machine limit. In addition to the work of C, the supervisor keeps the state of each database for its \
             view.",
        )],
        title: "Databases that a supervisor serves",
        about: "The time from a statement to its effect on `pg_stat_activity`, which includes the commit and the start \
                of a process. Then the server starts with a supervisor that visits each of many databases once, and with \
                a launcher in C that does the same, in turns; the time begins with the start of the server. The limit is a \
                client that starts the server and opens a session in each database, at most 8 at a time. The \
                processor's time and the memory are those after the first run. Commits do not \
                wait for the disk."
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
                    "runs",
                    "limit",
                    "C",
                    "supervisor",
                    "supervisor/C",
                    "launches/s",
                    "CPU of 10 s idle, C",
                    "supervisor",
                    "private memory, C",
                    "supervisor",
                    "target",
                ],
                rows: visits.iter().map(Visits::cells).collect(),
            },
        ],
        growth: vec![Growth {
            title: "first look at all databases (s), 8 workers at a time",
            of: "databases",
            lines: vec![
                line("C", |visits| &visits.in_c),
                line("supervisor", |visits| &visits.supervisor),
            ],
        }],
    })
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
