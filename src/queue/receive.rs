//! Receiving messages.

use super::declared::Queue;
use crate::bell::{Sleep, WakeSource};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::message::Message;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::tokens::Running;
use crate::server::tokens::sealed::Internal;
use crate::wait::{Deadline, Wait};
use std::time::Duration;

/// The room for a message, in bytes, before its length is known.
const FIRST_ROOM: usize = 256;

impl<T: Message> Queue<T> {
    /// Receives the oldest message, if there is one.
    ///
    /// # Errors
    /// * [`NotPreloading`](ErrorKind::NotPreloading): the queue was not reserved, before 17.
    /// * [`Invalid`](ErrorKind::Invalid): another build of this library, or another library, has
    ///   created memory of this name with another layout, size or message type.
    /// * [`Exiting`](ErrorKind::Exiting): the exit of this process has begun.
    /// * The errors of [`Message::decode`]. The message is gone.
    pub fn try_receive(&'static self, process: &impl Running) -> Result<Option<T>> {
        let queue = self.find(process.server_thread())?;
        let mut bytes: Vec<u8> = Vec::new();
        let mut length = 0;
        let mut room = FIRST_ROOM;
        loop {
            if bytes.try_reserve_exact(room).is_err() {
                return Err(Error::new(
                    ErrorKind::Other,
                    format!("out of memory for a message of {room} bytes"),
                ));
            }
            let (to, most) = (bytes.as_mut_ptr(), bytes.capacity() as u64);
            // SAFETY: cannot raise; server memory: the queue stays mapped. The vector has that much
            // room.
            match unsafe { shim::pgbgw_queue_take(queue, to.cast(), most, &raw mut length) } {
                shim::QUEUE_EMPTY => return Ok(None),
                shim::QUEUE_TOO_LONG => room = length as usize,
                _ => break,
            }
        }
        // SAFETY: the message was copied into the vector.
        unsafe { bytes.set_len(length as usize) };
        T::decode(&bytes).map(Some)
    }

    /// Receives the oldest message. Waits up to `timeout` until there is one.
    ///
    /// A worker that also waits for other events calls
    /// [`Worker::wait_for`](crate::Worker::wait_for) and [`Queue::try_receive`].
    ///
    /// # Errors
    /// * [`TimedOut`](ErrorKind::TimedOut): no message arrived in time.
    /// * [`Terminating`](ErrorKind::Terminating) after SIGTERM, and in a transaction the error of a
    ///   cancel request.
    /// * Those of [`Queue::try_receive`], and [`Invalid`](ErrorKind::Invalid) if
    ///   [`MAX_WAITING`](crate::bell::MAX_WAITING) other processes wait.
    pub fn receive(&'static self, waiting: &mut impl Wait, timeout: Duration) -> Result<T> {
        check_terminating(waiting.server_thread())?;
        let deadline = Deadline::after(timeout);
        loop {
            if let Some(message) = self.try_receive(waiting)? {
                return Ok(message);
            }
            let listener = self.listener(waiting.server_thread(), Internal)?;
            let mut sleep = Sleep::begin(waiting.server_thread().lasting(), listener);
            let left = if self.has_messages(waiting.server_thread()) {
                Duration::ZERO
            } else if deadline.is_over() {
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    format!("no message arrived within {timeout:?}"),
                ));
            } else {
                deadline.left()
            };
            if !waiting.wait_for(left, Internal)?.keep_going() {
                return Err(refusal(waiting.server_thread()));
            }
            sleep.has_taken = self.has_messages(waiting.server_thread());
        }
    }
}
