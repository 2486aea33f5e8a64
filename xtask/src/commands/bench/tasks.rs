//! `--tasks`: measures async workers.

use crate::bench::{
    Driver, Growth, HTTP_ROWS, Http, Line, MISSED, NamedHttpRow, TASK_ROWS, TaskRow, measured,
    missed_rows, ratio, shown_ratio, summary, target,
};
use bgworker_cli::page::markdown;
use bgworker_cli::term::{self, Progress};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

const HEAD: [&str; 6] = ["what", "time", "compared with", "time", "ratio", "target"];

/// Why targets are missed: the beginning of a row, and a reason.
const REASONS: &[(&str, &str)] = &[
    (
        "HTTP request",
        "The worker also takes the requests from a table, stores the responses, and commits both. The client without \
         PostgreSQL does none of it.",
    ),
    (
        "the same for 1 task",
        "A single call waits until the server's thread wakes up, and then until the task's thread does. A round trip of a client waits for two processes in the same way.",
    ),
    (
        "the same for",
        "A call goes from a thread of tokio to the server's thread and back, through two queues. Less would require tasks that run on the server's \
         thread, as those of `task::run` do.",
    ),
    (
        "",
        "The machine's scheduler is part of the time: the ratio changes from run to run.",
    ),
];

/// One row: its title, that of what it is compared with, and the times in nanoseconds per
/// iteration, by run.
#[derive(Serialize)]
struct Outcome {
    title: &'static str,
    peer: Option<&'static str>,
    target: Option<f64>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Outcome {
    fn new(title: &'static str, peer: Option<&'static str>, target: Option<f64>) -> Self {
        Outcome {
            title,
            peer,
            target,
            ours: Vec::new(),
            theirs: Vec::new(),
        }
    }
}

/// The results on one server.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) major: String,
    server: String,
    runs: u32,
    rows: Vec<Outcome>,
    /// The private memory of idle workers in bytes.
    memory: Vec<(&'static str, u64)>,
}

/// Workers that connect and wait, and what they are.
const IDLE: [(&str, &str); 3] = [
    ("idle", "without an executor"),
    ("idle tasks", "on `task::run`"),
    ("idle tokio", "on `task::tokio`"),
];

/// The rows that are measured.
pub(super) struct Chosen {
    tasks: Vec<&'static TaskRow>,
    http: Vec<&'static NamedHttpRow>,
}

impl Chosen {
    /// Chooses the rows whose name contains one of these, or all.
    pub(super) fn new(only: &[String]) -> Result<Self> {
        let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part));
        let tasks = TASK_ROWS.iter().filter(|row| wanted(row.row.name));
        let http = HTTP_ROWS.iter().filter(|(_, name, ..)| wanted(name));
        let chosen = Chosen {
            tasks: tasks.collect(),
            http: http.collect(),
        };
        if chosen.tasks.is_empty() && chosen.http.is_empty() {
            let tasks = TASK_ROWS.iter().map(|row| row.row.name);
            let mut names: Vec<_> = tasks.chain(HTTP_ROWS.iter().map(|row| row.1)).collect();
            names.sort_unstable();
            names.dedup();
            return Err(
                Error::new(format!("no row name contains {}", only.join(", ")))
                    .help(format!("rows: {}", names.join(" "))),
            );
        }
        Ok(chosen)
    }
}

