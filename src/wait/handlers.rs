//! Signal handlers that other code has replaced.

use crate::server::thread::ServerThread;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;

/// The signals that the server sends to a worker.
const SIGNALS: [c_int; 4] = [libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1, libc::SIGINT];

/// The handlers of the server's signals, as they were.
pub(crate) struct Handlers([libc::sigaction; SIGNALS.len()]);

impl Handlers {
    pub(crate) fn new(_thread: ServerThread<'_>) -> Self {
        Handlers(SIGNALS.map(current))
    }

    /// Restores the handlers that were replaced. Returns whether there were any.
    pub(crate) fn restore(&self) -> bool {
        let mut replaced = false;
        for (signal, before) in SIGNALS.into_iter().zip(&self.0) {
            if current(signal).sa_sigaction != before.sa_sigaction {
                // SAFETY: cannot raise: the handler is the one that the system reported for this
                // signal.
                unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
                replaced = true;
            }
        }
        replaced
    }
}

fn current(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: cannot raise: the system fills `action`, for which all bits zero are valid, too.
    unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
        action.assume_init()
    }
}
