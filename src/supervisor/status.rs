//! What the supervisors of this library know of their children.
#![forbid(unsafe_code)]

use super::entry::{Entry, Phase};
use super::follow::Bar;
use crate::server::children::{Family, Place};
use crate::server::datum::Oid;
use crate::server::tokens::OnServerThread;
use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

/// What a worker of a supervisor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildState {
    /// It is to run, and waits for a slot or for its time.
    Waiting,
    /// The server was asked to start it.
    Starting,
    /// It runs.
    Running,
    /// It was asked to stop.
    Stopping,
    /// It has returned [`Exit::Done`](crate::Exit::Done), or is not to be restarted.
    Done,
    /// The supervisor has given up, and tries once per hour.
    GivenUp,
    /// Its database does not need it.
    NotNeeded,
    /// No worker can run in its database.
    Skipped,
}

impl fmt::Display for ChildState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChildState::Waiting => "waiting",
            ChildState::Starting => "starting",
            ChildState::Running => "running",
            ChildState::Stopping => "stopping",
            ChildState::Done => "done",
            ChildState::GivenUp => "given up",
            ChildState::NotNeeded => "not needed",
            ChildState::Skipped => "skipped",
        })
    }
}

/// A worker of a supervisor, as [`children`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildStatus {
    /// The name of the supervisor.
    pub supervisor: String,
    /// The name of the child.
    pub child: String,
    /// The number of the copy, from 1, of a child that is not per database.
    pub copy: Option<u32>,
    /// The database, of a child per database.
    pub database: Option<Oid>,
    /// What it does.
    pub state: ChildState,
    /// The process, if there is one.
    pub pid: Option<i32>,
    /// The number of launches since the start of the server.
    pub launches: u32,
    /// The number of failures in a row.
    pub failures: u32,
    /// Why it does not run, or the error with which it ended most recently.
    pub reason: Option<String>,
}

/// Returns all workers of the supervisors of this library, in the order of their descriptions. Any
/// process of the server can call it. It waits for no lock.
pub fn children(process: &impl OnServerThread) -> Vec<ChildStatus> {
    let families = process.server_thread().process().families.borrow();
    let mut all: Vec<(u32, ChildStatus)> = Vec::new();
    for (number, family) in (0_u32..).zip(families.iter()) {
        let used = family.table.used.load(Acquire) as usize;
        let places = (0..used).filter_map(|at| family.table.place(at));
        let statuses = places.filter_map(|place| status(family, place));
        all.extend(statuses.map(|(child, status)| (number << 16 | child, status)));
    }
    all.sort_by_key(|(order, status)| (*order, status.copy, status.database));
    all.into_iter().map(|(_, status)| status).collect()
}

fn status(family: &Family, place: &Place) -> Option<(u32, ChildStatus)> {
    let words = place.words();
    if words[5] == 0 {
        return None;
    }
    let entry = Entry::unpack(&words);
    let needs = family.children.get(entry.child as usize)?;
    let bar = Bar::text(place.reason.load(Relaxed));
    let state = match entry.phase {
        Phase::Launched => ChildState::Starting,
        Phase::Running => ChildState::Running,
        Phase::Stopping => ChildState::Stopping,
        _ if bar.is_some() => ChildState::Skipped,
        Phase::Pausing(_) if entry.given_up => ChildState::GivenUp,
        Phase::Waiting | Phase::Pausing(_) => ChildState::Waiting,
        Phase::Finished(_) => ChildState::Done,
        Phase::Absent => ChildState::NotNeeded,
    };
    let pid = place.pid.load(Relaxed);
    let text = place.text();
    let reason = bar
        .map(str::to_string)
        .or((!text.is_empty()).then_some(text));
    Some((
        entry.child,
        ChildStatus {
            supervisor: family.name.clone(),
            child: needs.name.clone(),
            copy: (!needs.per_database).then_some(entry.instance + 1),
            database: needs.per_database.then_some(Oid(entry.instance)),
            state,
            pid: (pid != 0).then_some(pid),
            launches: entry.generation,
            failures: entry.failures,
            reason,
        },
    ))
}
