//! How long the turns of tasks take.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::panic::Location;
use std::time::{Duration, Instant};

/// After this many turns, the server has one.
const IN_A_ROW: u32 = 64;

/// The server has a turn after this time, even if there were few turns of tasks.
const LONG: Duration = Duration::from_millis(10);

/// Statistics are sent at most this often while tasks are ready, as sessions do.
const STATISTICS: Duration = Duration::from_secs(1);

pub(super) struct Turns {
    statistics_sent: Instant,
    in_a_row: u32,
    server_had_one: Instant,
    /// The beginning of the current turn.
    begin: Instant,
    /// The longest turn that was reported, by where the task was spawned.
    reported: HashMap<&'static Location<'static>, Duration>,
}

impl Turns {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Turns {
            statistics_sent: now,
            in_a_row: 0,
            server_had_one: now,
            begin: now,
            reported: HashMap::new(),
        }
    }

    /// Ends a turn. Returns its time if that has to be reported.
    pub(super) fn end(
        &mut self,
        location: &'static Location<'static>,
        limit: Duration,
    ) -> Option<Duration> {
        let now = Instant::now();
        let time = now - self.begin;
        self.begin = now;
        self.in_a_row += 1;
        if time <= limit {
            return None;
        }
        let known = self.reported.entry(location).or_default();
        if time < *known * 2 {
            return None;
        }
        *known = time;
        Some(time)
    }

    /// Returns whether to send statistics in a wait that does not sleep.
    pub(super) fn statistics_are_due(&mut self) -> bool {
        let due = self.begin - self.statistics_sent >= STATISTICS;
        if due {
            self.statistics_sent = self.begin;
        }
        due
    }

    pub(super) fn server_is_due(&self) -> bool {
        self.in_a_row >= IN_A_ROW || self.begin - self.server_had_one >= LONG
    }

    pub(super) fn server_had_one(&mut self) {
        let now = Instant::now();
        self.in_a_row = 0;
        self.server_had_one = now;
        self.begin = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_turns_are_reported_again_when_they_double() {
        let here = Location::caller();
        let mut turns = Turns::new();
        let mut run = |millis: u64| {
            turns.begin = Instant::now() - Duration::from_millis(millis);
            turns.end(here, Duration::from_millis(100)).is_some()
        };
        assert!(!run(50));
        assert!(run(200));
        assert!(!run(300));
        assert!(run(1000));
        assert!(!run(1500));
    }

    #[test]
    fn server_is_due_after_some_turns() {
        let here = Location::caller();
        let mut turns = Turns::new();
        for _ in 0..IN_A_ROW {
            turns.end(here, Duration::MAX);
        }
        assert!(turns.server_is_due());
        turns.server_had_one();
        assert!(!turns.server_is_due());
    }
}
