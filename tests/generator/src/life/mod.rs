//! One process, which runs one program.

mod alone;
pub mod bombs;
mod channels;
mod copies;
mod corpus;
mod exit;
mod inside;
mod limits;
mod mail;
mod nested;
mod rows;
mod savepoints;
mod session;
mod top;
mod values;

pub use limits::ROLE;

use crate::common::{self, COMMON, Common, Request};
use crate::job::{Job, PROGRESS, Progress, SLOT, VIOLATIONS};
use crate::program::{Classes, generate};
use crate::supervisor::TAG;
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, error::SqlState};
use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering;
use std::time::Instant;

thread_local! {
    static NOW: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// What must not be: a line for the driver.
pub fn violation(text: &str) {
    let (number, step) = NOW.try_with(Cell::get).unwrap_or_default();
    let line = format!(
        "program {number} step {step}: {}\n",
        text.replace('\n', " ")
    );
    let file = File::options().append(true).create(true).open(VIOLATIONS);
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
}

/// Rows that are counted in a level of a transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    rows: i64,
    sum: i64,
}

/// The transaction, or a savepoint in it.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    counted: Counted,
    /// An error of the server has come out of a call, so it cannot be kept.
    failed: bool,
}

/// What the process knows and keeps.
pub struct Life {
    slot: usize,
    common: &'static Common,
    without: Classes,
    progress: File,
    now: Progress,
    committed: Counted,
    levels: Vec<Depth>,
    /// A guard of a lock was forgotten in this transaction, and may be held until the next statement.
    forgot_lock: bool,
    plans: Vec<inside::KeptPlan>,
    results: session::Results,
    around: limits::Around,
    handles: limits::Handles,
    mail: mail::Mail,
    top: top::Kept,
    channels: channels::Kept,
}

pub fn run(worker: Worker) -> Result<Exit> {
    let payload = worker.payload(TAG)?;
    let word = |at: usize| -> Result<u32> {
        let bytes = payload
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(u32::from_le_bytes)
            .ok_or_else(|| Error::other("half a payload"))
    };
    let (slot, number) = (word(0)?, word(4)?);
    let job = Job::read().ok_or_else(|| Error::other("there is no job"))?;
    let mut recipe = job.recipe;
    recipe.number = number;
    let program = generate(&recipe);
    let mut worker = common::connect(worker)?;
    worker.set_stop_timeout(Duration::from_millis(200));
    exit::prepare();
    let slot = slot as usize;
    let mut life = Life {
        slot,
        common: COMMON.get(&worker)?,
        without: recipe.without,
        progress: File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(PROGRESS)?,
        now: Progress {
            pid: std::process::id(),
            number,
            ..Progress::default()
        },
        committed: Counted::default(),
        levels: Vec::new(),
        forgot_lock: false,
        plans: Vec::new(),
        results: session::Results::default(),
        around: limits::Around::default(),
        handles: limits::Handles::default(),
        mail: mail::Mail::default(),
        top: top::Kept::new(&worker),
        channels: channels::Kept::default(),
    };
    let mut before = [0; SLOT];
    if life
        .progress
        .read_exact_at(&mut before, (slot * SLOT) as u64)
        .is_ok()
    {
        life.now.total = u32::from_le_bytes([before[12], before[13], before[14], before[15]]);
    }
    life.common.requests[slot].store(0, Ordering::SeqCst);
    begin(&mut worker, slot)?;
    mail::begin(&mut worker, slot)?;
    for step in &program.steps {
        if worker.is_terminating() {
            break;
        }
        life.begin(step.id);
        top::step(&mut worker, &mut life, step);
    }
    life.begin(program.count);
    exit::leave(worker, life, program.leave)
}

fn begin(worker: &mut Worker<Connected>, slot: usize) -> Result<()> {
    worker.transaction(|tx| {
        let sql = format!(
            "set search_path = r{slot}, public; set lock_timeout = '1s'; set deadlock_timeout = '100ms'; \
             set client_min_messages = error; truncate r{slot}.counted"
        );
        tx.execute(&sql, ())
    })?;
    Ok(())
}

impl Life {
    /// The driver sees where the process is.
    fn begin(&mut self, step: u32) {
        self.now.step = step;
        self.now.total = self.now.total.wrapping_add(1);
        NOW.set((self.now.number, step));
        let at = (self.slot * SLOT) as u64;
        let _ = self.progress.write_all_at(&self.now.to_bytes(), at);
        if self.now.total % 1024 == 0 {
            look_at_memory();
        }
    }

    /// An error that the server has raised must be known to the transaction.
    fn note<T>(&mut self, result: Result<T>) -> Result<T> {
        if let (Err(error), Some(level)) = (&result, self.levels.last_mut()) {
            level.failed |= matches!(error.kind(), ErrorKind::Server | ErrorKind::Canceled)
                || limits::is_limit(error);
            self.check_limits(error);
        }
        result
    }

    fn has_failed(&self) -> bool {
        self.levels.iter().any(|level| level.failed)
    }

    /// Asks the partner, and does nothing until it has answered. Returns whether it has: it does not
    /// when the server stops.
    fn ask(&self, request: Request) -> bool {
        common::post(self.common, self.slot, request);
        let start = Instant::now();
        while self.common.requests[self.slot].load(Ordering::SeqCst) != 0 {
            if self.common.ended.load(Ordering::SeqCst) != 0 {
                return false;
            }
            if start.elapsed() > Duration::from_secs(30) {
                violation(&format!("the partner does not answer: {request:?}"));
                return false;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        true
    }
}

/// An error that says that the process was told something from outside, or that others were in the way.
fn excused(error: &Error) -> bool {
    const OTHERS: [SqlState; 3] = [
        SqlState::new("40001"),
        SqlState::new("40P01"),
        SqlState::new("55P03"),
    ];
    matches!(
        error.kind(),
        ErrorKind::Terminating | ErrorKind::TransactionFailed
    ) || error.sqlstate() == SqlState::QUERY_CANCELED
        || OTHERS.contains(&error.sqlstate())
}

/// More than any program needs.
const MOST_MEMORY: u64 = 600_000;

fn look_at_memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    if kilobytes.is_some_and(|kilobytes| kilobytes > MOST_MEMORY) {
        violation("the process has grown to more than 600 MB");
        std::process::exit(1);
    }
}
