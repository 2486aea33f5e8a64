//! What is remembered of a worker that [backs off](crate::Restart::backoff), from one of its processes to the next.
//!
//! One page for each such worker, shared by the postmaster and its children, and not part of the server's shared memory: that is made anew
//! after a crash, and a worker that makes the server crash is the one that must not come back at once.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::log_line::Level;
use crate::server::report::Report;
use crate::server::text::Name;
use crate::server::tokens::OnServerThread;
use crate::wait::timer::Deadline;
use crate::worker::state::ConnectionState;
use crate::worker::token::Worker;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_int};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The intervals, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackOff {
    pub(crate) first: u32,
    pub(crate) most: u32,
}

impl BackOff {
    /// What the server waits before each start.
    fn first(self) -> Duration {
        Duration::from_secs(self.first.into())
    }

    /// A run as long as this makes up for those before.
    fn good_run(self) -> Duration {
        Duration::from_secs(self.most.min(60).into())
    }

    /// What is left of the interval after so many short runs in a row, when the server has started the worker again.
    fn pause(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let interval = (u64::from(self.first) << doublings).min(self.most.into());
        Duration::from_secs(interval - u64::from(self.first))
    }
}

/// Written by the one process that the worker has at a time; all zeros is a worker that never ran.
#[derive(Debug, Default)]
struct Record {
    /// When main was called, in tenths of a second; 0 when there is nothing to judge the last process by.
    began: AtomicU32,
    /// How many runs in a row were short.
    failures: AtomicU32,
}

impl Record {
    /// A process has started: how long to wait before main.
    fn start(&self, plan: BackOff, now: u32) -> Duration {
        let began = self.began.swap(0, Relaxed);
        let mut failures = self.failures.load(Relaxed);
        if began != 0 {
            // From the call of main to this start is the run, and what the server waited.
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

    fn begin(&self, now: u32) {
        self.began.store(now.max(1), Relaxed);
    }

    /// Nobody's failure: the next process starts as the first one did.
    fn forget(&self) {
        self.failures.store(0, Relaxed);
        self.began.store(0, Relaxed);
    }
}

#[derive(Clone, Copy)]
struct Known {
    name: Name,
    argument: ffi::Datum,
    plan: BackOff,
    record: &'static Record,
}

impl Known {
    fn is(&self, name: &[u8], argument: ffi::Datum, interval: c_int) -> bool {
        self.name.bytes() == name
            && self.argument == argument
            && self.plan.first() == Duration::from_secs(interval.unsigned_abs().into())
    }
}

thread_local! {
    /// In the postmaster: the workers that back off. Their processes inherit it.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
    /// In a worker: its own.
    static OWN: Cell<Option<&'static Record>> = const { Cell::new(None) };
}

/// Called while preloading, in the postmaster.
pub(crate) fn remember(name: Name, argument: ffi::Datum, plan: BackOff) -> Result<()> {
    KNOWN.with_borrow_mut(|known| {
        if known
            .iter()
            .any(|other| other.name.bytes() == name.bytes() && other.argument == argument)
        {
            return Err(not_told_apart(name));
        }
        known.push(Known {
            name,
            argument,
            plan,
            record: new_record()?,
        });
        Ok(())
    })
}

fn not_told_apart(name: Name) -> Error {
    let name = String::from_utf8_lossy(name.bytes()).into_owned();
    Error::new(
        ErrorKind::Invalid,
        format!("two workers named \"{name}\" cannot back off with the same argument"),
    )
    .with_detail("What is remembered of a worker is found by its name and its argument.")
    .with_hint("Number them: in the name, or with BackgroundWorker::argument.")
}

fn new_record() -> Result<&'static Record> {
    // SAFETY: cannot raise: libc maps new memory, which nobody unmaps. It is zero, which is a record; the atomics in it are the only way
    // to change it.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            size_of::<Record>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANON,
            -1,
            0,
        );
        if place == libc::MAP_FAILED {
            let why = std::io::Error::last_os_error();
            return Err(Error::from(why).with_context("while making memory for a restart policy"));
        }
        Ok(&*place.cast())
    }
}

