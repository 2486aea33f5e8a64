//! The same work in C, with the raw crate, with the safe layer and with pgrx: in one server, in one run, taking turns.

mod baseline;
mod cost;
mod count;
mod drive;
mod explanations;
mod libraries;
mod plot;
mod rows;
mod stats;

pub(crate) use baseline::{KEPT, Kept};
pub(crate) use cost::{Cost, SUBJECTS, usage};
pub(crate) use count::valgrind;
pub(crate) use drive::Driver;
pub(crate) use explanations::{behind_pgrx, missed};
pub(crate) use libraries::Implementation;
pub(crate) use plot::plot;
pub(crate) use rows::{ROWS, Row};
pub(crate) use stats::{ratio, summary};

use serde::Serialize;

/// What one row came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    /// The row.
    pub(crate) row: Row,
    /// Nanoseconds for each one, run by run; empty where a library does not have the row.
    pub(crate) runs: Vec<(Implementation, Vec<f64>)>,
}

impl Outcome {
    /// The runs of one library.
    pub(crate) fn of(&self, who: Implementation) -> &[f64] {
        let runs = self.runs.iter().find(|(name, _)| *name == who);
        runs.map_or(&[], |(_, runs)| runs)
    }

    /// How much longer the one takes than the other.
    pub(crate) fn ratio(&self, ours: Implementation, theirs: Implementation) -> Option<f64> {
        ratio(self.of(ours), self.of(theirs))
    }

    /// Whether the safe layer is as close to C as is aimed at; `None` where nothing is aimed at, or nothing was measured.
    pub(crate) fn hit(&self) -> Option<bool> {
        let ratio = self.ratio(Implementation::Safe, Implementation::C)?;
        Some(ratio <= self.row.target?)
    }
}
