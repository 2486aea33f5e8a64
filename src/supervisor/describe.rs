//! What the server log says of children.
#![forbid(unsafe_code)]

use super::entry::{Entry, Millis, Notice};
use super::start::Description;
use crate::server::log_line::Level;
use crate::server::report::Report;
use std::collections::BTreeMap;
use std::time::Duration;

/// Returns the name of a worker in messages.
pub(super) fn worker(
    description: &Description,
    entry: &Entry,
    databases: &BTreeMap<u32, String>,
) -> String {
    let (child, per_database) = &description.children[entry.child as usize];
    match (*per_database, databases.get(&entry.instance)) {
        (false, _) => format!("child \"{}\"", child.number(entry.instance)),
        (true, Some(database)) => format!("child \"{}\" in database \"{database}\"", child.name),
        (true, None) => format!("child \"{}\" in database {}", child.name, entry.instance),
    }
}

/// Returns the report about the end of a run.
pub(super) fn notice(supervisor: &str, worker: &str, notice: Notice, entry: &Entry) -> Report {
    match notice {
        Notice::Pauses(pause) => Report::new(
            Level::Log,
            format!(
                "supervisor \"{supervisor}\": {worker} {}; restarting in {:?}",
                times(entry.failures),
                duration(pause)
            ),
        ),
        Notice::GaveUp => Report::new(
            Level::Warning,
            format!(
                "supervisor \"{supervisor}\": {worker} {}; giving up",
                times(entry.failures)
            ),
        )
        .detail("The supervisor starts it once per hour from now on.")
        .hint("Correct the cause of its errors. The server log has them."),
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "failed".to_string(),
        count => format!("failed {count} times in a row"),
    }
}

/// Returns a number of workers, with the noun.
pub(super) fn workers(count: usize) -> String {
    match count {
        1 => "1 worker".to_string(),
        count => format!("{count} workers"),
    }
}

fn duration(pause: Millis) -> Duration {
    Duration::from_millis(pause)
}
