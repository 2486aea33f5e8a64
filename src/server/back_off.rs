//! The state of a worker that [backs off](crate::Restart::backoff), and the pause that results from
//! it.
#![forbid(unsafe_code)]

use crate::ffi;
use crate::server::text::Name;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The intervals, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackOff {
    pub(crate) first: u32,
    pub(crate) most: u32,
}

impl BackOff {
    /// Returns the time that the server waits before each start.
    fn first(self) -> Duration {
        Duration::from_secs(self.first.into())
    }

    /// Returns the length of a run that resets the back-off.
    fn good_run(self) -> Duration {
        Duration::from_secs(self.most.min(60).into())
    }

    /// Returns the rest of the interval after `failures` short runs in a row, when the server has
    /// restarted the worker.
    fn pause(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let interval = (u64::from(self.first) << doublings).min(self.most.into());
        Duration::from_secs(interval - u64::from(self.first))
    }
}

/// The state of one worker. Only the current process of the worker writes it. All zeros is the
/// state of a worker that has never run.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The time when main was called, in tenths of a second. 0 if the last run must not be judged.
    began: AtomicU32,
    /// The number of short runs in a row.
    pub(crate) failures: AtomicU32,
}

impl Record {
    /// Records the start of a process. Returns the time to wait before main.
    pub(crate) fn start(&self, plan: BackOff, now: u32) -> Duration {
        let began = self.began.swap(0, Relaxed);
        let mut failures = self.failures.load(Relaxed);
        if began != 0 {
            // The time since main was called contains the run, and the time that the server waited.
            let long = tenths(plan.first() + plan.good_run());
            failures = if now.saturating_sub(began) < long {
                failures.saturating_add(1)
            } else {
                0
            };
            self.failures.store(failures, Relaxed);
        }
        plan.pause(failures)
    }

    pub(crate) fn begin(&self, now: u32) {
        self.began.store(now.max(1), Relaxed);
    }

    /// Resets the state, so that the next process starts like the first one.
    pub(crate) fn forget(&self) {
        self.failures.store(0, Relaxed);
        self.began.store(0, Relaxed);
    }
}

/// A worker that backs off. The postmaster makes the list of them while preloading, and the workers
/// inherit it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) name: Name,
    pub(crate) argument: ffi::Datum,
    pub(crate) plan: BackOff,
    pub(crate) record: &'static Record,
}

impl Known {
    pub(crate) fn is(&self, name: &[u8], argument: ffi::Datum, interval: c_int) -> bool {
        self.name.bytes() == name
            && self.argument == argument
            && self.plan.first() == Duration::from_secs(interval.unsigned_abs().into())
    }
}

/// Converts a time into tenths of a second, the unit of a record.
pub(crate) fn tenths(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / 100).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan() -> BackOff {
        BackOff {
            first: 1,
            most: 300,
        }
    }

    #[test]
    fn intervals_double_up_to_the_limit() {
        let plan = BackOff { first: 2, most: 15 };
        let intervals: Vec<u64> = (0..7)
            .map(|failures| (plan.first() + plan.pause(failures)).as_secs())
            .collect();
        assert_eq!(intervals, [2, 2, 4, 8, 15, 15, 15]);
        assert_eq!(plan.pause(u32::MAX).as_secs(), 13);
        let longest = BackOff {
            first: u32::MAX,
            most: u32::MAX,
        };
        assert!(longest.pause(u32::MAX).is_zero());
    }

    /// Returns the start times of a worker whose runs take `run` tenths of a second, with the
    /// pauses of the server and of the back-off.
    fn starts(record: &Record, run: u32, until: u32) -> Vec<u32> {
        let mut now = 1;
        let mut starts = Vec::new();
        while now < until {
            now += tenths(record.start(plan(), now));
            record.begin(now);
            starts.push(now);
            now += run + tenths(plan().first());
        }
        starts
    }

    #[test]
    fn immediate_failures_are_spaced_out() {
        let starts = starts(&Record::default(), 0, 36_000);
        let first_minute = starts.iter().filter(|start| **start < 600).count();
        assert!(first_minute <= 10, "{starts:?}");
        let late: Vec<u32> = starts
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap >= 3000)
            .collect();
        // The interval reaches 300 s within the first ten minutes of the hour.
        assert!(late.len() >= 9, "{starts:?}");
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= 3000));
    }

    #[test]
    fn long_run_resets_the_backoff() {
        let record = Record::default();
        starts(&record, 0, 6000);
        assert!(record.failures.load(Relaxed) > 5);
        let starts = starts(&record, 600, 36_000);
        assert_eq!(record.failures.load(Relaxed), 0);
        assert!(
            starts
                .windows(2)
                .skip(1)
                .all(|pair| pair[1] - pair[0] == 610)
        );
    }

    #[test]
    fn kill_during_backoff_keeps_backoff() {
        let record = Record::default();
        starts(&record, 0, 600);
        let pause = record.start(plan(), 700);
        assert!(!pause.is_zero());
        assert_eq!(record.start(plan(), 99_000), pause);
    }

    #[test]
    fn sigterm_resets_the_backoff() {
        let record = Record::default();
        starts(&record, 0, 600);
        record.forget();
        assert_eq!(record.start(plan(), 601), Duration::ZERO);
    }

    proptest! {
        /// This holds for runs of any length.
        #[test]
        fn no_minute_has_more_than_ten_runs(runs in prop::collection::vec(prop_oneof![0..5_u32, 0..700_u32], 1..100)) {
            let record = Record::default();
            let (mut now, mut starts) = (1, Vec::new());
            for run in runs {
                now += tenths(record.start(plan(), now));
                record.begin(now);
                starts.push(now);
                now += run + tenths(plan().first());
            }
            for (at, start) in starts.iter().enumerate() {
                let minute = starts[at..].iter().take_while(|later| **later < start + 600);
                prop_assert!(minute.count() <= 10, "{:?}", starts);
            }
        }
    }
}
