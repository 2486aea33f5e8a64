//! Errors and the guard.

use crate::check::*;
use postgres_bgworker::SqlState;

pub(crate) const CASES: &[(&str, Case)] = cases![
    errors_carry_all_fields,
    guard_catches_and_keeps_the_counts,
    report_of_an_error_keeps_the_counts,
    #[cfg(pg_has = "bgw_extra")]
    segment_that_cannot_be_made_leaves_no_owner,
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

/// How often interrupts are held off, and, since 9.5, cancels alone.
fn holdoffs() -> (u32, u32) {
    // SAFETY: counters of this process, which change on this thread only.
    unsafe {
        (
            ffi::InterruptHoldoffCount,
            #[cfg(pg_has = "bgw_extra")]
            ffi::QueryCancelHoldoffCount,
            #[cfg(not(pg_has = "bgw_extra"))]
            0,
        )
    }
}

/// Counts how often they are held off after the call, if they are held off once before it.
fn held_off<R>(call: impl FnOnce() -> R) -> (R, (u32, u32)) {
    let set = |count| {
        // SAFETY: as above.
        unsafe {
            ffi::InterruptHoldoffCount = count;
            #[cfg(pg_has = "bgw_extra")]
            {
                ffi::QueryCancelHoldoffCount = count;
            }
        }
    };
    set(1);
    let result = call();
    let counts = holdoffs();
    set(0);
    (result, counts)
}

const HELD_OFF_ONCE: (u32, u32) = (1, if cfg!(pg_has = "bgw_extra") { 1 } else { 0 });

fn guard_catches_and_keeps_the_counts(_: &mut Worker<Connected>) -> Result<()> {
    let (failure, counts) = held_off(raise);
    ensure!(
        error(failure)?
            .message()
            .starts_with("invalid memory alloc request size")
    );
    ensure_eq!(counts, HELD_OFF_ONCE);
    Ok(())
}

fn report_of_an_error_keeps_the_counts(worker: &mut Worker<Connected>) -> Result<()> {
    let report = ffi::shim::ReportFields {
        level: ffi::ERROR,
        sqlstate: 0,
        message: c"reported, and not raised".as_ptr(),
        detail: std::ptr::null(),
        hint: std::ptr::null(),
        context: std::ptr::null(),
        file: c"".as_ptr(),
        line: 0,
    };
    let report = &raw const report;
    // SAFETY: a worker's token; the closure owns nothing; the texts are constants.
    let (reported, counts) =
        held_off(|| unsafe { guard(|| ffi::shim::pgbgw_report_error(report)) });
    reported?;
    ensure_eq!(counts, HELD_OFF_ONCE);
    works(worker)
}

/// Before 10 the server makes no segment without a resource owner, and an error leaves the one that was lent to it.
#[cfg(pg_has = "bgw_extra")]
fn segment_that_cannot_be_made_leaves_no_owner(worker: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a pointer of this process is read; it is compared only.
    let owner = || unsafe { ffi::CurrentResourceOwner };
    let before = owner();
    // SAFETY: a worker's token; the closure owns nothing. Nobody has so much memory.
    let segment = unsafe { guard(|| ffi::shim::pgbgw_dsm_create(1 << 60)) };
    ensure!(segment.is_err());
    ensure_eq!(owner(), before);
    works(worker)
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
