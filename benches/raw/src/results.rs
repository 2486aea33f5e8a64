//! Rows of three types, read one by one.

use crate::{Measure, ffi, shim, sink, sql};
use std::ffi::{CString, c_int};
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("rows_int", rows_int),
    ("rows_text", rows_text),
    ("rows_timestamptz", rows_timestamptz),
    ("cursor", cursor),
    ("read", read),
];

/// A value of the last result; `None` for NULL.
///
/// # Safety
/// The row and the column exist, and the result is not freed yet.
pub(crate) unsafe fn value(row: u64, column: c_int) -> Option<ffi::Datum> {
    // SAFETY: the caller's promise.
    unsafe {
        let table = ffi::SPI_tuptable;
        let tuple = *(*table).vals.add(row as usize);
        let mut null = Default::default();
        let datum = ffi::SPI_getbinval(tuple, (*table).tupdesc, column, &mut null);
        (null == Default::default()).then_some(datum)
    }
}

/// # Safety
/// As [`value`].
pub(crate) unsafe fn int() -> i32 {
    // SAFETY: the caller's promise.
    unsafe { value(0, 1) }.map_or(0, |datum| datum as i32)
}

/// # Safety
/// As [`value`]; the column is a text.
pub(crate) unsafe fn text_length(row: u64) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        value(row, 1).map_or(0, |datum| {
            let text = ffi::pg_detoast_datum_packed(datum as *mut _);
            shim::pgbgw_varlena_size(text.cast())
        })
    }
}

/// # Safety
/// Main thread, no transaction open.
unsafe fn rows(sql: String, read: impl Fn(u64) -> u64) -> i64 {
    let sql = CString::new(sql).unwrap_or_default().into_raw();
    // SAFETY: the caller's promise; the text is a raw pointer, so an error would leak it and
    // nothing worse.
    unsafe {
        sql::begin();
        let start = Instant::now();
        sql::execute(std::ffi::CStr::from_ptr(sql));
        let mut sum = 0u64;
        for row in 0..u64::from(ffi::SPI_processed) {
            sum = sum.wrapping_add(read(row));
        }
        black_box(sum);
        ffi::SPI_freetuptable(ffi::SPI_tuptable);
        let took = start.elapsed();
        sql::commit();
        drop(CString::from_raw(sql));
        took.as_nanos() as i64
    }
}

unsafe fn rows_int(n: i64) -> i64 {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    // SAFETY: main thread, no transaction open; one column.
    unsafe {
        rows(sql, |row| {
            value(row, 1).map_or(0, |datum| datum as i32 as u64)
        })
    }
}

unsafe fn rows_text(n: i64) -> i64 {
    let sql = format!("select 'row ' || g from generate_series(1, {n}) g");
    // SAFETY: main thread, no transaction open; one column, a text.
    unsafe { rows(sql, |row| text_length(row) as u64) }
}

unsafe fn rows_timestamptz(n: i64) -> i64 {
    let sql = format!("select to_timestamp(g) from generate_series(1, {n}) g");
    // SAFETY: main thread, no transaction open; one column.
    unsafe { rows(sql, |row| value(row, 1).unwrap_or(0) as u64) }
}

unsafe fn cursor(n: i64) -> i64 {
    let sql =
        CString::new(format!("select g::int4 from generate_series(1, {n}) g")).unwrap_or_default();
    let sql = sql.into_raw();
    // SAFETY: main thread, no transaction open; the text is a raw pointer, so an error would leak
    // it and nothing worse.
    unsafe {
        sql::begin();
        let start = Instant::now();
        let plan = ffi::SPI_prepare(sql, 0, ptr::null_mut());
        let portal = ffi::SPI_cursor_open(
            ptr::null(),
            plan,
            ptr::null_mut(),
            ptr::null(),
            false.into(),
        );
        let mut sum = 0;
        loop {
            ffi::SPI_cursor_fetch(portal, true.into(), 1000);
            let fetched = u64::from(ffi::SPI_processed);
            if fetched == 0 {
                break;
            }
            for row in 0..fetched {
                sum += value(row, 1).map_or(0, |datum| i64::from(datum as i32));
            }
            ffi::SPI_freetuptable(ffi::SPI_tuptable);
        }
        black_box(sum);
        ffi::SPI_cursor_close(portal);
        ffi::SPI_freeplan(plan);
        let took = start.elapsed();
        sql::commit();
        drop(CString::from_raw(sql));
        took.as_nanos() as i64
    }
}

/// Reads one row repeatedly.
unsafe fn read(n: i64) -> i64 {
    // SAFETY: main thread, no transaction open; the row has these columns.
    unsafe {
        sql::begin();
        sql::execute(c"select 42, 'a text of some length', 1.5::float8");
        let start = Instant::now();
        for _ in 0..n {
            sink(value(0, 1).map_or(0, |datum| datum as i32 as u64));
            sink(value(0, 3).map_or(0, |datum| shim::pgbgw_datum_get_float8(datum) as u64));
            sink(value(0, 2).map_or(0, |datum| {
                let text = ffi::pg_detoast_datum_packed(datum as *mut _);
                shim::pgbgw_varlena_size(text.cast()) as u64
            }));
        }
        let took = start.elapsed();
        ffi::SPI_freetuptable(ffi::SPI_tuptable);
        sql::commit();
        took.as_nanos() as i64
    }
}
