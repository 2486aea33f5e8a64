//! The same work in C, with the raw crate, with the safe layer and with pgrx: in one server, in one run, taking turns.

mod cost;
mod count;
mod drive;
mod kept;
mod libraries;
mod missed;
mod plot;
mod rows;
mod stats;

pub use cost::{Cost, SUBJECTS, Subject, usage};
pub use count::valgrind;
pub use drive::Driver;
pub use kept::{KEPT, Kept};
pub use libraries::Implementation;
pub use missed::{behind_pgrx, missed};
pub use plot::plot;
pub use rows::{ROWS, Row};
pub use stats::{Summary, ratio, summary};

use serde::Serialize;

/// What one row came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The row.
    pub row: Row,
    /// Nanoseconds for each one, run by run; empty where a library does not have the row.
    pub runs: Vec<(Implementation, Vec<f64>)>,
}

impl Outcome {
    /// The runs of one library.
    pub fn of(&self, who: Implementation) -> &[f64] {
        let runs = self.runs.iter().find(|(name, _)| *name == who);
        runs.map_or(&[], |(_, runs)| runs)
    }

    /// How much longer the one takes than the other.
    pub fn ratio(&self, ours: Implementation, theirs: Implementation) -> Option<f64> {
        ratio(self.of(ours), self.of(theirs))
    }

    /// Whether the safe layer is as close to C as is aimed at; `None` where nothing is aimed at, or nothing was measured.
    pub fn hit(&self) -> Option<bool> {
        let ratio = self.ratio(Implementation::Safe, Implementation::C)?;
        Some(ratio <= self.row.target?)
    }
}
