//! Transactions and statements.

use crate::results::int;
use crate::{Measure, ffi, must, shim};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("xact_empty", xact_empty),
    ("xact_select_1", xact_select_1),
    ("select_1", select_1),
    ("plan_select_1", plan_select_1),
    ("plan_xact_select_1", plan_xact_select_1),
    ("params", params),
    ("insert", insert),
    ("text_1k", text::<1024>),
    ("text_1m", text::<1_048_576>),
    ("savepoint_release", savepoint::<false>),
    ("savepoint_rollback", savepoint::<true>),
];

/// # Safety
/// Main thread, no transaction open.
pub(crate) unsafe fn begin() {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::SetCurrentStatementStartTimestamp();
        ffi::StartTransactionCommand();
        ffi::SPI_connect();
        ffi::PushActiveSnapshot(ffi::GetTransactionSnapshot());
    }
}

/// # Safety
/// After [`begin`].
pub(crate) unsafe fn commit() {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::SPI_finish();
        ffi::PopActiveSnapshot();
        ffi::CommitTransactionCommand();
        ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null());
    }
}

/// # Safety
/// After [`begin`].
pub(crate) unsafe fn execute(sql: &CStr) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::debug_query_string = sql.as_ptr();
        ffi::pgstat_report_activity(ffi::BackendState::STATE_RUNNING, sql.as_ptr());
        must(ffi::SPI_execute(sql.as_ptr(), false.into(), 0) > 0);
        ffi::debug_query_string = ptr::null();
    }
}

unsafe fn free() {
    // SAFETY: the table of the last statement, which is no longer used.
    unsafe { ffi::SPI_freetuptable(ffi::SPI_tuptable) }
}

unsafe fn xact_empty(n: i64) -> i64 {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread, no transaction open.
        unsafe {
            ffi::SetCurrentStatementStartTimestamp();
            ffi::StartTransactionCommand();
            ffi::CommitTransactionCommand();
        }
    }
    start.elapsed().as_nanos() as i64
}

unsafe fn xact_select_1(n: i64) -> i64 {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread, no transaction open.
        unsafe {
            begin();
            execute(c"select 1");
            black_box(int());
            commit();
        }
    }
    start.elapsed().as_nanos() as i64
}

unsafe fn select_1(n: i64) -> i64 {
    // SAFETY: main thread, no transaction open.
    unsafe {
        begin();
        let start = Instant::now();
        for _ in 0..n {
            execute(c"select 1");
            black_box(int());
            free();
        }
        let took = start.elapsed();
        commit();
        took.as_nanos() as i64
    }
}

unsafe fn run(plan: ffi::SPIPlanPtr, values: *mut ffi::Datum, nulls: *const c_char) {
    // SAFETY: the caller's promise: a plan of this process, in a transaction.
    let code = unsafe { ffi::SPI_execute_plan(plan, values, nulls, false.into(), 0) };
    must(code > 0);
}

unsafe fn prepare(sql: &CStr, count: c_int, types: *mut ffi::Oid) -> ffi::SPIPlanPtr {
    // SAFETY: the caller's promise: in a transaction, with this number of types.
    unsafe {
        let plan = ffi::SPI_prepare(sql.as_ptr(), count, types);
        must(!plan.is_null());
        ffi::SPI_keepplan(plan);
        plan
    }
}

unsafe fn plan_select_1(n: i64) -> i64 {
    // SAFETY: main thread, no transaction open.
    unsafe {
        begin();
        let plan = prepare(c"select 1", 0, ptr::null_mut());
        let start = Instant::now();
        for _ in 0..n {
            run(plan, ptr::null_mut(), ptr::null());
            black_box(int());
            free();
        }
        let took = start.elapsed();
        ffi::SPI_freeplan(plan);
        commit();
        took.as_nanos() as i64
    }
}

unsafe fn plan_xact_select_1(n: i64) -> i64 {
    // SAFETY: main thread, no transaction open.
    unsafe {
        begin();
        let plan = prepare(c"select 1", 0, ptr::null_mut());
        commit();
        let start = Instant::now();
        for _ in 0..n {
            begin();
            run(plan, ptr::null_mut(), ptr::null());
            black_box(int());
            commit();
        }
        let took = start.elapsed();
        ffi::SPI_freeplan(plan);
        took.as_nanos() as i64
    }
}

