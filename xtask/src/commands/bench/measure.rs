//! Measures one run on one server.

use crate::bench::{Driver, Implementation, Outcome, Row};
use bgworker_cli::term::Progress;
use pg_scratch::Result;
use pg_scratch::servers::Server;
use serde::Serialize;
use std::path::PathBuf;

/// The results of one run on one server.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) major: String,
    pub(super) server: String,
    pub(super) runs: u32,
    pub(super) sizes: Vec<(Implementation, Size)>,
    pub(super) rows: Vec<Outcome>,
}

/// In bytes.
#[derive(Serialize, Clone, Copy)]
pub(super) struct Size {
    /// Size of the stripped file.
    pub(super) library: u64,
    /// Private memory of the waiting worker.
    pub(super) private_memory: Option<u64>,
}

impl Report {
    pub(super) fn measure(
        server: &Server,
        libraries: &[(Implementation, PathBuf)],
        rows: &[Row],
        runs: u32,
    ) -> Result<Self> {
        let progress = Progress::new();
        let spinner = progress.spinner("bench");
        spinner.step(&format!("PostgreSQL {}", server.version));
        let mut driver = Driver::start(server, libraries)?;
        let mut sizes = Vec::new();
        for (who, library) in libraries {
            let size = Size {
                library: std::fs::metadata(library).map_or(0, |file| file.len()),
                private_memory: driver.private_memory(who.name())?,
            };
            sizes.push((*who, size));
        }
        let nothing = || {
            libraries
                .iter()
                .map(|(who, _)| (*who, Vec::new()))
                .collect()
        };
        let mut outcomes: Vec<Outcome> = rows
            .iter()
            .map(|row| Outcome {
                row: *row,
                runs: nothing(),
            })
            .collect();
        for run in 1..=runs {
            for outcome in &mut outcomes {
                let row = outcome.row;
                spinner.detail(&format!("run {run} of {runs}: {}", row.title));
                for (who, measured) in &mut outcome.runs {
                    measured.extend(driver.measure(*who, &row)?);
                }
                // Rotates the order, so that no library is always the first.
                outcome.runs.rotate_left(1);
            }
        }
        driver.stop()?;
        Ok(Report {
            major: server.version.major.clone(),
            server: server.version.to_string(),
            runs,
            sizes,
            rows: outcomes,
        })
    }
}
