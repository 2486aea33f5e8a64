//! The end of an executor whose worker must leave.
#![forbid(unsafe_code)]

use super::events::{Events, Kind};
use crate::wait::Wake;
use std::time::{Duration, Instant};

/// Part of the stop timeout that is left for destructors, and its longest time.
const RESERVE: u32 = 4;
const LONGEST_RESERVE: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Stop {
    /// When to drop main, once the worker must leave.
    deadline: Option<Instant>,
    terminating: bool,
    for_database: bool,
}

impl Stop {
    /// The worker must leave. Called after each wait that says so.
    pub(super) fn begin(&mut self, wake: Wake, budget: Duration, events: &Events) {
        self.terminating |= wake.terminating();
        if wake.database_wanted() {
            self.for_database = true;
            events.happened(Kind::DatabaseWanted);
        }
        if self.deadline.is_some() {
            return;
        }
        let reserve = (budget / RESERVE).min(LONGEST_RESERVE);
        let now = Instant::now();
        let time = if events.someone_finishes() {
            budget - reserve
        } else {
            Duration::ZERO
        };
        self.deadline = Some(now.checked_add(time).unwrap_or(now));
        events.happened(Kind::Stopping);
    }

    /// Returns whether main has to be dropped.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|end| Instant::now() >= end)
    }

    /// Returns whether SIGTERM has arrived, after which the server does not wait.
    pub(super) fn terminating(&self) -> bool {
        self.terminating
    }

    /// Returns whether another session wants the database.
    pub(super) fn for_database(&self) -> bool {
        self.for_database
    }

    /// Returns the time that main may sleep.
    pub(super) fn left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    }
}
