//! Threads that do not receive the server's signals.

use crate::error::{Error, Result};
use crate::server::text;
use crate::server::thread::ServerThread;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread::{Builder, JoinHandle};

/// Blocks all signals on this thread until it is dropped. Threads that start meanwhile inherit that
/// for as long as they run. A thread that keeps it receives no signals at all.
#[must_use]
pub(crate) struct BlockedSignals {
    before: libc::sigset_t,
    /// Stays on its thread.
    _thread: PhantomData<*mut ()>,
}

impl BlockedSignals {
    pub(crate) fn new() -> Self {
        let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
        let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: cannot raise: libc fills the sets, and changes the mask of this thread.
        let before = unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
            before.assume_init()
        };
        BlockedSignals {
            before,
            _thread: PhantomData,
        }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // SAFETY: cannot raise: the mask is what it was.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut())
        };
    }
}

/// Starts a thread that receives no signals. The server's signals are for its own thread, which
/// calls this function.
pub(crate) fn spawn<T: Send + 'static>(
    _thread: ServerThread<'_>,
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    // The standard library panics if the name contains a NUL.
    text::c_string("the name of a thread", name)?;
    let blocked = BlockedSignals::new();
    let thread = Builder::new().name(name.to_string()).spawn(body);
    drop(blocked);
    thread
        .map_err(|error| Error::from(error).with_context(format!("starting the thread \"{name}\"")))
}
