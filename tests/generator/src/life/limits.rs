//! Time limits, cancel handles, notices and roles: what a closure in a transaction runs under.

use super::inside::{self, Frame, Product, ending};
use super::{Life, violation};
use crate::program::{End, Step};
use postgres_bgworker::ErrorKind;
use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::{CancelHandle, Notice};
use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

/// The role that `run_as` takes. It may read and write the tables, but owns nothing.
pub const ROLE: &str = "generator_other";

/// What the transaction runs under.
#[derive(Debug, Default)]
pub struct Around {
    /// Time limits.
    limits: u32,
    /// Calls of `run_as`.
    pub roles: u32,
    /// The numbers of the notices that were raised, for each call of `notices`.
    notices: Vec<Vec<u32>>,
}

/// What to return to if a closure panics.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    limits: u32,
    roles: u32,
    notices: usize,
}

impl Around {
    pub fn mark(&self) -> Mark {
        Mark {
            limits: self.limits,
            roles: self.roles,
            notices: self.notices.len(),
        }
    }

    pub fn restore(&mut self, mark: Mark) {
        self.limits = mark.limits;
        self.roles = mark.roles;
        self.notices.truncate(mark.notices);
    }
}

/// Cancel handles, and the thread that uses them.
#[derive(Default)]
pub struct Handles {
    /// The number of the transaction.
    now: u64,
    /// This transaction may be canceled by a handle.
    used: bool,
    kept: Vec<(u64, CancelHandle)>,
    thread: Option<Sender<(CancelHandle, Duration)>>,
}

/// The error says that a time limit is over, and not that a wait is.
pub fn is_limit(error: &Error) -> bool {
    error.kind() == ErrorKind::TimedOut && error.message().starts_with("canceling statement")
}

impl Life {
    pub fn begin_limits(&mut self) {
        self.around = Around::default();
        self.handles.now += 1;
        self.handles.used = false;
    }

    /// Nothing ends because of a limit that is not set, or of a handle that was not used.
    pub fn check_limits(&self, error: &Error) {
        if is_limit(error) && self.around.limits == 0 {
            violation(&format!("there is no time limit: {error:?}"));
        }
        if error.kind() == ErrorKind::Canceled && !self.handles.used {
            violation(&format!("no handle was used: {error:?}"));
        }
    }
}

/// Runs the steps with a time limit.
pub fn limit(
    tx: &mut Transaction<'_>,
    life: &mut Life,
    step: &Step,
    outer: Option<&Frame<'_>>,
) -> Result<()> {
    let limit = match step.with >> 8 & 7 {
        0 => Duration::ZERO,
        1 => Duration::from_millis(1),
        2 => Duration::from_millis(4),
        3 => Duration::from_millis(30),
        4 => Duration::MAX,
        _ => Duration::from_secs(3600),
    };
    life.around.limits += 1;
    let end = End::of(step.with, life.without);
    let result = tx.with_timeout(limit, |tx| {
        inside::body(tx, life, &step.body, end, outer)?;
        ending(end)
    });
    life.around.limits -= 1;
    finish(result)
}

/// A statement that runs into its limit, in a savepoint. The transaction continues.
pub fn sleep_into_limit(tx: &mut Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let result = tx.execute("select 1", ());
    life.note(result)?;
    let start = Instant::now();
    let limit = Duration::from_millis(u64::from(with % 8));
    life.around.limits += 1;
    let result = tx.savepoint(|tx| {
        tx.with_timeout(limit, |tx| match with >> 8 & 1 {
            0 => tx.execute("select pg_sleep(20)", ()),
            _ => {
                std::thread::sleep(limit + Duration::from_millis(3));
                tx.execute("select 1", ())
            }
        })
    });
    life.around.limits -= 1;
    if result.is_ok() || start.elapsed() >= Duration::from_secs(15) {
        violation(&format!("the time limit of {limit:?} did nothing"));
    }
    let result = tx.execute("select 1", ());
    life.note(result).map(drop)
}

