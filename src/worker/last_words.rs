//! The slot in which this worker shows its state, and its last words: the error with which it ends,
//! for other processes, for the next run, and for the process that launched it.

use crate::error::{Error, ErrorFields, ErrorKind, SqlState, Text, is_terminating};
use crate::ffi::{self, shim};
use crate::server::clock::last_tick;
use crate::server::guard::guard;
use crate::server::hash::{START, fnv1a};
#[cfg(pg_has = "bgw_extra")]
use crate::server::last_error;
use crate::server::log_line::Level;
use crate::server::panic::PanicPlace;
use crate::server::report::Report;
use crate::server::status::{Identity, Slot};
use crate::server::status_layout::{BACKTRACE, MESSAGE, PLACE, STATEMENT, exit, kind, state, word};
use crate::server::status_tables::{alive, own};
use crate::server::status_writer::{Words, ended, now};
use crate::server::text::Name;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
#[cfg(pg_has = "bgw_extra")]
use crate::worker::payload;
#[cfg(pg_has = "bgw_extra")]
use crate::worker::token::own_payload;
use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;

/// Reserves a slot for a static worker, in the postmaster, so that it is seen before it starts.
pub(crate) fn reserve(thread: ServerThread<'_>, name: Name, worker: &ffi::BackgroundWorker) {
    let Some(table) = thread.process().status_table.get() else {
        return;
    };
    let free = |slot: &&Slot| slot.get(word::STATE) == state::FREE;
    if let Some(slot) = table.slots.iter().find(free) {
        slot.change(|| {
            let name = String::from_utf8_lossy(name.bytes());
            slot.begin(identity(thread, &name, worker), kind::STATIC, now(thread));
            slot.set(word::STATE, state::REGISTERED);
        });
    }
}

fn identity<'n>(
    thread: ServerThread<'_>,
    name: &'n str,
    worker: &ffi::BackgroundWorker,
) -> Identity<'n> {
    let interval = i64::from(worker.bgw_restart_time) as u64;
    let registration = match own_child(thread) {
        Some(child) => child,
        None => hash_of(worker, fnv1a(START, &interval.to_le_bytes())),
    };
    Identity {
        name,
        argument: worker.bgw_main_arg as u64,
        registration,
    }
}

/// Adds to a hash what tells a launched worker from a static one, and its payload.
fn hash_of(worker: &ffi::BackgroundWorker, hash: u64) -> u64 {
    #[cfg(pg_has = "bgw_extra")]
    return payload::same_for_restarts(&worker.bgw_extra.map(|byte| byte as u8), hash);
    #[cfg(not(pg_has = "bgw_extra"))]
    {
        let _ = worker;
        hash
    }
}

/// Returns a hash for this child of a supervisor, which its copies and its workers in other
/// databases do not share.
fn own_child(thread: ServerThread<'_>) -> Option<u64> {
    #[cfg(pg_has = "bgw_extra")]
    return thread.process().own_place.get().map(|own| {
        let supervisor = fnv1a(START, own.family.name.as_bytes());
        fnv1a(supervisor, &own.place.words()[0].to_le_bytes())
    });
    #[cfg(not(pg_has = "bgw_extra"))]
    {
        let _ = thread;
        None
    }
}

/// Shows that this worker is a supervisor.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn supervises(thread: ServerThread<'_>) {
    if let Some(slot) = thread.process().status.get() {
        slot.set(word::KIND, kind::SUPERVISOR);
    }
}

/// Finds the slot of this worker, and logs the last words of its run before. Then finds where its
/// error is kept if it was launched. Called once, before main.
pub(crate) fn watch(backend: &impl OnServerThread, name: &str) {
    let thread = backend.server_thread();
    claim(backend, name);
    #[cfg(pg_has = "bgw_extra")]
    let place = {
        let table: Option<&last_error::Table> = thread.process().last_errors.get();
        table.and_then(|table| table.find(payload::key(own_payload(thread))))
    };
    #[cfg(not(pg_has = "bgw_extra"))]
    let place: Option<()> = None;
    if place.is_none() && thread.process().status.get().is_none() {
        return;
    }
    // SAFETY: token: `thread`; plain frames; `at_exit` is the callback type.
    let watched = unsafe {
        guard(|| {
            // The process still counts as alive there, so no other one takes its slot before.
            ffi::on_shmem_exit(Some(at_exit), 0);
            shim::pgbgw_watch_fatal();
        })
    };
    #[cfg(pg_has = "bgw_extra")]
    if watched.is_ok() {
        thread.process().last_error.set(place);
    }
    #[cfg(not(pg_has = "bgw_extra"))]
    let _ = watched;
}

fn claim(backend: &impl OnServerThread, name: &str) {
    let thread = backend.server_thread();
    let (Some(table), owner) = (thread.process().status_table.get(), own(thread)) else {
        return;
    };
    // SAFETY: token: `thread`; cannot raise; server memory: the entry lives as long as the process.
    let identity = identity(thread, name, unsafe { &*ffi::MyBgworkerEntry });
    let is_alive = |owner| alive(thread, owner).is_some();
    let Some((slot, before)) = (owner != 0)
        .then(|| table.claim(identity, owner, is_alive))
        .flatten()
    else {
        return;
    };
    let mut last_words = None;
    slot.change(|| {
        if !slot.is(identity) {
            let kind = match own_child(thread) {
                Some(_) => kind::CHILD,
                None => kind::DYNAMIC,
            };
            slot.begin(identity, kind, now(thread));
        } else if before != 0 {
            // The process has not recorded its end.
            slot.set(word::LAST_EXIT, exit::CRASH);
            slot.set(word::LAST_EXIT_AT, now(thread));
            slot.add(word::FAILURES, 1);
        }
        last_words = describe(slot, name);
        let is_restart = slot.get(word::STARTED_AT) != 0;
        slot.add(word::RESTARTS, u64::from(is_restart));
        slot.set(word::STARTED_AT, now(thread));
        slot.set(word::SINCE, last_tick());
        slot.set(word::STOP, 0);
        slot.set(word::QUEUE_DEPTH, 0);
        slot.set(word::DATABASE, 0);
        slot.set(word::STATE, state::STARTING);
    });
    thread.process().status.set(Some(slot));
    // SAFETY: cannot raise; the slot stays mapped.
    unsafe { shim::pgbgw_show_stop(slot.place(word::STOP)) };
    if let Some(report) = last_words {
        report.emit(backend);
    }
}

