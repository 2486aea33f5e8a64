//! The clock is set, and the machine sleeps, from the server's point of view. The machine's own
//! clock is not changed.

use crate::kit::ld_preload::Interposer;
use crate::kit::proc::{Effort, ProcessId};
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, TestServer};
use nix::sys::signal::Signal;
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant, SystemTime};

/// How long workers are observed, in slices.
const WHILE: Duration = Duration::from_millis(1500);
const SLICE: Duration = Duration::from_millis(100);

/// A worker is busy in a slice if it wants a processor for longer than this, and pauses no more
/// often.
const BUSY: f64 = 0.8;
const PAUSES: u64 = 2;

/// Consecutive busy slices that count as a busy loop, which may end before the observation.
const LOOP: u32 = 5;

/// The least time on a processor of a busy loop. On a busy machine, a short computation waits for a
/// processor again and again.
const COMPUTED: Duration = Duration::from_millis(250);

const HOUR: i64 = 3600;

/// Sets the clock forward by an hour, sleeps for an hour, then sets it back, each time while the
/// server is stopped.
const STEPS: [(&str, i64, bool); 3] = [
    ("the clock was set forward by an hour", HOUR, false),
    ("the machine slept for an hour", 2 * HOUR, true),
    ("the clock was set back by two hours", 0, false),
];

