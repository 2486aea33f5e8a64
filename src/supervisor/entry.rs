//! One worker of a supervisor: what it does, and what follows from its end.
#![forbid(unsafe_code)]

/// A time on the clock of the machine since its start, or a duration, in milliseconds.
pub(crate) type Millis = u64;

/// The largest number of failures that a rule to give up can allow.
pub(crate) const MAX_FAILURES: usize = 15;

/// The pause between two starts of a child that was given up.
pub(crate) const SLOW_RETRY: Millis = 3_600_000;

/// The rules for one child of the description.
#[derive(Debug, Clone)]
pub(crate) struct ChildRules {
    /// The number of workers, of a child that is not per database.
    pub(crate) copies: u32,
    pub(crate) per_database: bool,
    /// A worker starts only if there is work for it.
    pub(crate) on_demand: bool,
    /// A child with a higher number gets a slot first.
    pub(crate) priority: i32,
    /// The shortest and the longest pause after a failure. `None`: no restart.
    pub(crate) restart: Option<(Millis, Millis)>,
    /// Gives up after more than so many failures in this time.
    pub(crate) give_up: Option<(u32, Millis)>,
    /// The time from the end of a run that was done to the next one.
    pub(crate) every: Option<Millis>,
    /// The time that a worker keeps its slot while workers in other databases wait for one.
    pub(crate) turn: Millis,
    pub(crate) on_standby: bool,
}

impl ChildRules {
    /// Returns whether workers come and go, so that those after them do not depend on them.
    pub(crate) fn comes_and_goes(&self) -> bool {
        self.per_database || self.on_demand
    }

    /// The length of a run after which the failures before it no longer count.
    fn good_run(&self) -> Millis {
        self.restart.map_or(0, |(_, most)| most.min(60_000))
    }
}

/// What a worker does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is to run, and waits for a slot.
    Waiting,
    /// It is to run from this time on.
    Pausing(Millis),
    /// The server was asked to start it.
    Launched,
    Running,
    /// It was asked to stop.
    Stopping,
    /// It is done, until this time.
    Finished(Option<Millis>),
    /// It has found out that its database does not need it.
    Absent,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    /// The worker wants to be restarted.
    Restart,
    /// With an error, or a signal, or without having started.
    Failed,
    /// After SIGTERM.
    Asked,
    /// The database does not need the worker.
    Absent,
}

/// Why a worker may not run now. Several reasons can hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    /// A command wants its database without sessions.
    pub(crate) wanted: bool,
    /// No worker can connect to its database.
    pub(crate) barred: bool,
    /// Its database no longer exists.
    pub(crate) gone: bool,
    /// It has to find out again whether its database needs it. This ends with the run.
    pub(crate) renew: bool,
}

impl Hold {
    pub(crate) fn is_any(self) -> bool {
        self != Hold::default()
    }
}

/// What to tell about the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The pause is longer than the one before.
    Pauses(Millis),
    GaveUp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The number of the child in the description.
    pub(crate) child: u32,
    /// The number of the copy, from 0, or the OID of the database.
    pub(crate) instance: u32,
    pub(crate) phase: Phase,
    /// When the phase began.
    pub(crate) since: Millis,
    /// The number of launches.
    pub(crate) generation: u32,
    /// The number of failures in a row.
    pub(crate) failures: u32,
    /// No run has started since the first launch, or since a run that was not done.
    pub(crate) broken: bool,
    pub(crate) given_up: bool,
    /// The times of the last failures, the latest one first.
    recent: [Millis; MAX_FAILURES + 1],
    pub(crate) hold: Hold,
    /// It does not start earlier.
    pub(crate) not_before: Millis,
}

/// The number of words of an entry that outlive the process. The caller has one of them.
pub(crate) const WORDS: usize = 6 + MAX_FAILURES + 1;

impl Entry {
    pub(crate) fn new(child: u32, instance: u32, now: Millis) -> Self {
        Entry {
            child,
            instance,
            phase: Phase::Waiting,
            since: now,
            generation: 0,
            failures: 0,
            broken: true,
            given_up: false,
            recent: [0; MAX_FAILURES + 1],
            hold: Hold::default(),
            not_before: 0,
        }
    }

    /// Returns whether it has a process, or will have one.
    pub(crate) fn is_live(&self) -> bool {
        matches!(
            self.phase,
            Phase::Launched | Phase::Running | Phase::Stopping
        )
    }

    pub(crate) fn enter(&mut self, phase: Phase, now: Millis) {
        self.phase = phase;
        self.since = now;
    }

    /// Records a launch.
    pub(crate) fn launched(&mut self, now: Millis) {
        self.generation = self.generation.wrapping_add(1);
        self.hold.renew = false;
        self.enter(Phase::Launched, now);
    }

