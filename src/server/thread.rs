//! The proof that code runs on the server's thread.

use std::marker::PhantomData;

/// This is the thread on which the server runs: the main thread of one of its processes.
///
/// The internal functions that call the server take it, so the compiler checks on which thread they
/// run. It has no size and cannot leave the thread. The public tokens hold one; a callback of the
/// server makes one. It proves the thread only: that a transaction is open, or that the process has
/// not begun its exit, is proved by a [`Transaction`](crate::Transaction) or checked.
///
/// `'t` is the borrow of the token that it was taken from.
#[derive(Debug, Clone, Copy)]
pub struct ServerThread<'t>(PhantomData<(&'t (), *mut ())>);

impl ServerThread<'_> {
    /// The one way to make it.
    ///
    /// # Safety
    /// The current thread is the one on which the server runs.
    pub(crate) const unsafe fn assume() -> Self {
        ServerThread(PhantomData)
    }

    /// For a value that outlives the token and stays on this thread: holding this, it is not `Send`.
    pub(crate) fn lasting(self) -> ServerThread<'static> {
        ServerThread(PhantomData)
    }
}
