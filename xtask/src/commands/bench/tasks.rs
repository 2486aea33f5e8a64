//! `--tasks`: measures async workers.

use super::table;
use crate::bench::{Driver, Row, TASK_ROWS, TaskRow, ratio};
use bgworker_cli::page::markdown;
use bgworker_cli::term::{self, Progress};
use pg_scratch::Result;
use pg_scratch::servers::Server;
use serde::Serialize;
use std::path::PathBuf;

const HEAD: [&str; 6] = ["what", "time", "compared with", "time", "ratio", "target"];

/// The times of one row in nanoseconds per iteration, by run.
#[derive(Serialize)]
struct Outcome {
    row: TaskRow,
    ours: Vec<f64>,
    peer: Vec<f64>,
}

/// The results on one server.
#[derive(Serialize)]
pub(super) struct Report {
    server: String,
    runs: u32,
    rows: Vec<Outcome>,
}

impl Report {
    /// Measures each row and its peer in turn.
    pub(super) fn measure(server: &Server, library: PathBuf, runs: u32) -> Result<Self> {
        let progress = Progress::new();
        let spinner = progress.spinner("bench");
        spinner.step(&format!("PostgreSQL {}", server.version));
        let mut driver = Driver::start_tasks(server, library)?;
        let mut rows: Vec<Outcome> = TASK_ROWS
            .iter()
            .map(|row| Outcome {
                row: *row,
                ours: Vec::new(),
                peer: Vec::new(),
            })
            .collect();
        for run in 1..=runs {
            for outcome in &mut rows {
                let TaskRow { row, who, peer, .. } = outcome.row;
                spinner.detail(&format!("run {run} of {runs}: {}", row.title));
                outcome.ours.extend(driver.measure(who, &row)?);
                if let Some(peer) = peer {
                    outcome.peer.extend(driver.measure(who, &peer)?);
                }
            }
        }
        driver.stop()?;
        Ok(Report {
            server: server.version.to_string(),
            runs,
            rows,
        })
    }

    /// Formats the table for a terminal.
    pub(super) fn text(&self) -> String {
        format!(
            "PostgreSQL {}, {} runs, median ± median deviation\n{}\n",
            self.server,
            self.runs,
            term::table(&HEAD, &self.cells())
        )
    }

    /// Formats the table for the page.
    pub(super) fn section(&self) -> String {
        format!(
            "\n## Async workers, PostgreSQL {}\n\nRuns: {}; median ± median deviation. Each row is \
             compared with the same work done in another way.\n\n{}",
            self.server,
            self.runs,
            markdown(&HEAD, &self.cells())
        )
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let cells = |outcome: &Outcome| {
            let TaskRow {
                row, peer, target, ..
            } = outcome.row;
            let measured = ratio(&outcome.ours, &outcome.peer);
            vec![
                row.title.to_owned(),
                table::measured(&outcome.ours),
                peer.map_or(String::new(), |peer: Row| peer.title.to_owned()),
                peer.map_or(String::new(), |_| table::measured(&outcome.peer)),
                measured.map_or(String::new(), |measured| table::ratio(Some(measured))),
                table::target(target, measured),
            ]
        };
        self.rows.iter().map(cells).collect()
    }
}
