//! Errors and the guard.

use crate::check::*;
use postgres_bgworker::error::SqlState;

pub(crate) const CASES: &[(&str, Case)] = cases![
    errors_carry_all_fields,
    guard_catches_and_keeps_the_counts,
    guard_lets_a_panic_through,
    guards_nest,
];

fn errors_carry_all_fields(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute(
            "do $$ begin raise exception 'message' using errcode = 'ZZ123', detail = 'detail', hint = 'hint'; end $$",
            &[],
        )
    }))?;
    ensure_eq!(
        (failure.message(), failure.detail(), failure.hint()),
        ("message", Some("detail"), Some("hint"))
    );
    ensure_eq!(failure.sqlstate().to_string(), "ZZ123");
    ensure!(
        failure
            .context()
            .is_some_and(|context| context.contains("PL/pgSQL"))
    );
    Report::new(Level::Warning, "all fields")
        .sqlstate(SqlState::new("01ABC"))
        .detail("the detail")
        .hint("the hint")
        .context("the context")
        .emit(worker);
    Ok(())
}

/// A call that raises: nobody gets two gigabytes.
fn raise() -> Result<()> {
    // SAFETY: a worker's main thread; the closure owns nothing.
    unsafe { guard(|| ffi::palloc(1 << 31)) }.map(|_| ())
}

fn guard_catches_and_keeps_the_counts(_: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a counter of this process; put back below.
    unsafe { ffi::InterruptHoldoffCount += 1 };
    let failure = raise();
    // SAFETY: as above.
    let count = unsafe { ffi::InterruptHoldoffCount };
    // SAFETY: as above.
    unsafe { ffi::InterruptHoldoffCount = 0 };
    ensure!(
        error(failure)?
            .message()
            .starts_with("invalid memory alloc request size")
    );
    ensure_eq!(count, 1);
    Ok(())
}

fn guard_lets_a_panic_through(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(|| {
        // SAFETY: a worker's main thread; the closure owns nothing.
        unsafe { guard(|| panic!("through C")) }
    });
    ensure!(panic.is_err());
    // The handlers are those of before: an error finds its guard.
    ensure!(raise().is_err());
    works(worker)
}

fn guards_nest(worker: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a worker's main thread; the inner error is a value here, dropped before the outer call raises.
    let outer = unsafe {
        guard(|| {
            let inner_failed = raise().is_err();
            if inner_failed {
                ffi::palloc(1 << 31);
            }
        })
    };
    ensure!(outer.is_err());
    works(worker)
}