    /// Records that the process has begun.
    pub(crate) fn started(&mut self, now: Millis) {
        if self.phase == Phase::Launched {
            self.broken = false;
            self.enter(Phase::Running, now);
        }
    }

    /// Lets a worker that has ended, and waits for something, look again. One that pauses after a
    /// failure does so after the shortest pause, so that events cannot make it restart all the
    /// time.
    pub(crate) fn look_again(&mut self, rules: &ChildRules, now: Millis) {
        match self.phase {
            Phase::Waiting => {}
            Phase::Pausing(until) => {
                let first = rules.restart.map_or(0, |(first, _)| first);
                self.given_up = false;
                self.phase = Phase::Pausing(until.min(now.saturating_add(first)));
            }
            _ if self.is_live() => {}
            _ => {
                self.failures = 0;
                self.enter(Phase::Waiting, now);
            }
        }
    }

    /// Lets a worker on demand start.
    pub(crate) fn call(&mut self, now: Millis) {
        if self.phase == Phase::Absent {
            self.enter(Phase::Waiting, now);
        }
    }

    /// Takes back a call, or a restart after a pause.
    pub(crate) fn dismiss(&mut self, now: Millis) {
        if matches!(self.phase, Phase::Waiting | Phase::Pausing(_)) {
            self.enter(Phase::Absent, now);
        }
    }

    /// Records the end of a run.
    pub(crate) fn ended(&mut self, end: End, rules: &ChildRules, now: Millis) -> Option<Notice> {
        let was_stopping = self.phase == Phase::Stopping;
        let ran = match self.phase {
            Phase::Running => now.saturating_sub(self.since),
            _ => 0,
        };
        // What the worker has found may no longer be true.
        let renew = std::mem::take(&mut self.hold.renew);
        match end {
            End::Absent if !renew => {
                self.failures = 0;
                self.enter(Phase::Absent, now);
                return None;
            }
            // One that has found no work says that it is absent.
            End::Done if !renew && !rules.on_demand => {
                (self.failures, self.given_up, self.broken) = (0, false, false);
                let next = rules.every.map(|every| now.saturating_add(every));
                self.enter(Phase::Finished(next), now);
                return None;
            }
            // Whatever it ended with, it was asked to.
            _ if was_stopping || renew => {
                self.broken = true;
                self.enter(Phase::Waiting, now);
                return None;
            }
            _ => {}
        }
        self.broken = true;
        let Some((first, most)) = rules.restart else {
            self.enter(Phase::Finished(None), now);
            return None;
        };
        if end != End::Failed {
            self.failures = 0;
            self.enter(Phase::Pausing(now.saturating_add(first)), now);
            return None;
        }
        if ran >= rules.good_run() {
            (self.failures, self.given_up) = (0, false);
        }
        self.failures = self.failures.saturating_add(1);
        self.recent.rotate_right(1);
        self.recent[0] = now;
        let had_given_up = self.given_up;
        self.given_up |= rules.give_up.is_some_and(|(failures, period)| {
            let oldest = self.recent[(failures as usize).min(MAX_FAILURES)];
            oldest != 0 && now.saturating_sub(oldest) < period
        });
        let pause = if self.given_up {
            SLOW_RETRY
        } else {
            interval(first, most, self.failures)
        };
        self.enter(Phase::Pausing(now.saturating_add(pause)), now);
        match (self.given_up, had_given_up) {
            (true, false) => Some(Notice::GaveUp),
            (true, true) => None,
            _ if self.failures > 1 && pause == interval(first, most, self.failures - 1) => None,
            _ => Some(Notice::Pauses(pause)),
        }
    }

    /// Returns the entry as it is kept in memory that outlives the process.
    pub(crate) fn pack(&self) -> [u64; WORDS] {
        let (phase, time) = match self.phase {
            Phase::Waiting => (0, 0),
            Phase::Pausing(until) => (1, until),
            Phase::Launched => (2, 0),
            Phase::Running => (3, 0),
            Phase::Stopping => (4, 0),
            Phase::Finished(None) => (5, 0),
            Phase::Finished(Some(next)) => (6, next),
            Phase::Absent => (7, 0),
        };
        let mut words = [0; WORDS];
        words[0] = u64::from(self.child) << 32 | u64::from(self.instance);
        words[1] = phase | u64::from(self.broken) << 8 | u64::from(self.given_up) << 9;
        words[2] = time;
        words[3] = self.since;
        words[4] = u64::from(self.generation) << 32 | u64::from(self.failures);
        words[6..].copy_from_slice(&self.recent);
        words
    }

