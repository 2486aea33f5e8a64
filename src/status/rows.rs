//! The rows of `stat_workers`.

use crate::error::{Result, SqlState, representable};
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::status_layout::{BACKTRACE, MESSAGE, PLACE, STATEMENT, word};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::session::{Session, Set};
use crate::sql::TimestampTz;
use crate::status::reader::{Shown, workers};

/// What a role sees that may not read the texts, as in `pg_stat_activity`.
const HIDDEN: &str = "<insufficient privilege>";

/// A row: the columns of `worker_status!`.
pub type Row = (
    String,              // library
    i32,                 // slot
    String,              // name
    &'static str,        // kind
    Option<String>,      // database
    Option<i32>,         // pid
    &'static str,        // state
    Option<TimestampTz>, // state_changed_at
    Option<TimestampTz>, // started_at
    i64,                 // restarts
    i64,                 // failures
    Option<String>,      // last_exit
    Option<TimestampTz>, // last_exit_at
    Option<String>,      // last_error
    Option<String>,      // last_error_sqlstate
    Option<TimestampTz>, // last_error_at
    Option<String>,      // last_error_place
    Option<String>,      // last_error_statement
    Option<String>,      // last_error_backtrace
    Option<i64>,         // last_error_waits
    i64,                 // waits
    i64,                 // wake_ups
    f64,                 // busy_time
    f64,                 // idle_time
    i64,                 // transactions
    i64,                 // errors
    Option<i64>,         // queue_depth
    bool,                // stop_requested
    Option<TimestampTz>, // stats_reset
);

/// Returns a row for each worker.
pub fn rows<'a>(session: &'a Session<'_>) -> Result<Set<'a, Row>> {
    let thread = session.server_thread();
    let sees_texts = may_read_texts(thread)?;
    let rows: Vec<Row> = workers(thread)?
        .iter()
        .map(|worker| row(worker, sees_texts))
        .collect();
    Ok(Set::new(rows))
}

/// Sets the counters of all workers to zero.
pub fn reset(session: &Session<'_>) -> Result<()> {
    workers(session.server_thread())?
        .iter()
        .for_each(Shown::reset);
    Ok(())
}

fn may_read_texts(_thread: ServerThread<'_>) -> Result<bool> {
    // SAFETY: token: `_thread`, and the session has a transaction; plain frames.
    Ok(unsafe { guard(|| shim::pgbgw_may_read_all_stats()) }? != 0)
}

fn row(worker: &Shown, sees_texts: bool) -> Row {
    let slot = &worker.slot;
    let count = |at| worker.count(at) as i64;
    let has_failed = slot.get(word::ERROR_AT) != 0;
    let text = |place| {
        let text = slot.text(place);
        (!text.is_empty()).then(|| match sees_texts {
            true => representable(&text).into_owned(),
            false => HIDDEN.to_string(),
        })
    };
    let sqlstate = SqlState::from_raw(slot.get(word::SQLSTATE) as i32);
    (
        representable(&worker.library).into_owned(),
        worker.number as i32,
        representable(&worker.name).into_owned(),
        worker.kind(),
        worker
            .database
            .as_deref()
            .map(|name| representable(name).into_owned()),
        worker.pid,
        worker.state(),
        worker.state_changed_at(),
        worker.time(word::STARTED_AT),
        count(word::RESTARTS),
        count(word::FAILURES),
        worker.last_exit(),
        worker.time(word::LAST_EXIT_AT),
        text(MESSAGE),
        has_failed.then(|| sqlstate.to_string()),
        worker.time(word::ERROR_AT),
        text(PLACE),
        text(STATEMENT),
        text(BACKTRACE),
        has_failed.then(|| slot.get(word::ERROR_WAITS) as i64),
        count(word::WAITS),
        count(word::WAKE_UPS),
        worker.seconds(word::BUSY) * 1000.0,
        worker.seconds(word::IDLE) * 1000.0,
        count(word::TRANSACTIONS),
        count(word::ERRORS),
        worker.queue_depth().map(|depth| depth as i64),
        worker.stop_requested(),
        worker.time(word::RESET_AT),
    )
}