/// Returns the line for the log about the run before, if that has failed.
fn describe(slot: &Slot, name: &str) -> Option<Report> {
    let (last, waits) = (slot.get(word::LAST_EXIT), slot.get(word::ERROR_WAITS));
    if !exit::is_failure(last) {
        return None;
    }
    let (what, error) = match last & 0xFFFF_FFFF {
        exit::ERROR => ("an error", true),
        exit::PANIC => ("a panic", true),
        exit::FATAL => ("FATAL", true),
        exit::CRASH => ("a signal or a crash of the server", false),
        _ => ("a call of exit", false),
    };
    let mut text = format!("background worker \"{name}\": the run before ended with {what}");
    if !error {
        let waits = slot.get(word::WAITS);
        return Some(Report::new(Level::Log, text).detail(format!("It came after {waits} waits.")));
    }
    let [message, place, statement, backtrace] =
        [MESSAGE, PLACE, STATEMENT, BACKTRACE].map(|place| slot.read(place));
    text = format!("{text}: {message}");
    let sqlstate = SqlState::from_raw(slot.get(word::SQLSTATE) as i32);
    let mut detail = format!("It came after {waits} waits, with SQLSTATE {sqlstate}.");
    for (what, text) in [
        ("Its place was", place),
        ("Its statement was", statement),
        (
            "Its innermost functions were",
            backtrace.replace('\n', ", "),
        ),
    ] {
        if !text.is_empty() {
            detail = format!("{detail} {what}: {text}");
        }
    }
    Some(Report::new(Level::Log, text).detail(detail))
}

/// Shows that main begins.
pub(crate) fn begin_main(thread: ServerThread<'_>) {
    set_state(thread, state::RUNNING);
}

/// Shows that the worker waits for the rest of a restart interval.
pub(crate) fn begin_back_off(thread: ServerThread<'_>) {
    set_state(thread, state::BACKING_OFF);
}

fn set_state(thread: ServerThread<'_>, state: u64) {
    if let Some(slot) = thread.process().status.get() {
        slot.set(word::STATE, state);
    }
}

/// Records that main has returned without an error.
pub(crate) fn leave(thread: ServerThread<'_>, exit: u64) {
    ended(thread, exit, None);
}

/// Records the error with which main has ended, or its panic at this place.
pub(crate) fn fail(thread: ServerThread<'_>, error: &Error, panic: &PanicPlace) {
    #[cfg(pg_has = "bgw_extra")]
    if let Some(place) = thread.process().last_error.get() {
        place.write(error.fields());
    }
    let exit = match error.kind() {
        ErrorKind::Terminating => return leave(thread, exit::STOPPED),
        ErrorKind::Panic => exit::PANIC,
        _ => exit::ERROR,
    };
    let words = Words {
        sqlstate: error.sqlstate().raw(),
        message: error.message(),
        statement: error.fields().get(Text::Statement).unwrap_or_default(),
        place: &panic.location,
        backtrace: &panic.frames,
    };
    ended(thread, exit, Some(&words));
}

/// Keeps the FATAL that has started the exit, or the code of the exit. Main has not returned then.
unsafe extern "C-unwind" fn at_exit(code: c_int, _argument: ffi::Datum) {
    // SAFETY: token: the server runs its exit, and these callbacks in it, on its thread.
    let thread = unsafe { ServerThread::assume() };
    let Some(fields) = fatal(thread) else {
        return leave(thread, exit::CODE | u64::from(code as u32) << 32);
    };
    #[cfg(pg_has = "bgw_extra")]
    if let Some(place) = thread.process().last_error.get() {
        place.write(&fields);
    }
    if is_terminating() {
        return leave(thread, exit::STOPPED);
    }
    let words = Words {
        sqlstate: fields.sqlstate.raw(),
        message: fields.message(),
        statement: fields.get(Text::Statement).unwrap_or_default(),
        place: "",
        backtrace: "",
    };
    ended(thread, exit::FATAL, Some(&words));
}

/// Returns the FATAL that has started the exit.
fn fatal(_thread: ServerThread<'_>) -> Option<ErrorFields> {
    let mut report = MaybeUninit::<shim::ReportFields>::uninit();
    let mut at = 0;
    // SAFETY: token: `_thread`; cannot raise; a report that was read is valid, and its texts end in
    // NUL.
    unsafe {
        if shim::pgbgw_is_ending() == 0
            || shim::pgbgw_read_kept(&raw mut at, report.as_mut_ptr()) == 0
        {
            return None;
        }
        Some(ErrorFields::from_report(report.assume_init_ref()))
    }
}

/// Returns the name that this worker was registered with, which is ASCII.
pub(crate) fn own_name(_thread: ServerThread<'_>) -> String {
    // SAFETY: token: `_thread`; cannot raise; server memory: the entry lives as long as the
    // process, and its name ends with a NUL.
    let name = unsafe { CStr::from_ptr((&raw const (*ffi::MyBgworkerEntry).bgw_name).cast()) };
    name.to_string_lossy().into_owned()
}
