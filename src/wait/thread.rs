//! Threads that do not receive the server's signals.

use crate::error::{Error, Result};
use crate::server::text;
use crate::server::thread::ServerThread;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread::{Builder, JoinHandle};

/// Starts a thread that receives no signals. The server's signals are for its own thread, which
/// calls this function.
pub(crate) fn spawn<T: Send + 'static>(
    _thread: ServerThread<'_>,
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    // The standard library panics if the name contains a NUL.
    text::c_string("the name of a thread", name)?;
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: cannot raise: libc fills the sets, and changes this thread's mask, which the new
    // thread inherits.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
    }
    let thread = Builder::new().name(name.to_string()).spawn(body);
    // SAFETY: as above: the mask is what it was.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    thread
        .map_err(|error| Error::from(error).with_context(format!("starting the thread \"{name}\"")))
}
