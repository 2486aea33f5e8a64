//! The worker's side of a call that was posted for any worker.
#![forbid(unsafe_code)]

use super::call::{names, respond};
use super::ticket::Ticket;
use super::{Channel, Message};
use crate::error::{Error, ErrorKind, Result};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::wait::Wait;
use crate::worker::Worker;
use std::marker::PhantomData;
use std::time::Duration;

/// The time after which a worker no longer waits for a process that does not fetch a long result.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that this worker has taken.
pub(crate) struct Asked<I, O> {
    channel: Channel<Vec<u8>, I>,
    _result: PhantomData<fn() -> O>,
}

impl<I: Message, O: Message> Asked<I, O> {
    /// Attaches to the channel. From now on, the process that waits notices the end of this one.
    ///
    /// # Errors
    /// [`PeerGone`](ErrorKind::PeerGone) if no process waits.
    pub(crate) fn attach(thread: ServerThread<'_>, handle: u32, nonce: u32) -> Result<Self> {
        let ticket = Ticket { handle, nonce };
        Ok(Asked {
            channel: Channel::join_with(thread, ticket, &names::<I, O>())?,
            _result: PhantomData,
        })
    }

    /// Sends an error, without waiting.
    pub(crate) fn fail(mut self, error: &Error) {
        self.channel.fail_at_once(error);
    }

    /// Runs the function, and sends its result or error.
    ///
    /// # Errors
    /// Those of the function, if this worker was asked to stop.
    pub(crate) fn answer<'w, S>(
        mut self,
        worker: &mut Worker<'w, S>,
        function: impl FnOnce(&mut Worker<'w, S>, I) -> Result<O>,
    ) -> Result<()>
    where
        Worker<'w, S>: Wait,
    {
        match respond(&mut self.channel, worker, PATIENCE, function) {
            Err(error) if worker.is_terminating() => Err(error),
            Err(error) if error.kind() != ErrorKind::PeerGone => {
                worker.log(format!(
                    "the outcome of a job was lost, because no process fetched it: {error}"
                ));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
