//! Jobs that are taken from a queue in a table.

use super::context::Context;
use crate::bench::Implementation::{self, C, Pgrx, Safe};
use crate::bench::{
    Cell, Driver, Growth, Line, Section, Table, measured, ratio, shown_ratio, summary, target,
};
use pg_scratch::cluster::Cluster;
use pg_scratch::{Error, Result};
use postgres::types::Type;
use std::thread;
use std::time::Instant;

/// The jobs of one measurement.
const JOBS: i64 = 20_000;

/// Takes the next jobs that no other session has, as the workers do.
const TAKE: &str = "delete from bench.queue where id = any (array(
        select id from bench.queue order by id limit $1 for update skip locked))
    returning id, payload";

/// One row: how many jobs a transaction takes, how many workers take them, and the targets.
struct Work {
    batch: i32,
    workers: usize,
    /// The ratios to C and to a client.
    targets: [Option<f64>; 2],
}

const fn work(batch: i32, workers: usize, targets: [Option<f64>; 2]) -> Work {
    Work {
        batch,
        workers,
        targets,
    }
}

/// Those without a target show how the cost grows.
const ROWS: [Work; 8] = [
    work(1, 1, [Some(1.05), Some(0.625)]),
    work(1, 2, [None, None]),
    work(1, 4, [Some(1.05), Some(0.625)]),
    work(1, 8, [None, None]),
    work(10, 1, [None, None]),
    work(100, 1, [Some(1.03), None]),
    work(100, 4, [Some(1.03), None]),
    work(1000, 1, [None, None]),
];

/// The nanoseconds per job, by run.
#[derive(Default)]
struct Times {
    limit: Vec<f64>,
    c: Vec<f64>,
    safe: Vec<f64>,
    pgrx: Vec<f64>,
    client: Vec<f64>,
}

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let libraries = context.libraries;
    let mut driver = Driver::start(context.server, libraries)?;
    driver
        .client()
        .batch_execute("create table bench.queue (id bigint primary key, payload text not null)")?;
    let mut results: Vec<Times> = ROWS.iter().map(|_| Times::default()).collect();
    for run in 1..=context.runs {
        for (row, times) in ROWS.iter().zip(&mut results) {
            let show = |who: &str| {
                context.spinner.detail(&format!(
                    "run {run} of {}: jobs, {} in a transaction, {} workers, {who}",
                    context.runs, row.batch, row.workers
                ));
            };
            show("one statement");
            times.limit.push(one_statement(&mut driver)?);
            for (who, _) in libraries {
                show(who.name());
                let of = match who {
                    C => &mut times.c,
                    Safe => &mut times.safe,
                    Pgrx => &mut times.pgrx,
                    _ => continue,
                };
                of.push(workers(&mut driver, *who, row)?);
            }
            show("client");
            times.client.push(clients(&mut driver, row)?);
        }
    }
    driver.stop()?;
    Ok(section(&results))
}

/// Puts the jobs into the queue.
fn fill(driver: &mut Driver) -> Result<()> {
    let client = driver.client();
    client.batch_execute(&format!(
        "truncate bench.queue;
         insert into bench.queue select id, 'payload of job ' || id from generate_series(1, {JOBS}) id"
    ))?;
    client.batch_execute("vacuum analyze bench.queue")?;
    Ok(())
}

fn is_empty(driver: &mut Driver) -> Result<()> {
    let left = driver
        .client()
        .query_one("select count(*) from bench.queue", &[])?;
    match left.get::<_, i64>(0) {
        0 => Ok(()),
        left => Err(Error::new(format!("{left} jobs were not taken"))),
    }
}

/// One statement takes all jobs.
fn one_statement(driver: &mut Driver) -> Result<f64> {
    fill(driver)?;
    let start = Instant::now();
    let sql = "with taken as (delete from bench.queue returning id, payload)
        select sum(id), sum(length(payload)) from taken";
    driver.client().batch_execute(sql)?;
    let took = start.elapsed();
    is_empty(driver)?;
    Ok(took.as_nanos() as f64 / JOBS as f64)
}

fn workers(driver: &mut Driver, who: Implementation, row: &Work) -> Result<f64> {
    fill(driver)?;
    let ns = driver.ask(who, &format!("jobs_{}", row.batch), row.workers as u64)?;
    is_empty(driver)?;
    Ok(ns as f64 / JOBS as f64)
}

