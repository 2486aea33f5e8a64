//! Running code that blocks outside the server.

use crate::error::Result;
use crate::server::interrupts;
use crate::server::panic;
use crate::server::tokens::OnServerThread;
use crate::worker::state::ConnectionState;
use crate::worker::token::Worker;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{TryRecvError, sync_channel};
use std::time::Duration;

impl<S: ConnectionState> Worker<'_, S> {
    /// Runs `body` on a new thread, started like [`spawn`](Worker::spawn), and waits for its result
    /// like [`wait`](Worker::wait), which serves interrupts. Use it for calls that block outside
    /// the server.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<NoDatabase>) -> Result<()> {
    /// let answer = worker.run_thread("fetch", || std::fs::read_to_string("/mnt/slow/answer"))??;
    /// worker.log(answer);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// * [`Terminating`](crate::ErrorKind::Terminating): SIGTERM has arrived. The thread continues
    ///   until it returns or the process ends. The same holds for the errors of interrupts.
    /// * [`Panic`](crate::ErrorKind::Panic): `body` panicked.
    /// * The errors of [`spawn`](Worker::spawn) and [`waker`](Worker::waker).
    pub fn run_thread<T: Send + 'static>(
        &mut self,
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let waker = self.waker()?;
        let (sender, receiver) = sync_channel(1);
        // The join handle is not needed: the result arrives through the channel. The thread ends
        // with the process at the latest.
        drop(self.spawn(name, move || {
            let result = catch_unwind(AssertUnwindSafe(body));
            let _ = sender.send(result);
            waker.wake();
        })?);
        loop {
            match receiver.try_recv() {
                Ok(result) => return result.map_err(panic::into_error),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => unreachable!("the thread sends before it ends"),
            }
            if self.wait_in_between(Duration::MAX)?.terminating() {
                return Err(interrupts::refusal(self.server_thread()));
            }
        }
    }
}
