//! Workers that have nothing to do.

use super::context::Context;
use crate::bench::Implementation::{self, C, Pgrx, Safe};
use crate::bench::{Cell, Driver, Growth, Line, Section, Table, private_memory, verdict, waits};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pg_scratch::cluster::Cluster;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// The numbers of workers.
const WORKERS: [usize; 5] = [1, 4, 16, 64, 256];

/// How long the wake-ups are counted.
const WATCHED: Duration = Duration::from_secs(10);

/// The memory that is allowed, as a ratio to C.
const MEMORY: f64 = 1.05;

/// The time limit for the start and the end of all workers.
const LIMIT: Duration = Duration::from_secs(60);

/// The server's own worker that waits for something to do. It has no database.
const LAUNCHER: &str = "logical replication launcher";

/// The name of a worker that a job launches.
pub(super) const CHILD: &str = "bench child";

/// What the idle workers of a library need.
#[derive(Clone, Copy)]
struct Idle {
    who: Implementation,
    workers: usize,
    /// Of one worker, in MiB.
    memory: f64,
    /// Of one worker, per minute.
    wake_ups: f64,
}

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let libraries = context.libraries;
    let mut driver = Driver::start(context.server, libraries)?;
    let mut all = Vec::new();
    for workers in WORKERS {
        for (who, _) in libraries {
            let text = format!("{workers} idle workers: {}", who.name());
            context.spinner.detail(&text);
            all.push(idle(&mut driver, *who, workers)?);
        }
    }
    let launcher = launcher(driver.cluster())?;
    driver.stop()?;
    Ok(section(&all, launcher))
}

/// Returns the private memory of the server's own worker, in MiB.
fn launcher(cluster: &Cluster) -> Result<f64> {
    let mut children = cluster.children().into_iter();
    let found = children.find(|child| child.title.contains(LAUNCHER));
    let found = found.ok_or_else(|| Error::new(format!("there is no {LAUNCHER}")))?;
    Ok(private_memory(found.pid).unwrap_or(0) as f64 / 1_048_576.0)
}

fn idle(driver: &mut Driver, who: Implementation, workers: usize) -> Result<Idle> {
    driver.begin(who, "wait", workers as u64)?;
    let children = started(driver.cluster(), workers)?;
    // They have connected, run one statement, and wait.
    std::thread::sleep(Duration::from_secs(1));
    let before: u64 = children.iter().map(|pid| waits(*pid)).sum();
    std::thread::sleep(WATCHED);
    let after: u64 = children.iter().map(|pid| waits(*pid)).sum();
    let wake_ups = after.saturating_sub(before);
    let memory: u64 = children.iter().filter_map(|pid| private_memory(*pid)).sum();
    for pid in &children {
        terminate(*pid)?;
    }
    driver.end(who, "wait")?;
    let minutes = WATCHED.as_secs_f64() / 60.0;
    Ok(Idle {
        who,
        workers,
        memory: memory as f64 / workers as f64 / 1_048_576.0,
        wake_ups: wake_ups as f64 / workers as f64 / minutes,
    })
}

/// Waits until this number of launched workers runs, and returns their processes.
pub(super) fn started(cluster: &Cluster, workers: usize) -> Result<Vec<u32>> {
    cluster.poll_until("the workers", LIMIT, || {
        let running = cluster.workers().into_iter();
        let children = running.filter(|worker| worker.title == CHILD);
        let children: Vec<u32> = children.map(|worker| worker.pid).collect();
        (children.len() == workers).then_some(children)
    })
}

pub(super) fn terminate(pid: u32) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX));
    kill(pid, Signal::SIGTERM).map_err(|e| Error::new(format!("could not signal {pid}: {e}")))
}

fn section(all: &[Idle], launcher: f64) -> Section {
    let of = |who, workers| {
        let mut each = all.iter();
        each.find(|idle| idle.who == who && idle.workers == workers)
    };
    let rows = WORKERS.map(|workers| {
        let each = [C, Safe, Pgrx].map(|who| of(who, workers));
        let mut cells = vec![
            Cell::text(workers.to_string()),
            Cell::number(launcher, format!("{launcher:.2} MiB")),
        ];
        cells.extend(each.map(|idle| {
            idle.map_or(Cell::text("-"), |idle| {
                Cell::number(idle.memory, format!("{:.2} MiB", idle.memory))
            })
        }));
        let ratio = |other: Option<&Idle>| match (each[1], other) {
            (Some(safe), Some(other)) => {
                let ratio = safe.memory / other.memory;
                Cell::number(ratio, format!("{ratio:.3}"))
            }
            _ => Cell::text("-"),
        };
        cells.extend([ratio(each[0]), ratio(each[2])]);
        cells.extend(each.map(|idle| {
            idle.map_or(Cell::text("-"), |idle| {
                Cell::number(idle.wake_ups, format!("{:.1}", idle.wake_ups))
            })
        }));
        cells.push(Cell::text(match (each[0], each[1]) {
            (Some(c), Some(safe)) => {
                let is_met = safe.memory <= MEMORY * c.memory && safe.wake_ups == 0.0;
                format!("≤ {MEMORY}, 0 {}", verdict(is_met))
            }
            _ => String::new(),
        }));
        cells
    });
    let line = |name, who| Line {
        name,
        points: WORKERS
            .iter()
            .filter_map(|workers| Some((*workers as f64, of(who, *workers)?.memory)))
            .collect(),
    };
    Section {
        reasons: &[(
            "",
            "With a single worker, pages of files that no other process has mapped count as its own.",
        )],
        title: "Idle workers",
        about: "The private memory of one worker that has connected to a database, run one statement, and waits, and how \
                often it wakes up, by the kernel's account. Pages that are shared with the postmaster do not count. \
                The limit is the server's own idle worker, the logical replication launcher, which has no database. \
                Targets: the memory is at most 1.05 times that of C, and there are no wake-ups."
            .to_owned(),
        tables: vec![Table {
            head: vec![
                "workers",
                "limit",
                "C",
                "safe",
                "pgrx",
                "safe/C",
                "safe/pgrx",
                "wake-ups per minute, C",
                "safe",
                "pgrx",
                "target",
            ],
            rows: rows.into(),
        }],
        growth: vec![Growth {
            title: "private memory of an idle worker (MiB)",
            of: "workers",
            lines: vec![line("C", C), line("safe layer", Safe), line("pgrx", Pgrx)],
        }],
    }
}