/// Runs the steps and receives their notices.
pub fn notices(
    tx: &mut Transaction<'_>,
    life: &mut Life,
    step: &Step,
    outer: Option<&Frame<'_>>,
) -> Result<()> {
    let result = tx.execute("set local client_min_messages = notice", ());
    life.note(result)?;
    let depth = life.around.notices.len();
    life.around.notices.push(Vec::new());
    let end = End::of(step.with, life.without);
    let came = RefCell::new(Vec::new());
    let bomb = step.with >> 8 & 31 == 0;
    let each = |notice: Notice| {
        if let Some(number) = notice.message().strip_prefix("generator ") {
            came.borrow_mut().push(number.parse().unwrap_or(u32::MAX));
        }
        assert!(!bomb, "on purpose");
    };
    let result = tx.notices(each, |tx| {
        inside::body(tx, life, &step.body, end, outer)?;
        ending(end)
    });
    let raised = life.around.notices.get(depth).cloned().unwrap_or_default();
    life.around.notices.truncate(depth);
    // A statement that was canceled may have raised one before.
    let mut came = came.into_inner().into_iter();
    if let Some(lost) = raised
        .iter()
        .find(|raised| !came.any(|came| came == **raised))
    {
        violation(&format!("the notice {lost} did not come"));
    }
    finish(result)
}

pub fn notice(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let level = ["notice", "warning", "info"][with as usize % 3];
    let sql = format!("do $$ begin raise {level} 'generator {with}' using hint = 'None.'; end $$");
    let result = tx.execute(sql, ());
    life.note(result)?;
    if let Some(raised) = life.around.notices.last_mut() {
        raised.push(with);
    }
    Ok(())
}

/// The steps have told the model of their errors.
fn finish(result: Result<Product>) -> Result<()> {
    match result {
        Ok(product) => {
            std::mem::forget(product);
            Ok(())
        }
        // It may panic when it is dropped.
        Err(error) if error.message().starts_with("on purpose") => {
            std::mem::forget(error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The role is current in the closure, and not after it.
pub fn check_role(tx: &Transaction<'_>, life: &mut Life) -> Result<()> {
    let result = tx.query_scalar::<String, _>("select current_user::text", ());
    if let Ok(now) = &result {
        if (now == ROLE) != (life.around.roles > 0) {
            violation(&format!("the role is {now}"));
        }
    }
    life.note(result).map(drop)
}

/// Makes handles, keeps them, and uses them.
pub fn handle(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let handles = &mut life.handles;
    match (with % 4, &handles.thread) {
        (0, Some(thread)) => {
            handles.used = true;
            let pause = Duration::from_micros(u64::from(with >> 8) % 5000);
            let _ = thread.send((tx.cancel_handle(), pause));
        }
        (1, _) => use_old(life),
        _ => {
            if handles.kept.len() >= 8 {
                handles.kept.remove(0);
            }
            handles.kept.push((handles.now, tx.cancel_handle()));
        }
    }
    Ok(())
}

/// Cancels the transaction, which ends the statement.
pub fn cancel_by_handle(tx: &Transaction<'_>, life: &mut Life) -> Result<()> {
    let result = tx.execute("select 1", ());
    let usable = life.note(result).is_ok();
    life.handles.used = true;
    if !tx.cancel_handle().cancel() {
        violation("a transaction that is open was not to be canceled");
    }
    let result = tx.execute("select pg_sleep(15)", ());
    if usable && result.is_ok() {
        violation("a cancel by a handle was lost");
    }
    life.note(result).map(drop)
}

/// A handle does nothing after its transaction.
pub fn use_old(life: &mut Life) {
    let handles = &life.handles;
    let old = handles
        .kept
        .iter()
        .filter(|(number, _)| *number != handles.now);
    for (_, handle) in old {
        if handle.cancel() {
            violation("the handle of a transaction that has ended has canceled something");
        }
    }
}

/// Starts the thread, or uses old handles.
pub fn between(worker: &Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    // No transaction is open.
    life.begin_limits();
    use_old(life);
    if life.handles.thread.is_none() && with % 4 == 0 {
        let (sender, receiver) = channel::<(CancelHandle, Duration)>();
        worker.spawn("cancels", move || {
            for (handle, pause) in receiver {
                std::thread::sleep(pause);
                handle.cancel();
            }
        })?;
        life.handles.thread = Some(sender);
    }
    Ok(())
}