impl Report {
    /// Measures each row and its peer in turn.
    pub(super) fn measure(
        server: &Server,
        library: PathBuf,
        workspace: &Path,
        target: &Path,
        chosen: &Chosen,
        runs: u32,
    ) -> Result<Self> {
        let Chosen {
            tasks: rows,
            http: http_rows,
        } = chosen;
        let http = match http_rows.is_empty() {
            true => None,
            false => Some(Http::start(server, workspace, target)?),
        };
        let mut driver = Driver::start_tasks(server, library)?;
        let progress = Progress::new();
        let spinner = progress.spinner("bench");
        spinner.step(&format!("PostgreSQL {}", server.version));
        let mut tasks: Vec<Outcome> = rows
            .iter()
            .map(|row| Outcome::new(row.row.title, row.peer.map(|peer| peer.title), row.target))
            .collect();
        let mut requests: Vec<Outcome> = http_rows
            .iter()
            .map(|(_, _, title, peer, target)| Outcome::new(title, Some(peer), *target))
            .collect();
        for run in 1..=runs {
            let show = |title: &str| spinner.detail(&format!("run {run} of {runs}: {title}"));
            for (row, outcome) in rows.iter().zip(&mut tasks) {
                show(outcome.title);
                outcome.ours.extend(driver.measure(row.who, &row.row)?);
                if let Some(peer) = row.peer {
                    outcome.theirs.extend(driver.measure(row.who, &peer)?);
                }
            }
            let rows = http_rows.iter().zip(&mut requests);
            for ((row, ..), outcome) in rows {
                let Some(http) = &http else { continue };
                show(outcome.title);
                outcome.ours.push(http.ours(*row)?);
                outcome.theirs.push(http.peer(*row)?);
            }
        }
        let mut memory = Vec::new();
        for (name, title) in IDLE {
            memory.extend(driver.private_memory(name)?.map(|bytes| (title, bytes)));
        }
        driver.stop()?;
        if let Some(http) = http {
            http.stop()?;
        }
        tasks.append(&mut requests);
        Ok(Report {
            major: server.version.major.clone(),
            server: server.version.to_string(),
            runs,
            rows: tasks,
            memory,
        })
    }

    /// Formats the table for a terminal.
    pub(super) fn text(&self) -> String {
        format!(
            "PostgreSQL {}, {} runs, median ± median deviation\n{}\n{}",
            self.server,
            self.runs,
            term::table(&HEAD, &self.cells()),
            self.memory()
        )
    }

    /// Formats the table for the page.
    pub(super) fn section(&self) -> String {
        let cells = self.cells();
        let missed = cells
            .iter()
            .filter(|row| row.last().is_some_and(|cell| cell.ends_with(MISSED)));
        let missed = missed.map(|row| format!("{}, compared with {}", row[0], row[2]));
        let missed = missed.map(|row| (row.clone(), row));
        format!(
            "\n## Async workers, PostgreSQL {}\n\nRuns: {}; median ± median deviation. Each row is \
             compared with the same work done in another way.\n\n{}\n{}{}",
            self.server,
            self.runs,
            markdown(&HEAD, &cells),
            self.memory(),
            missed_rows(missed, REASONS)
        )
    }

    /// Returns how the cost of a source grows with the number of others.
    pub(super) fn growth(&self) -> Growth {
        let steps = [
            ("source_10", 10.0),
            ("source_1000", 1e3),
            ("source_10000", 1e4),
        ];
        let points = steps.iter().filter_map(|(name, others)| {
            let row = TASK_ROWS.iter().find(|row| row.row.name == *name)?;
            let outcome = self.rows.iter().find(|it| it.title == row.row.title)?;
            Some((*others, summary(&outcome.ours)?.median / 1e3))
        });
        Growth {
            title: "a socket, added and removed (µs)",
            of: "other sockets",
            lines: vec![Line {
                name: "safe layer",
                points: points.collect(),
            }],
        }
    }

    /// Says how much memory an idle worker has.
    fn memory(&self) -> String {
        let each: Vec<String> = self
            .memory
            .iter()
            .map(|(what, bytes)| format!("{:.2} MiB {what}", *bytes as f64 / 1_048_576.0))
            .collect();
        if each.is_empty() {
            return String::new();
        }
        format!("Private memory of an idle worker: {}.\n", each.join(", "))
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let cells = |outcome: &Outcome| {
            let compared = ratio(&outcome.ours, &outcome.theirs);
            let peer = |text: String| outcome.peer.map_or(String::new(), |_| text);
            vec![
                outcome.title.to_owned(),
                measured(&outcome.ours),
                outcome.peer.unwrap_or_default().to_owned(),
                peer(measured(&outcome.theirs)),
                compared.map_or(String::new(), |compared| shown_ratio(Some(compared))),
                target(outcome.target, compared),
            ]
        };
        self.rows.iter().map(cells).collect()
    }
}
