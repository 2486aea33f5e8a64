//! Sending messages.

use super::declared::Queue;
use crate::bell::Sleep;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::message::Message;
use crate::server::guard::guard;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::thread::ServerThread;
use crate::server::tokens::sealed::Internal;
use crate::server::tokens::{InTransaction, Running};
use crate::wait::{Deadline, Wait};
use std::time::Duration;

/// When a message arrives.
#[derive(Debug, Clone, Copy)]
enum When {
    Now,
    AtCommit,
}

/// The time between two attempts, if so many processes wait for room that there is no place.
const WITHOUT_PLACE: Duration = Duration::from_millis(100);

impl<T: Message> Queue<T> {
    /// Sends a message now, if there is room for it.
    ///
    /// # Errors
    /// * [`WouldBlock`](ErrorKind::WouldBlock): the queue is full.
    /// * [`TooLong`](ErrorKind::TooLong): the message is longer than the queue.
    /// * [`NotPreloading`](ErrorKind::NotPreloading), [`Invalid`](ErrorKind::Invalid) and
    ///   [`Exiting`](ErrorKind::Exiting): like [`Queue::try_receive`].
    pub fn try_send(&'static self, process: &impl Running, message: &T) -> Result<()> {
        self.attempt_once(process.server_thread(), message, When::Now)
    }

    /// Sends a message now. Waits up to `timeout` for room.
    ///
    /// # Errors
    /// * [`TimedOut`](ErrorKind::TimedOut): there was no room in time.
    /// * [`Terminating`](ErrorKind::Terminating) after SIGTERM, and in a transaction the error of a
    ///   cancel request.
    /// * Those of [`Queue::try_send`], except [`WouldBlock`](ErrorKind::WouldBlock).
    pub fn send(
        &'static self,
        waiting: &mut impl Wait,
        message: &T,
        timeout: Duration,
    ) -> Result<()> {
        self.attempt(waiting, message, When::Now, timeout)
    }

    /// Sends a message after the transaction has committed, if there is room for it now. If the
    /// transaction is rolled back, or the savepoint in which this was called, it is not sent.
    ///
    /// The message takes its room now, so the commit cannot fail because of it.
    ///
    /// `PREPARE TRANSACTION` fails after this call, see
    /// [`Bell::ring_at_commit`](crate::bell::Bell::ring_at_commit).
    ///
    /// # Errors
    /// Those of [`Queue::try_send`]. In a parallel worker, the server's error that its transaction
    /// is not the one that commits.
    pub fn try_send_at_commit(
        &'static self,
        transaction: &impl InTransaction,
        message: &T,
    ) -> Result<()> {
        self.attempt_once(transaction.server_thread(), message, When::AtCommit)
    }

    /// Sends a message after the transaction has committed, see [`Queue::try_send_at_commit`].
    /// Waits up to `timeout` for room.
    ///
    /// A transaction that fills the queue with its own messages waits in vain: they do not leave
    /// the queue before it commits.
    ///
    /// # Errors
    /// Those of [`Queue::send`] and [`Queue::try_send_at_commit`].
    pub fn send_at_commit<W: Wait + InTransaction>(
        &'static self,
        transaction: &mut W,
        message: &T,
        timeout: Duration,
    ) -> Result<()> {
        self.attempt(transaction, message, When::AtCommit, timeout)
    }

    fn attempt_once(
        &'static self,
        thread: ServerThread<'_>,
        message: &T,
        when: When,
    ) -> Result<()> {
        let bytes = message.encode();
        self.check_length(bytes.len())?;
        if self.put(thread, &bytes, when)? {
            return Ok(());
        }
        Err(self.dropped_as(thread, ErrorKind::WouldBlock, "is full".into()))
    }

    fn attempt(
        &'static self,
        waiting: &mut impl Wait,
        message: &T,
        when: When,
        timeout: Duration,
    ) -> Result<()> {
        check_terminating(waiting.server_thread())?;
        let bytes = message.encode();
        self.check_length(bytes.len())?;
        if self.put(waiting.server_thread(), &bytes, when)? {
            return Ok(());
        }
        let deadline = Deadline::after(timeout);
        while !deadline.is_over() {
            let place = self.place(waiting.server_thread().lasting())?;
            let sleep = place.as_ref().map(Place::sleep);
            if self.put(waiting.server_thread(), &bytes, when)? {
                return Ok(());
            }
            let left = match sleep {
                Some(_) => deadline.left(),
                None => deadline.left().min(WITHOUT_PLACE),
            };
            if !waiting.wait_for(left, Internal)?.keep_going() {
                return Err(refusal(waiting.server_thread()));
            }
        }
        if self.put(waiting.server_thread(), &bytes, when)? {
            return Ok(());
        }
        let what = format!("was full for {timeout:?}");
        Err(self.dropped_as(waiting.server_thread(), ErrorKind::TimedOut, what))
    }

    /// Sends the bytes if there is room. Returns whether there was.
    fn put(&'static self, thread: ServerThread<'_>, bytes: &[u8], when: When) -> Result<bool> {
        let queue = self.find(thread)?;
        let (data, length) = (bytes.as_ptr().cast(), bytes.len() as u64);
        let sent = match when {
            // SAFETY: cannot raise; server memory: the queue stays mapped.
            When::Now => unsafe { shim::pgbgw_queue_send(queue, data, length) },
            When::AtCommit => {
                let sender = self.sender();
                // SAFETY: token: a transaction's; plain frames; server memory: the queue stays
                // mapped. The sender is a part of a static.
                unsafe { guard(|| shim::pgbgw_queue_send_at_commit(sender, queue, data, length)) }?
            }
        };
        Ok(sent != 0)
    }

    fn check_length(&self, length: usize) -> Result<()> {
        let most = self.blocks as usize * shim::BLOCK_DATA;
        if length > most {
            return Err(Error::new(
                ErrorKind::TooLong,
                format!(
                    "message of {length} bytes is too long for queue {:?} (maximum is {most} bytes)",
                    self.name()
                ),
            )
            .with_hint("Declare the queue with more bytes."));
        }
        Ok(())
    }

    #[cold]
    fn dropped_as(&'static self, thread: ServerThread<'_>, kind: ErrorKind, what: String) -> Error {
        if let Ok(queue) = self.find(thread) {
            // SAFETY: cannot raise; server memory: the queue stays mapped.
            unsafe { shim::pgbgw_queue_note_dropped(queue) }
        }
        Error::new(kind, format!("queue {:?} {what}", self.name()))
            .with_detail("The message was not sent.")
    }

    /// Takes a place of the bell for room, if there is one.
    fn place(&'static self, thread: ServerThread<'static>) -> Result<Option<Place>> {
        let queue = self.find(thread)?;
        let listener = self.room();
        // SAFETY: token: `thread`; plain frames; server memory: the queue stays mapped. The
        // listener is a part of a static.
        let found = unsafe { guard(|| shim::pgbgw_bell_join(listener, &raw const (*queue).room)) }?;
        Ok((found != 0).then_some(Place { thread, listener }))
    }
}

/// A place of the bell for room. Many processes send, so they give their places back.
struct Place {
    thread: ServerThread<'static>,
    listener: *mut shim::Listener,
}

impl Place {
    fn sleep(&self) -> Sleep<'static> {
        Sleep::begin(self.thread, self.listener)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // SAFETY: token: `thread`; cannot raise.
        unsafe { shim::pgbgw_bell_leave(self.listener) }
    }
}
