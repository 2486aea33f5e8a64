//! Finds workers that failed at each of their starts.

use super::follow::{Follower, Worker};
use pg_scratch::serverlog::Line;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How much later than its start a process may be seen. So a failed run may be longer than it
/// looks, and an interrupted one must be that much longer than the failed ones.
const SEEN_LATE: Duration = Duration::from_secs(1);

/// A worker that never worked.
pub(super) struct Failure {
    pub(super) what: String,
    /// Its errors, each one once.
    pub(super) log: Vec<String>,
}

/// Returns the workers that failed at each start.
///
/// A launcher may start many workers of a type, and some may fail. So they are judged together.
pub(super) fn failures(seen: &Follower) -> Vec<Failure> {
    let mut groups: BTreeMap<&str, Vec<&Worker>> = BTreeMap::new();
    for worker in seen.workers.values() {
        let kind = worker.kind.as_deref().unwrap_or(&worker.name);
        let of_its_own = seen.fixed.contains(&worker.name);
        let group = if of_its_own { &worker.name } else { kind };
        groups.entry(group).or_default().push(worker);
    }
    let groups = groups.into_iter();
    groups
        .filter_map(|(name, runs)| failure(name, &runs))
        .collect()
}

fn failure(name: &str, runs: &[&Worker]) -> Option<Failure> {
    let failed: Vec<_> = runs.iter().filter(|run| run.failed.is_some()).collect();
    let longest = failed.iter().map(|run| run.ran).max()?;
    let good = |run: &&Worker| run.failed.is_none() && !too_young(run, longest);
    if runs.iter().any(good) {
        return None;
    }
    let starts = match (failed.len(), runs.len()) {
        (1, 1) => "its only start".to_owned(),
        (failed, all) if failed == all => format!("each of its {all} starts"),
        (failed, all) => {
            let others = match all - failed {
                1 => "the last one was",
                _ => "the others were",
            };
            format!("{failed} of {all} starts; {others} stopped too early to tell")
        }
    };
    let mut told = BTreeSet::new();
    let lines = failed.iter().filter_map(|run| run.failed.clone());
    Some(Failure {
        what: format!("worker {name:?} failed at {starts}"),
        log: lines.filter(|line| told.insert(message(line))).collect(),
    })
}

/// A worker that was stopped before the others failed proves nothing.
fn too_young(run: &Worker, longest: Duration) -> bool {
    let stopped = |how: &String| how.starts_with("stopped on request");
    run.ended.as_ref().is_none_or(stopped) && run.ran <= longest + SEEN_LATE
}

/// Returns the first line of an error, without its time and its process.
fn message(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    Line::parse(line).map_or_else(|| line.to_owned(), |line| line.message.to_owned())
}
