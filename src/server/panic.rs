//! Panics become values at the edge of the server; the hook keeps what only it can see, the location.

use crate::error::{Error, ErrorKind};
use crate::server::log_line;
use crate::server::thread::ServerThread;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::time::Duration;

thread_local! {
    /// On the main thread of a worker. Elsewhere `None`, and panics go the usual way.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

struct Kept {
    thread: ServerThread<'static>,
    last: Panic,
}

#[derive(Default)]
struct Panic {
    message: String,
    location: String,
    /// The panic before, which it may have been raised in the unwinding of.
    before: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" at {}", self.message, self.location)
    }
}

/// Install the hook, in the worker's own process, for its main thread; panics of other threads still go to
/// the hook that was there before.
pub(crate) fn install_hook(thread: ServerThread<'static>) {
    let last = Panic::default();
    KEPT.set(Some(Kept { thread, last }));
    // SAFETY: cannot raise. A number, because a pointer (which it is in some libraries) would not be `Send`.
    let main_thread = unsafe { libc::pthread_self() } as usize;
    let previous = take_hook();
    set_hook(Box::new(move |info| {
        let thread = KEPT.try_with(|kept| Some(kept.try_borrow().ok()?.as_ref()?.thread));
        if let Ok(Some(thread)) = thread {
            keep(thread, info);
        } else {
            previous(info);
            if cannot_unwind(&message_of(info.payload())) {
                leave_from_elsewhere(main_thread);
            }
        }
    }));
}

fn keep(thread: ServerThread<'_>, info: &PanicHookInfo<'_>) {
    let message = message_of(info.payload());
    if cannot_unwind(&message) {
        leave(thread, &message);
    }
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let before = take().map(|panic| panic.to_string()).unwrap_or_default();
    let panic = Panic {
        message,
        location,
        before,
    };
    let _ = KEPT.try_with(|kept| {
        if let Ok(Some(kept)) = kept.try_borrow_mut().as_deref_mut() {
            kept.last = panic;
        }
    });
}

/// The panics after which the runtime aborts the process, by the words it uses for them.
fn cannot_unwind(message: &str) -> bool {
    message == "panic in a destructor during cleanup"
        || message == "panic in a function that cannot unwind"
}

/// An abort would restart every session of the cluster, so leave by the server's own exit instead: exit
/// callbacks run, the transaction aborts, destructors do not run.
fn leave(thread: ServerThread<'_>, message: &str) -> ! {
    let last = take().unwrap_or_default();
    let error = Error::new(ErrorKind::Panic, message).with_detail(format!(
        "It came after these panics: {}; {last}.",
        last.before
    ));
    log_line::log_error(thread, &error);
    // SAFETY: token: `thread`. The frames below are left, not unwound.
    unsafe { crate::ffi::shim::pgbgw_exit(1) }
}

/// How long a thread that would abort waits for the end of the process.
const LAST_RESPITE: Duration = Duration::from_secs(60);

/// Likewise for other threads, which cannot make that call: the worker is told to leave, and this thread stays here. A worker that
/// does not hear of it (it waits for this very thread, say) is aborted after all.
fn leave_from_elsewhere(main_thread: usize) {
    let main_thread = main_thread as libc::pthread_t;
    // SAFETY: cannot raise: the main thread is there as long as the process is; libc sends it a signal.
    unsafe {
        if libc::pthread_equal(main_thread, libc::pthread_self()) == 0 {
            libc::pthread_kill(main_thread, libc::SIGTERM);
            std::thread::sleep(LAST_RESPITE);
        }
    }
}

fn take() -> Option<Panic> {
    KEPT.try_with(|kept| {
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
        "a panic without a message".to_string()
    }
}

/// Drop a value of the user's where no panic may pass. One in its destructor is forgotten: its payload may panic when it is dropped, too.
pub(crate) fn drop_contained<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(payload);
    }
}

/// The error that stands for a caught panic.
pub(crate) fn into_error(payload: Box<dyn Any + Send>) -> Error {
    let message = message_of(&*payload);
    drop_contained(payload);
    let error = Error::new(ErrorKind::Panic, format!("panicked: {message}"));
    match take() {
        Some(panic) if panic.message == message && !panic.location.is_empty() => {
            error.with_context(format!("panic at {}", panic.location))
        }
        _ => error,
    }
}
