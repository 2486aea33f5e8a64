//! The clock is set, and the machine sleeps: as the server sees it. The machine's own clock is left alone.

use super::bench::{Bench, Skipped};
use super::lab::{LONG, Lab};
use super::look::{Effort, Who};
use super::steering::Steering;
use crate::error::{Error, Result};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant, SystemTime};

/// So long workers are looked at.
const WHILE: Duration = Duration::from_millis(1500);

/// Who wanted to run for more of the time before is not looked at; who does so after for more than that is in a loop.
const IDLE: f64 = 0.3;
const BUSY: f64 = 0.9;

const HOUR: i64 = 3600;

/// Forwards an hour, asleep for another, then back to where it was: each time as if the machine had been still meanwhile.
const STEPS: [(&str, i64, bool); 3] = [
    ("the clock was set forward by an hour", HOUR, false),
    ("the machine slept for an hour", 2 * HOUR, true),
    ("the clock was set back by two hours", 0, false),
];

pub(super) fn step(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let Some(host) = bench.host else {
        return Skipped::because("without a C compiler there is no other clock");
    };
    let clock = Clock(Steering::of_next_server(
        bench,
        host.clock(),
        "FAULTS_CLOCK",
        size_of::<i64>() as u64,
    )?);
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            // Where a run before this one failed it may be another time.
            clock.set(0)?;
            let lab = bench.lab()?;
            lab.ready()?;
            for (what, shift, asleep) in STEPS {
                std::thread::sleep(moments.within(Duration::from_millis(200)));
                let before = efforts(lab);
                let mut family = Vec::new();
                if asleep {
                    family = sleep(lab);
                    std::thread::sleep(Duration::from_millis(300));
                }
                let set = clock.set(shift);
                family.iter().for_each(|who| who.signal(Signal::SIGCONT));
                set.and_then(|()| obeys(lab, shift))?;
                go_on(&before).map_err(|error| error.context(what))?;
            }
            let who = lab.pick(moments)?;
            let took = lab.leaves(&who)?;
            if lab.subject.comes_back() {
                lab.wait_for_workers(LONG)?;
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Seconds that are added to the time of day.
struct Clock(Steering);

impl Clock {
    fn set(&self, seconds: i64) -> Result<()> {
        self.0.write(&seconds.to_ne_bytes(), 0)
    }
}

/// A clock that nobody looks at would prove nothing.
fn obeys(lab: &mut Lab, shift: i64) -> Result<()> {
    let there: i64 = lab.ask("select extract(epoch from clock_timestamp())::bigint")?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let here = since.map_or(0, |since| since.as_secs() as i64);
    if (there - here - shift).abs() > HOUR / 2 {
        return Err(Error::new(format!(
            "the server does not look at the clock it was given: it is {} s before this one",
            there - here
        )));
    }
    Ok(())
}

/// The whole server is stopped where it stands.
fn sleep(lab: &Lab) -> Vec<Who> {
    let mut family: Vec<Who> = Who::is(lab.cluster.postmaster_pid()).into_iter().collect();
    family.iter().for_each(|who| who.signal(Signal::SIGSTOP));
    let children = lab.cluster.children();
    let children = children.iter().filter_map(|child| Who::is(child.pid));
    children.for_each(|who| {
        who.signal(Signal::SIGSTOP);
        family.push(who);
    });
    family
}

/// What each worker did in a while.
fn efforts(lab: &Lab) -> Vec<(Who, Effort)> {
    let workers = lab.workers();
    let before: Vec<_> = workers
        .iter()
        .filter_map(|worker| Some((Who::is(worker.pid)?, Effort::of(worker.pid)?)))
        .collect();
    std::thread::sleep(WHILE);
    before
        .into_iter()
        .filter_map(|(who, before)| {
            let effort = Effort::of(who.pid)?.since(before);
            Some((who, effort))
        })
        .collect()
}

/// They wake up as before, and do no more than before.
fn go_on(workers: &[(Who, Effort)]) -> Result<()> {
    let start = Instant::now();
    let begins: Vec<Effort> = workers
        .iter()
        .map(|(who, _)| effort(who))
        .collect::<Result<_>>()?;
    std::thread::sleep(WHILE);
    for ((who, before), begin) in workers.iter().zip(&begins) {
        // A nap that had begun ends in this while, whatever the clock says.
        let middle = effort(who)?;
        let busy = share(middle.since(*begin), start.elapsed());
        if share(*before, WHILE) < IDLE && busy > BUSY {
            return Err(Error::new(format!(
                "process {} computes without a pause: {:.0} % of the time",
                who.pid,
                busy * 100.0
            )));
        }
        // One that slept all the time before has no rhythm that could be lost.
        while effort(who)?.since(middle).pauses < before.pauses.min(2) {
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

/// Of the time.
fn share(effort: Effort, time: Duration) -> f64 {
    effort.ran.as_secs_f64() / time.as_secs_f64()
}

fn effort(who: &Who) -> Result<Effort> {
    Effort::of(who.pid).ok_or_else(|| Error::new(format!("process {} has left", who.pid)))
}
