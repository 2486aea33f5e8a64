//! Converting panics into errors. The panic hook records the location, which only the hook can see.

use crate::error::{Error, ErrorKind};
use crate::server::log_line;
use crate::server::status_layout::exit;
use crate::server::status_writer::{self, Words};
use crate::server::thread::ServerThread;
use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::time::Duration;

thread_local! {
    /// Set on the server's thread. On other threads it is `None`, and the previous hook handles
    /// panics.
    static HOOK_STATE: RefCell<Option<HookState>> = const { RefCell::new(None) };
}

struct HookState {
    thread: ServerThread<'static>,
    /// Whether all code that panics here is called by this crate. In a session, that is only so in
    /// calls of its functions.
    is_worker: bool,
    last: Panic,
}

impl HookState {
    fn is_responsible(&self) -> bool {
        self.is_worker || self.thread.process().in_call()
    }
}

#[derive(Default)]
struct Panic {
    message: String,
    location: String,
    /// The innermost functions, one in each line, if backtraces are enabled.
    frames: String,
    /// The previous panic. This one may have been raised while it unwound.
    before: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" at {}", self.message, self.location)
    }
}

/// Installs the hook for the main thread of a worker. Panics of other threads still go to the
/// previous hook.
pub(crate) fn install_hook(thread: ServerThread<'static>) {
    install(thread, true);
}

/// Installs the hook for the functions that SQL calls, unless there is one. Panics of other code,
/// for example of another framework, go to the previous hook.
pub(crate) fn install_hook_for_calls(thread: ServerThread<'static>) {
    if HOOK_STATE.with_borrow(Option::is_none) {
        install(thread, false);
    }
}

fn install(thread: ServerThread<'static>, is_worker: bool) {
    HOOK_STATE.set(Some(HookState {
        thread,
        is_worker,
        last: Panic::default(),
    }));
    // SAFETY: cannot raise. It is stored as a number, because in some C libraries it is a pointer,
    // which is not `Send`.
    let main_thread = unsafe { libc::pthread_self() } as usize;
    let previous = take_hook();
    set_hook(Box::new(move |info| {
        let thread = HOOK_STATE.try_with(|kept| {
            let kept = kept.try_borrow().ok()?;
            let state = kept.as_ref()?;
            state.is_responsible().then_some(state.thread)
        });
        if let Ok(Some(thread)) = thread {
            keep(thread, info);
        } else {
            previous(info);
            if cannot_unwind(&message_of(info.payload())) {
                exit_in_other_code(main_thread);
            }
        }
    }));
}

fn keep(thread: ServerThread<'_>, info: &PanicHookInfo<'_>) {
    let message = message_of(info.payload());
    if cannot_unwind(&message) || exit_is_over(thread) {
        exit_without_unwinding(thread, &message);
    }
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let frames = top_frames();
    let before = take().map(|panic| panic.to_string()).unwrap_or_default();
    let panic = Panic {
        message,
        location,
        frames,
        before,
    };
    let _ = HOOK_STATE.try_with(|kept| {
        if let Ok(Some(kept)) = kept.try_borrow_mut().as_deref_mut() {
            kept.last = panic;
        }
    });
}

/// The number of functions that are kept of the backtrace of a panic.
const FRAMES: usize = 8;

/// Returns the innermost functions, one in each line. Only if `RUST_BACKTRACE` is set for the
/// server, because reading the symbols of a library takes long.
fn top_frames() -> String {
    let backtrace = Backtrace::capture();
    if backtrace.status() != BacktraceStatus::Captured {
        return String::new();
    }
    functions(&backtrace.to_string()).join("\n")
}

/// Returns the functions in the text of a backtrace, without those that handle the panic.
fn functions(backtrace: &str) -> Vec<&str> {
    let functions: Vec<&str> = backtrace
        .lines()
        .filter_map(|line| {
            let (number, function) = line.trim_start().split_once(": ")?;
            number.parse::<u32>().ok().map(|_| function)
        })
        .collect();
    // The runtime calls the hook below this function.
    let hook = |function: &&str| function.contains("__rust_end_short_backtrace");
    let first = functions.iter().position(hook).map_or(0, |at| at + 1);
    let handles = |function: &&str| {
        [
            "core::panicking::",
            "std::panicking::",
            "rust_begin_unwind",
            "__rustc::",
        ]
        .iter()
        .any(|start| function.starts_with(start))
            || is_inlined_panic(function)
    };
    let functions = functions[first..].iter().copied();
    functions.skip_while(handles).take(FRAMES).collect()
}

/// Whether an inlined function raises a panic. With line tables only, an inlined function has no
/// path: `panic_display<alloc::string::String>`.
fn is_inlined_panic(function: &str) -> bool {
    let name = function.split('<').next();
    [
        "begin_panic",
        "expect_failed",
        "panic_any",
        "panic_display",
        "panic_fmt",
        "unwrap_failed",
    ]
    .contains(&name.unwrap_or_default())
}

