//! Keeps the error with which this worker ends, for the process that launched it.
#![cfg(pg_has = "bgw_extra")]

use crate::error::ErrorFields;
use crate::ffi::{self, shim};
use crate::server::guard::guard;
use crate::server::last_error::Table;
use crate::server::thread::ServerThread;
use crate::worker::payload;
use crate::worker::token::own_payload;
use std::ffi::c_int;
use std::mem::MaybeUninit;

/// Finds the record of this worker, if it was launched. Without one, nothing is kept.
pub(crate) fn watch(thread: ServerThread<'_>) {
    let key = payload::key(own_payload(thread));
    let table: Option<&Table> = thread.process().last_errors.get();
    let Some(place) = table.and_then(|table| table.find(key)) else {
        return;
    };
    // SAFETY: token: `thread`; plain frames; `at_exit` is the callback type.
    let watched = unsafe {
        guard(|| {
            ffi::on_proc_exit(Some(at_exit), 0);
            shim::pgbgw_watch_fatal();
        })
    };
    if watched.is_ok() {
        thread.process().last_error.set(Some(place));
    }
}

/// Keeps the FATAL that has started the exit. Main has not returned then.
unsafe extern "C-unwind" fn at_exit(_code: c_int, _argument: ffi::Datum) {
    // SAFETY: token: the server runs its exit, and these callbacks in it, on its thread.
    let thread = unsafe { ServerThread::assume() };
    let mut report = MaybeUninit::<shim::ReportFields>::uninit();
    let mut at = 0;
    // SAFETY: cannot raise; a report that was read is valid, and its texts end in NUL.
    let fields = unsafe {
        if shim::pgbgw_is_ending() == 0
            || shim::pgbgw_read_kept(&raw mut at, report.as_mut_ptr()) == 0
        {
            return;
        }
        ErrorFields::from_report(report.assume_init_ref())
    };
    if let Some(place) = thread.process().last_error.get() {
        place.write(&fields);
    }
}
