//! Compares the same work in C, with the raw crate, with the safe layer and with pgrx, alternating
//! in one server and one run.

mod baseline;
mod cost;
mod count;
mod drive;
mod explanations;
mod functions;
mod growth;
mod http;
mod libraries;
mod plot;
mod process;
mod rows;
mod section;
mod stats;
mod tasks;
mod text;

pub(crate) use baseline::{KEPT, Kept};
pub(crate) use cost::{Cost, SUBJECTS, build_cost, locked_version, usage};
pub(crate) use count::valgrind;
pub(crate) use drive::{Driver, loads};
pub(crate) use explanations::{behind_pgrx, missed};
pub(crate) use growth::pictures;
pub(crate) use http::{HTTP_ROWS, Http, NamedHttpRow, free_port};
pub(crate) use libraries::{Implementation, build_c, build_examples};
pub(crate) use plot::plot;
pub(crate) use process::{private_memory, processor_time, waits};
pub(crate) use rows::{ROWS, Row};
pub(crate) use section::{Cell, Growth, Line, Section, Table};
pub(crate) use stats::{percentile, ratio, summary};
pub(crate) use tasks::{TASK_ROWS, TaskRow, YIELD};
pub(crate) use text::{MISSED, measured, missed_rows, shown_ratio, target, verdict};

use serde::Serialize;

/// The results of one row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    /// The row.
    pub(crate) row: Row,
    /// Nanoseconds per iteration, by run; empty if a library does not have the row.
    pub(crate) runs: Vec<(Implementation, Vec<f64>)>,
}

impl Outcome {
    /// Returns the runs of one library.
    pub(crate) fn of(&self, who: Implementation) -> &[f64] {
        let runs = self.runs.iter().find(|(name, _)| *name == who);
        runs.map_or(&[], |(_, runs)| runs)
    }

    /// Returns the ratio of the times of two libraries.
    pub(crate) fn ratio(&self, ours: Implementation, theirs: Implementation) -> Option<f64> {
        ratio(self.of(ours), self.of(theirs))
    }

    /// Returns whether the safe layer meets its target; `None` without a target or a measurement.
    pub(crate) fn hit(&self) -> Option<bool> {
        let ratio = self.ratio(Implementation::Safe, Implementation::C)?;
        Some(ratio <= self.row.target?)
    }
}