/// Whether the runtime aborts the process after the panic with this message.
fn cannot_unwind(message: &str) -> bool {
    [
        "panic in a destructor during cleanup",
        "panic in a function that cannot unwind",
        "std::process::exit called re-entrantly",
    ]
    .contains(&message)
}

/// Returns whether everything is done that the server does when the process exits. The destructors
/// of thread-locals run then, and the runtime aborts the process if one of them panics.
fn exit_is_over(_thread: ServerThread<'_>) -> bool {
    // SAFETY: token: `_thread`; cannot raise: reads a flag.
    unsafe { crate::ffi::shim::pgbgw_exit_is_over() != 0 }
}

/// Exits through the server's own exit, because an abort would restart every session of the
/// cluster. Exit callbacks run and the transaction aborts. Destructors do not run.
fn exit_without_unwinding(thread: ServerThread<'_>, message: &str) -> ! {
    let last = take().unwrap_or_default();
    let mut error = Error::new(ErrorKind::Panic, message);
    if !last.message.is_empty() {
        error = error.with_detail(format!(
            "It came after these panics: {}; {last}.",
            last.before
        ));
    }
    log_line::log_error(thread, &error);
    let text = match last.message.is_empty() {
        true => message.to_string(),
        false => format!("{message}: {}", last.message),
    };
    let words = Words {
        sqlstate: error.sqlstate().raw(),
        message: &text,
        statement: "",
        place: &last.location,
        backtrace: &last.frames,
    };
    status_writer::ended(thread, exit::PANIC, Some(&words));
    // SAFETY: token: `thread`. The frames below are abandoned, not unwound.
    unsafe { crate::ffi::shim::pgbgw_leave() }
}

/// Time that a thread that would abort waits for the end of the process.
const ABORT_DELAY: Duration = Duration::from_secs(60);

/// Like [`exit_without_unwinding`], for other threads, which cannot call the server. Sends SIGTERM
/// to the worker and blocks this thread. If the worker does not react, for example because it waits
/// for this thread, the process aborts after all.
///
/// On the server's thread, this is a destructor of a thread-local, which runs in `exit` when the
/// hook has lost its state. It ends the process.
fn exit_in_other_code(main_thread: usize) {
    let main_thread = main_thread as libc::pthread_t;
    // SAFETY: cannot raise: the main thread exists as long as the process; libc sends it a signal.
    unsafe {
        if libc::pthread_equal(main_thread, libc::pthread_self()) == 0 {
            libc::pthread_kill(main_thread, libc::SIGTERM);
            std::thread::sleep(ABORT_DELAY);
        } else if HOOK_STATE.try_with(|_| ()).is_err() {
            // The frames below are abandoned, not unwound.
            crate::ffi::shim::pgbgw_leave()
        }
    }
}

fn take() -> Option<Panic> {
    HOOK_STATE
        .try_with(|kept| {
            let mut kept = kept.try_borrow_mut().ok()?;
            Some(std::mem::take(&mut kept.as_mut()?.last))
        })
        .ok()?
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_string()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "panic without a message".to_string()
    }
}

/// Drops a value of the user's type where no panic may pass. A panic in its destructor is caught,
/// and its payload is leaked, because dropping that may panic, too.
pub(crate) fn drop_contained<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(payload);
    }
}

/// Where a panic came from.
#[derive(Debug, Default)]
pub(crate) struct PanicPlace {
    pub(crate) location: String,
    pub(crate) frames: String,
}

/// Converts a caught panic into an error.
pub(crate) fn into_error(payload: Box<dyn Any + Send>) -> Error {
    into_error_and_place(payload).0
}

/// Converts a caught panic into an error, and returns its place.
pub(crate) fn into_error_and_place(payload: Box<dyn Any + Send>) -> (Error, PanicPlace) {
    let message = message_of(&*payload);
    drop_contained(payload);
    let error = Error::new(ErrorKind::Panic, format!("panicked: {message}"));
    match take() {
        Some(panic) if panic.message == message && !panic.location.is_empty() => (
            error.with_context(format!("panic at {}", panic.location)),
            PanicPlace {
                location: panic.location,
                frames: panic.frames,
            },
        ),
        _ => (error, PanicPlace::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::functions;

    #[test]
    fn innermost_functions_come_first() {
        let names = [
            "top_frames",
            "std::panicking::panic_with_hook",
            "std::sys::backtrace::__rust_end_short_backtrace",
            "__rustc::rust_begin_unwind",
            "core::panicking::panic_fmt",
            "panic_display<alloc::string::String>",
            "heartbeat::beat",
            "heartbeat::main::{{closure}}",
            "std::panicking::catch_unwind",
        ];
        let lines = names.iter().enumerate();
        let text: String = lines
            .map(|(at, name)| format!("{at:>4}: {name}\n             at ./src/lib.rs:7:5\n"))
            .collect();
        assert_eq!(functions(&text), names[6..]);
        assert_eq!(functions("disabled backtrace"), [""; 0]);
        let deep: String = (0..20).map(|at| format!("{at}: f{at}\n")).collect();
        assert_eq!(functions(&deep).len(), 8);
    }
}
