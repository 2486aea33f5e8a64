//! What a user feels, measured from end to end: jobs, wake-ups, stops, idle workers, databases, the
//! first row.

mod builds;
mod context;
mod databases;
mod first_row;
mod idle;
mod jobs;
mod load;
mod many;
mod stops;
mod wakeups;

pub(crate) use context::Context;

use crate::bench::Section;
use pg_scratch::{Error, Result};

/// A group of measurements.
pub(crate) type Measure = fn(&Context<'_>) -> Result<Section>;

const GROUPS: &[(&str, Measure)] = &[
    ("jobs", jobs::measure),
    ("wakeups", wakeups::measure),
    ("stops", stops::measure),
    ("idle", idle::measure),
    ("databases", databases::measure),
    ("builds", builds::measure),
];

/// Returns the groups whose name contains one of these, or all.
pub(crate) fn groups(only: &[String]) -> Result<Vec<&'static (&'static str, Measure)>> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part));
    let chosen: Vec<_> = GROUPS.iter().filter(|(name, _)| wanted(name)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = GROUPS.iter().map(|(name, _)| *name).collect();
        return Err(
            Error::new(format!("no group's name contains {}", only.join(", ")))
                .help(format!("groups: {}", names.join(" "))),
        );
    }
    Ok(chosen)
}