    /// Reads what [`pack`](Self::pack) has written.
    pub(crate) fn unpack(words: &[u64; WORDS]) -> Self {
        let time = words[2];
        let mut entry = Entry::new((words[0] >> 32) as u32, words[0] as u32, words[3]);
        entry.phase = match words[1] & 0xFF {
            1 => Phase::Pausing(time),
            2 => Phase::Launched,
            3 => Phase::Running,
            4 => Phase::Stopping,
            5 => Phase::Finished(None),
            6 => Phase::Finished(Some(time)),
            7 => Phase::Absent,
            _ => Phase::Waiting,
        };
        entry.broken = words[1] & 1 << 8 != 0;
        entry.given_up = words[1] & 1 << 9 != 0;
        entry.generation = (words[4] >> 32) as u32;
        entry.failures = words[4] as u32;
        entry.recent.copy_from_slice(&words[6..]);
        entry
    }
}

/// Returns the pause after so many failures in a row.
fn interval(first: Millis, most: Millis, failures: u32) -> Millis {
    let doublings = failures.saturating_sub(1).min(31);
    first.saturating_mul(1 << doublings).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn rules() -> ChildRules {
        ChildRules {
            copies: 1,
            per_database: false,
            on_demand: false,
            priority: 0,
            restart: Some((1000, 300_000)),
            give_up: None,
            every: None,
            turn: 60_000,
            on_standby: false,
        }
    }

    fn fails(entry: &mut Entry, rules: &ChildRules, now: Millis, ran: Millis) -> Option<Notice> {
        entry.launched(now - ran);
        entry.started(now - ran);
        entry.ended(End::Failed, rules, now)
    }

    #[test]
    fn pauses_double_and_a_good_run_resets_them() {
        let mut entry = Entry::new(0, 0, 0);
        let mut now = 100_000;
        let mut pauses = Vec::new();
        for _ in 0..11 {
            fails(&mut entry, &rules(), now, 5);
            let Phase::Pausing(until) = entry.phase else {
                panic!("{entry:?}");
            };
            pauses.push((until - now) / 1000);
            now = until + 5;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        now += 60_000;
        assert_eq!(
            fails(&mut entry, &rules(), now, 60_000),
            Some(Notice::Pauses(1000))
        );
    }

    #[test]
    fn giving_up_is_told_once() {
        let rules = ChildRules {
            give_up: Some((3, 600_000)),
            ..rules()
        };
        let mut entry = Entry::new(0, 0, 0);
        let mut now = 10_000;
        let mut notices = Vec::new();
        for _ in 0..6 {
            notices.push(fails(&mut entry, &rules, now, 1));
            let Phase::Pausing(until) = entry.phase else {
                panic!("{entry:?}");
            };
            now = until + 1;
        }
        assert_eq!(notices[3..], [Some(Notice::GaveUp), None, None]);
        assert!(entry.given_up && now > 2 * SLOW_RETRY);
        entry.look_again(&rules, now - 10_000);
        assert_eq!(
            (entry.phase, entry.given_up),
            (Phase::Pausing(now - 9000), false)
        );
    }

    #[test]
    fn failures_that_are_spread_out_do_not_add_up() {
        let rules = ChildRules {
            give_up: Some((2, 10_000)),
            ..rules()
        };
        let mut entry = Entry::new(0, 0, 0);
        for at in 1..20 {
            fails(&mut entry, &rules, at * 5_001, 1);
            assert!(!entry.given_up, "{at}");
        }
        fails(&mut entry, &rules, 19 * 5_001 + 1000, 1);
        assert!(entry.given_up);
    }

    #[test]
    fn change_during_a_run_is_not_forgotten() {
        for end in [End::Absent, End::Done, End::Failed, End::Asked] {
            let mut entry = Entry::new(0, 1, 0);
            entry.launched(1);
            entry.started(2);
            entry.hold.renew = true;
            assert_eq!(entry.ended(end, &rules(), 3), None);
            assert_eq!((entry.phase, entry.hold.renew), (Phase::Waiting, false));
        }
    }

    #[test]
    fn entry_outlives_its_process() {
        for phase in [
            Phase::Waiting,
            Phase::Pausing(77),
            Phase::Launched,
            Phase::Running,
            Phase::Stopping,
            Phase::Finished(None),
            Phase::Finished(Some(78)),
            Phase::Absent,
        ] {
            let mut entry = Entry::new(3, 16_384, 55);
            fails(&mut entry, &rules(), 70, 2);
            entry.phase = phase;
            (entry.broken, entry.given_up) = (true, phase == Phase::Waiting);
            assert_eq!(Entry::unpack(&entry.pack()), entry);
        }
    }
}