pub(super) fn step(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let Some(host) = runner.host else {
        return Skipped::because("the simulated clock needs a C compiler");
    };
    let clock = Clock(Interposer::of_next_server(
        runner,
        host.clock(),
        "FAULTS_CLOCK",
        size_of::<i64>() as u64,
    )?);
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            // The clock may differ after a failed run.
            clock.set(0)?;
            let test_server = runner.test_server()?;
            test_server.ready()?;
            for (what, shift, asleep) in STEPS {
                std::thread::sleep(delays.within(Duration::from_millis(200)));
                let workers = test_server.workers();
                let before = look(
                    workers
                        .iter()
                        .filter_map(|worker| ProcessId::of(worker.pid)),
                );
                let mut family = Vec::new();
                if asleep {
                    family = sleep(test_server);
                    std::thread::sleep(Duration::from_millis(300));
                }
                let set = clock.set(shift);
                family.iter().for_each(|who| who.signal(Signal::SIGCONT));
                set?;
                // Observes immediately, because the effect may be short.
                go_on(&before).map_err(|error| error.context(what))?;
                obeys(test_server, shift)?;
            }
            let who = test_server.pick(delays)?;
            let took = test_server.leaves(&who)?;
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Sets the seconds that are added to the time of day.
struct Clock(Interposer);

impl Clock {
    fn set(&self, seconds: i64) -> Result<()> {
        self.0.write(&seconds.to_ne_bytes(), 0)
    }
}

/// Checks that the server uses the simulated clock.
fn obeys(test_server: &mut TestServer, shift: i64) -> Result<()> {
    let there: i64 = test_server.ask("select extract(epoch from clock_timestamp())::bigint")?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let here = since.map_or(0, |since| since.as_secs() as i64);
    if (there - here - shift).abs() > HOUR / 2 {
        return Err(Error::new(format!(
            "the server does not use the simulated clock; it differs by {} s",
            there - here
        )));
    }
    Ok(())
}

/// Suspends all processes of the server with SIGSTOP.
fn sleep(test_server: &TestServer) -> Vec<ProcessId> {
    let mut family: Vec<ProcessId> = ProcessId::of(test_server.cluster.postmaster_pid())
        .into_iter()
        .collect();
    family.iter().for_each(|who| who.signal(Signal::SIGSTOP));
    let children = test_server.cluster.children();
    let children = children.iter().filter_map(|child| ProcessId::of(child.pid));
    children.for_each(|who| {
        who.signal(Signal::SIGSTOP);
        family.push(who);
    });
    family
}

/// The activity of a worker during an observation.
struct Seen {
    who: ProcessId,
    effort: Effort,
    /// The largest number of consecutive busy slices.
    busy: u32,
    /// The same, of those with enough time on a processor for a busy loop.
    computed: u32,
}

/// Observes workers for a while. Omits those that exit meanwhile.
fn look(workers: impl IntoIterator<Item = ProcessId>) -> Vec<Seen> {
    let begin = Instant::now();
    let efforts = |who: ProcessId| Some((Effort::of(who.pid)?, who));
    let mut looks: Vec<_> = workers
        .into_iter()
        .filter_map(efforts)
        .map(|(effort, who)| Look::new(who, effort))
        .collect();
    let mut last = begin;
    while begin.elapsed() < WHILE {
        std::thread::sleep(SLICE);
        let took = last.elapsed();
        last = Instant::now();
        looks.retain_mut(|look| {
            Effort::of(look.who.pid)
                .map(|now| look.slice(now, took))
                .is_some()
        });
    }
    looks.into_iter().map(Look::finish).collect()
}

/// The observation of a worker.
struct Look {
    who: ProcessId,
    begin: Effort,
    last: Effort,
    in_a_row: u32,
    /// The time on a processor in these slices.
    computed: Duration,
    busy: u32,
    most: u32,
}

impl Look {
    fn new(who: ProcessId, begin: Effort) -> Self {
        Self {
            who,
            begin,
            last: begin,
            in_a_row: 0,
            computed: Duration::ZERO,
            busy: 0,
            most: 0,
        }
    }

    /// Ends a slice of this duration.
    fn slice(&mut self, now: Effort, took: Duration) {
        let slice = now.since(self.last);
        self.last = now;
        let share = slice.ran.as_secs_f64() / took.as_secs_f64();
        if share > BUSY && slice.pauses <= PAUSES {
            self.in_a_row += 1;
            self.computed += slice.computed;
            self.busy = self.busy.max(self.in_a_row);
            if self.computed >= COMPUTED {
                self.most = self.most.max(self.in_a_row);
            }
        } else {
            self.in_a_row = 0;
            self.computed = Duration::ZERO;
        }
    }

    fn finish(self) -> Seen {
        Seen {
            who: self.who,
            effort: self.last.since(self.begin),
            busy: self.busy,
            computed: self.most,
        }
    }
}

/// Checks that they wake up as before, and are no busier than before.
fn go_on(workers: &[Seen]) -> Result<()> {
    let start = Instant::now();
    let now = look(workers.iter().map(|before| before.who.clone()));
    for before in workers {
        let who = &before.who;
        // A sleep that had begun ends during this observation, whatever the clock shows.
        let middle = effort(who)?;
        let seen = now.iter().find(|seen| seen.who == *who);
        let computed = seen.map_or(0, |seen| seen.computed);
        // A worker that was busy before may be busy again.
        if computed >= LOOP && computed >= 2 * before.busy {
            return Err(Error::new(format!(
                "process {} is in a busy loop, for at least {} s",
                who.pid,
                (SLICE * computed).as_secs_f64()
            )));
        }
        // A worker that slept the whole time before has no rhythm to compare.
        while effort(who)?.since(middle).pauses < before.effort.pauses.min(2) {
            if start.elapsed() > LONG {
                return Err(Error::new(format!(
                    "process {} has not woken up for {} s",
                    who.pid,
                    LONG.as_secs()
                )));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}

fn effort(who: &ProcessId) -> Result<Effort> {
    Effort::of(who.pid).ok_or_else(|| Error::new(format!("process {} has exited", who.pid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates slices: the milliseconds and the number of pauses of each.
    fn computed(slices: impl IntoIterator<Item = (u64, u64)>) -> u32 {
        on_busy_machine(slices, 1)
    }

    /// Simulates slices of a process that has a processor for a part of the time that it wants.
    fn on_busy_machine(slices: impl IntoIterator<Item = (u64, u64)>, part: u32) -> u32 {
        let mut now = Effort {
            ran: Duration::from_secs(60),
            computed: Duration::from_secs(60),
            pauses: 1000,
        };
        let who = ProcessId::of(std::process::id()).unwrap();
        let mut look = Look::new(who, now);
        for (ran, pauses) in slices {
            now.ran += Duration::from_millis(ran);
            now.computed += Duration::from_millis(ran) / part;
            now.pauses += pauses;
            look.slice(now, SLICE);
        }
        look.finish().computed
    }

    #[test]
    fn a_loop_that_ends_within_the_while_is_one() {
        let slices = [vec![(4, 5); 3], vec![(96, 0); 8], vec![(2, 5); 4]].concat();
        assert_eq!(computed(slices), 8);
    }

    #[test]
    fn waiting_for_a_processor_between_naps_is_no_loop() {
        assert_eq!(computed([(95, 5); 15]), 0);
        assert_eq!(computed([(30, 1); 15]), 0);
    }

    #[test]
    fn a_short_computation_on_a_busy_machine_is_no_loop() {
        assert_eq!(on_busy_machine([(100, 0); 7], 3), 0);
        assert_eq!(on_busy_machine([(100, 0); 15], 3), 15);
    }

    #[test]
    fn a_pause_in_between_ends_a_loop() {
        let slices = [vec![(100, 0); 3], vec![(5, 1), (100, 0)]].concat();
        assert_eq!(computed(slices), 3);
    }
}
