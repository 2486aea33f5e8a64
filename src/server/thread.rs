//! The proof that code runs on the server's thread.

use std::marker::PhantomData;

/// Proves that the current thread is the one on which the server runs: the main thread of one of
/// its processes.
///
/// The internal functions that call the server take this value, so the compiler checks on which
/// thread they run. It is zero-sized and cannot leave the thread. The public tokens contain one,
/// and a callback of the server makes one. It proves only the thread. A
/// [`Transaction`](crate::Transaction) proves that a transaction is open, and a check at run time
/// ensures that the process has not begun its exit.
///
/// `'t` is the borrow of the token from which it was taken.
#[derive(Debug, Clone, Copy)]
pub struct ServerThread<'t>(PhantomData<(&'t (), *mut ())>);

impl ServerThread<'_> {
    /// Makes the proof. No other function does.
    ///
    /// # Safety
    /// The current thread must be the one on which the server runs.
    pub(crate) const unsafe fn assume() -> Self {
        ServerThread(PhantomData)
    }

    /// Returns a proof for a value that outlives the token and stays on this thread. A value that
    /// contains it is not `Send`.
    pub(crate) fn lasting(self) -> ServerThread<'static> {
        ServerThread(PhantomData)
    }
}

/// The bound of the implementations of `Send` and `Sync` for tokens. No type implements it, so no
/// token is `Send` or `Sync`, and the compiler's error is about the token and not about its fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stays on the main thread of its process",
    label = "another thread would use `{Self}`",
    note = "the server is single-threaded: send data to the thread instead, with `Worker::spawn` or `Worker::run_thread`"
)]
pub trait OfAnyThread {}