unsafe fn params(n: i64) -> i64 {
    const SQL: &CStr = c"select $1 + $2";
    let mut types = [ffi::INT4OID as ffi::Oid; 2];
    // SAFETY: main thread, no transaction open.
    unsafe {
        begin();
        let start = Instant::now();
        for i in 0..n {
            let mut values = [i as i32 as ffi::Datum, 1];
            ffi::debug_query_string = SQL.as_ptr();
            ffi::pgstat_report_activity(ffi::BackendState::STATE_RUNNING, SQL.as_ptr());
            let (types, values) = (types.as_mut_ptr(), values.as_mut_ptr());
            let code: c_int = ffi::SPI_execute_with_args(
                SQL.as_ptr(),
                2,
                types,
                values,
                c"  ".as_ptr(),
                false.into(),
                0,
            );
            must(code > 0);
            ffi::debug_query_string = ptr::null();
            black_box(int());
            free();
        }
        let took = start.elapsed();
        commit();
        took.as_nanos() as i64
    }
}

unsafe fn insert(n: i64) -> i64 {
    const NOTE: &CStr = c"a note of some length";
    let mut types = [ffi::INT4OID as ffi::Oid, ffi::TEXTOID as ffi::Oid];
    // SAFETY: main thread, no transaction open.
    unsafe {
        begin();
        execute(c"truncate bench.target");
        let sql = c"insert into bench.target values ($1, $2)";
        let plan = prepare(sql, 2, types.as_mut_ptr());
        let start = Instant::now();
        for i in 0..n {
            let note = ffi::cstring_to_text_with_len(NOTE.as_ptr(), NOTE.count_bytes() as c_int);
            let mut values = [i as ffi::Datum, note as ffi::Datum];
            run(plan, values.as_mut_ptr(), c"  ".as_ptr());
            ffi::pfree(note.cast());
        }
        let took = start.elapsed();
        ffi::SPI_freeplan(plan);
        commit();
        took.as_nanos() as i64
    }
}

unsafe fn text<const SIZE: usize>(n: i64) -> i64 {
    let mut types = [ffi::TEXTOID as ffi::Oid];
    // SAFETY: main thread, no transaction open.
    unsafe {
        let bytes: *mut c_char = ffi::MemoryContextAlloc(ffi::TopMemoryContext, SIZE).cast();
        bytes.write_bytes(b'x', SIZE);
        begin();
        let plan = prepare(c"select $1", 1, types.as_mut_ptr());
        let start = Instant::now();
        for _ in 0..n {
            let value = ffi::cstring_to_text_with_len(bytes, SIZE as c_int);
            let mut values = [value as ffi::Datum];
            run(plan, values.as_mut_ptr(), c" ".as_ptr());
            black_box(crate::results::text_length(0));
            free();
            ffi::pfree(value.cast());
        }
        let took = start.elapsed();
        ffi::SPI_freeplan(plan);
        commit();
        ffi::pfree(bytes.cast());
        took.as_nanos() as i64
    }
}

/// Like in C: guarded, and restores the current context and owner.
unsafe fn savepoint<const FAIL: bool>(n: i64) -> i64 {
    unsafe extern "C-unwind" fn end<const FAIL: bool>(_: *mut c_void) {
        // SAFETY: in a guard and in the subtransaction.
        unsafe {
            if FAIL {
                ffi::RollbackAndReleaseCurrentSubTransaction();
            } else {
                ffi::ReleaseCurrentSubTransaction();
            }
        }
    }
    // SAFETY: main thread, no transaction open; nothing is owned.
    unsafe {
        begin();
        let start = Instant::now();
        for _ in 0..n {
            let (context, owner) = (ffi::CurrentMemoryContext, ffi::CurrentResourceOwner);
            ffi::BeginInternalSubTransaction(ptr::null());
            ffi::inline::MemoryContextSwitchTo(context);
            let error = shim::pgbgw_try(end::<FAIL>, ptr::null_mut());
            must(error.is_null());
            ffi::inline::MemoryContextSwitchTo(context);
            ffi::CurrentResourceOwner = owner;
        }
        let took = start.elapsed();
        commit();
        took.as_nanos() as i64
    }
}