/// Called in a worker before main: wait for what is left of its interval.
///
/// # Errors
/// SIGTERM has come.
pub(crate) fn wait_for_turn<S: ConnectionState>(worker: &mut Worker<'_, S>) -> Result<()> {
    let Some(Known {
        name, plan, record, ..
    }) = own()
    else {
        return Ok(());
    };
    OWN.set(Some(record));
    let mut pause = record.start(plan, now());
    if cfg!(feature = "stress") {
        // Failures are the rule there, and wanted.
        pause = pause.min(Duration::from_millis(100));
    }
    if !pause.is_zero() {
        say(worker, name, record, pause);
        let deadline = Deadline::after(pause);
        while !deadline.is_over() {
            if worker.wait_in_between(deadline.left())?.terminating() {
                return Err(Error::terminating());
            }
        }
    }
    record.begin(now());
    Ok(())
}

fn say(backend: &impl OnServerThread, name: Name, record: &Record, pause: Duration) {
    let failures = record.failures.load(Relaxed);
    let name = String::from_utf8_lossy(name.bytes());
    Report::new(
        Level::Log,
        format!("background worker \"{name}\" had {failures} short runs in a row: the next one begins in {pause:?}"),
    )
    .emit(backend);
}

/// The worker was told to leave.
pub(crate) fn forget() {
    if let Some(record) = OWN.get() {
        record.forget();
    }
}

/// What is known of this process's worker.
fn own() -> Option<Known> {
    KNOWN.with_borrow(|known| {
        if known.is_empty() {
            return None;
        }
        // SAFETY: cannot raise; server memory: the entry lives as long as the process, and its name ends with a NUL.
        let (name, argument, interval) = unsafe {
            let entry = ffi::MyBgworkerEntry;
            let name = CStr::from_ptr((&raw const (*entry).bgw_name).cast());
            (name, (*entry).bgw_main_arg, (*entry).bgw_restart_time)
        };
        let own = known
            .iter()
            .find(|own| own.is(name.to_bytes(), argument, interval));
        own.copied()
    })
}

/// A launched worker that looks like a static one that backs off would write into what is remembered of that one.
#[cfg(pg_has = "dynamic")]
pub(crate) fn refuse_namesake(name: Name, argument: ffi::Datum, interval: c_int) -> Result<()> {
    let taken = KNOWN.with_borrow(|known| {
        let bytes = name.bytes();
        known.iter().any(|own| own.is(bytes, argument, interval))
    });
    if !taken {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!(
            "a static worker named \"{}\" with the same argument and restart interval backs off",
            String::from_utf8_lossy(name.bytes())
        ),
    )
    .with_detail("What is remembered of that worker would be taken for this one's.")
    .with_hint("Launch this one with another name, argument or interval."))
}

/// The same for all processes, and untouched by who sets the time: tenths of a second since the machine was started, enough for 13 years.
fn now() -> u32 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: cannot raise: libc fills the struct.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    tenths(Duration::new(
        now.tv_sec.unsigned_abs(),
        now.tv_nsec.unsigned_abs() as u32,
    ))
}

fn tenths(time: Duration) -> u32 {
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

    /// The starts of a worker whose runs take so long, in tenths of a second, as the server and the pauses space them.
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
    fn failing_at_once_is_no_storm() {
        let starts = starts(&Record::default(), 0, 36_000);
        let first_minute = starts.iter().filter(|start| **start < 600).count();
        assert!(first_minute <= 10, "{starts:?}");
        let late: Vec<u32> = starts
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap >= 3000)
            .collect();
        // All but the first ten minutes of the hour.
        assert!(late.len() >= 9, "{starts:?}");
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= 3000));
    }

    #[test]
    fn a_good_run_makes_up_for_bad_ones() {
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
    fn who_is_killed_while_it_waits_waits_again() {
        let record = Record::default();
        starts(&record, 0, 600);
        let pause = record.start(plan(), 700);
        assert!(!pause.is_zero());
        assert_eq!(record.start(plan(), 99_000), pause);
    }

    #[test]
    fn who_was_told_to_leave_starts_afresh() {
        let record = Record::default();
        starts(&record, 0, 600);
        record.forget();
        assert_eq!(record.start(plan(), 601), Duration::ZERO);
    }

    #[test]
    fn the_clock_goes_forward() {
        let before = now();
        assert!(before > 0);
        assert!(now() >= before);
    }

    proptest! {
        /// Whatever its runs are like.
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