/// Sessions of clients take the jobs. As with the workers, the time includes their start.
fn clients(driver: &mut Driver, row: &Work) -> Result<f64> {
    fill(driver)?;
    let start = Instant::now();
    thread::scope(|scope| {
        let cluster = driver.cluster();
        let threads: Vec<_> = (0..row.workers)
            .map(|_| scope.spawn(|| client(cluster, row.batch)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let failed = |_| Err(Error::new("a thread panicked"));
            thread.join().unwrap_or_else(failed)
        })
    })?;
    let took = start.elapsed();
    is_empty(driver)?;
    Ok(took.as_nanos() as f64 / JOBS as f64)
}

/// Each statement is a transaction: one round trip takes a batch.
fn client(cluster: &Cluster, batch: i32) -> Result<()> {
    let mut client = cluster.connect()?;
    let take = client.prepare_typed(TAKE, &[Type::INT4])?;
    let mut sum = 0;
    loop {
        let jobs = client.query(&take, &[&batch])?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            sum += job.get::<_, i64>(0) as usize + job.get::<_, &str>(1).len();
        }
    }
    std::hint::black_box(sum);
    Ok(())
}

fn section(results: &[Times]) -> Section {
    let rows = ROWS.iter().zip(results).map(|(row, times)| {
        let ratios = [
            ratio(&times.safe, &times.c),
            ratio(&times.safe, &times.pgrx),
            ratio(&times.safe, &times.client),
        ];
        let mut cells = vec![
            Cell::text(row.batch.to_string()),
            Cell::text(row.workers.to_string()),
        ];
        let each = [
            &times.limit,
            &times.c,
            &times.safe,
            &times.pgrx,
            &times.client,
        ];
        cells.extend(each.map(|times| number(summary(times).map(|it| it.median), measured(times))));
        cells.extend(ratios.map(|ratio| number(ratio, shown_ratio(ratio))));
        cells.push(Cell::text(target(row.targets[0], ratios[0])));
        cells.push(Cell::text(target(row.targets[1], ratios[2])));
        cells
    });
    Section {
        reasons: &[(
            "",
            "Each job is a transaction with one statement. In addition to the work of C, the worker reports both to \
             `pg_stat_activity`, as a session does, and checks types. The ratio differs by a tenth from run to run.",
        )],
        title: "Jobs from a queue",
        about: format!(
            "The time of one of {JOBS} jobs, until the queue is empty. A transaction takes the next jobs with \
             `FOR UPDATE SKIP LOCKED`, deletes them and reads their payload. The workers are dynamic ones, and their \
             start is part of the time. A client has as many sessions, and takes a batch with each statement. The limit \
             is one statement that takes all jobs. Commits do not wait for the disk, which would cost all sides the same."
        ),
        tables: vec![Table {
            head: vec![
                "jobs per transaction",
                "workers",
                "limit",
                "C",
                "safe",
                "pgrx",
                "client",
                "safe/C",
                "safe/pgrx",
                "safe/client",
                "to C",
                "to a client",
            ],
            rows: rows.collect(),
        }],
        growth: vec![
            growth(
                results,
                "time per job (µs), 1 per transaction",
                "workers",
                |row| (row.batch == 1).then_some(row.workers as f64),
            ),
            growth(
                results,
                "time per job (µs), 1 worker",
                "jobs per transaction",
                |row| (row.workers == 1).then_some(f64::from(row.batch)),
            ),
        ],
    }
}

fn number(value: Option<f64>, shown: String) -> Cell {
    value.map_or(Cell::text("-"), |value| Cell::number(value, shown))
}

fn growth(
    results: &[Times],
    title: &'static str,
    of: &'static str,
    at: fn(&Work) -> Option<f64>,
) -> Growth {
    let line = |name, times: fn(&Times) -> &[f64]| {
        let points = ROWS
            .iter()
            .zip(results)
            .filter_map(|(row, result)| Some((at(row)?, summary(times(result))?.median / 1000.0)));
        Line {
            name,
            points: points.collect(),
        }
    };
    Growth {
        title,
        of,
        lines: vec![
            line("C", |times| &times.c),
            line("safe layer", |times| &times.safe),
            line("pgrx", |times| &times.pgrx),
            line("client", |times| &times.client),
        ],
    }
}
