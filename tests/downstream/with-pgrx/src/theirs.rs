//! A worker as pgrx has it.

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use postgres_bgworker::Error;
use postgres_bgworker::session::Session;
use std::time::Duration;

pub(crate) fn register() {
    BackgroundWorkerBuilder::new("worker of pgrx")
        .set_library("with_pgrx")
        .set_function("pgrx_worker_main")
        .set_restart_time(Some(Duration::from_secs(1)))
        .enable_spi_access()
        .load();
}

/// The main function.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_worker_main(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
    let version = BackgroundWorker::transaction(|| {
        Spi::get_one::<String>("select current_setting('server_version_num')")
    });
    // On 13 lines of level LOG are lost: this pgrx compares LOG with log_min_messages like other
    // levels.
    warning!("worker of pgrx: SQL works on {version:?}");
    while BackgroundWorker::wait_latch(Some(Duration::from_secs(1))) {}
    warning!("worker of pgrx: asked to stop");
}

/// Launches a worker of postgres-bgworker and sends a message to it.
#[pg_extern]
fn send_to_ours(message: &str) {
    // SAFETY: SQL calls this function, and an error is raised.
    let sent = unsafe { Session::assume(|session| crate::ours::send(session, message)) };
    if let Err(error) = sent {
        raise(&error);
    }
}

/// Raises an error of postgres-bgworker with the fields that pgrx knows.
fn raise(error: &Error) -> ! {
    let state = PgSqlErrorCode::from(error.sqlstate().raw());
    let mut report = ErrorReport::new(state, error.message().to_string(), "send_to_ours");
    if let Some(detail) = error.detail() {
        report = report.set_detail(detail);
    }
    if let Some(hint) = error.hint() {
        report = report.set_hint(hint);
    }
    report.report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}
