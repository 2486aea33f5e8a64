//! Messages between a launcher and the worker it launches.

mod call;
mod link;
mod message;
mod segment;
mod ticket;
mod transfer;

#[cfg(fuzzing)]
pub(crate) use call::fuzz;
pub use call::{answer, call};
pub use message::{MAX_MESSAGE, Message};

use crate::error::{Error, ErrorKind, Result};
use crate::server::tokens::{Launch, OnServerThread};
use crate::wait::Wait;
use crate::worker::DynamicWorker;
use crate::worker::builder::BackgroundWorker;
use crate::worker::token::own_payload;
use crate::worker::{InitialState, Worker};
use link::Link;
use segment::{Names, Segment};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;
use ticket::Ticket;
use transfer::Transfer;

/// One end of a two-way channel between a launcher and the dynamic worker it launches: `S` is sent here, `R` is received. Since 9.5.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{channel::Channel, worker::WorkerMain};
///
/// const LIMIT: Duration = Duration::from_secs(10);
/// const SHOUT: WorkerMain<NoDatabase> = worker_main!(shout);
///
/// fn launcher(worker: &mut Worker<Connected>) -> Result<String> {
///     let shouting = BackgroundWorker::new("shout", SHOUT);
///     let mut channel: Channel<String, String> = Channel::launch(worker, shouting)?;
///     channel.send(worker, &"hello".to_string(), LIMIT)?;
///     channel.receive(worker, LIMIT)
/// }
///
/// fn shout(mut worker: Worker<NoDatabase>) -> Result<Exit> {
///     let mut channel: Channel<String, String> = Channel::attach(&worker)?;
///     let text = channel.receive(&mut worker, LIMIT)?;
///     channel.send(&mut worker, &text.to_uppercase(), LIMIT)?;
///     Ok(Exit::Done)
/// }
/// ```
///
/// Messages come whole and in order. Each direction has a ring in shared memory; a message that is longer than the ring streams
/// through it while both ends are at it.
///
/// A timeout of zero means one attempt. While it waits, an end serves interrupts; SIGTERM ends the wait with
/// [`Terminating`](ErrorKind::Terminating), and in a transaction a cancel is an error of that transaction. Any other error of the
/// server closes the channel.
///
/// Dropping an end lets the other one receive what was sent before and then find that its
/// [peer has gone](ErrorKind::PeerGone), as the end of a process does, whenever it comes. A worker that ends before it attaches
/// is noticed within a tenth of a second. The shared memory is freed with the last end.
///
/// An end lives as long as its owner wants, across transactions, and on the thread that made it. Which worker attaches to which
/// channel cannot be mixed up: the launcher gives it a ticket in `bgw_extra`, which leaves room for a
/// [payload](BackgroundWorker::payload) of [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD) less 16 bytes.
#[doc(alias = "dsm_segment")]
#[doc(alias = "shm_mq")]
#[doc(alias = "shm_mq_handle")]
pub struct Channel<S, R> {
    transfer: Transfer,
    /// On the launcher's side. After `transfer` in this list, so that it outlives it.
    worker: Option<DynamicWorker>,
    _types: PhantomData<fn(S) -> R>,
}

/// Bytes of each ring unless said otherwise. A channel has two, and the server reserves their memory at once: some 0.5 ms of a launch
/// for each MiB. A ring that holds many messages lets both ends run at the same time: messages of 8 KiB take some 0.3 µs each
/// through this one, and 6 µs through one of 64 KiB.
pub const DEFAULT_RING: usize = 1 << 20;

/// The smallest and the largest ring.
const RINGS: std::ops::RangeInclusive<usize> = 1 << 10..=1 << 30;

impl<S: Message, R: Message> Channel<S, R> {
    /// Launch a worker with a channel to it, whose rings have [`DEFAULT_RING`] bytes.
    ///
    /// The worker runs once, whatever its restart policy says: the channel ends with the process.
    ///
    /// # Errors
    /// Those of [`BackgroundWorker::launch`]; a payload leaves no room; the server has no shared memory left; a lock of shared memory is
    /// held.
    #[doc(alias = "dsm_create")]
    #[doc(alias = "dsm_pin_mapping")]
    #[doc(alias = "shm_mq_create")]
    #[doc(alias = "shm_mq_attach")]
    #[doc(alias = "shm_mq_set_handle")]
    pub fn launch<E: InitialState>(
        from: &impl Launch,
        worker: BackgroundWorker<E>,
    ) -> Result<Self> {
        Channel::launch_with_ring(from, worker, DEFAULT_RING)
    }

    /// Like [`Channel::launch`], with a ring buffer of `bytes` in each direction, 1 KiB to 1 GiB.
    pub fn launch_with_ring<E: InitialState>(
        from: &impl Launch,
        worker: BackgroundWorker<E>,
        bytes: usize,
    ) -> Result<Self> {
        let names = names::<S, R>();
        Channel::open(from, worker, bytes, &names)
    }

    /// This worker's end of the channel it was launched with, once.
    ///
    /// # Errors
    /// It was launched without one, or has attached it before; [`TypeMismatch`](ErrorKind::TypeMismatch) when the launcher sends or
    /// expects other messages, which it is told too; [`PeerGone`](ErrorKind::PeerGone).
    #[doc(alias = "dsm_attach")]
    #[doc(alias = "shm_mq_set_sender")]
    #[doc(alias = "shm_mq_set_receiver")]
    pub fn attach<E>(worker: &Worker<'_, E>) -> Result<Self> {
        Channel::join(worker, &names::<R, S>())
    }

    /// Sends a message, waiting up to `timeout` for room.
    ///
    /// # Errors
    /// * [`TimedOut`](ErrorKind::TimedOut): the message was begun. The channel keeps it and goes on with it in every later call; do not
    ///   send it again, but [`flush`](Channel::flush). The same after a cancel in the middle of it.
    /// * [`WouldBlock`](ErrorKind::WouldBlock): one that was begun before is still not through, so this one was not taken.
    /// * [`TooLong`](ErrorKind::TooLong), over [`MAX_MESSAGE`]; [`PeerGone`](ErrorKind::PeerGone).
    #[doc(alias = "shm_mq_send")]
    #[doc(alias = "shm_mq_sendv")]
    pub fn send(&mut self, waiting: &mut impl Wait, message: &S, timeout: Duration) -> Result<()> {
        self.transfer
            .put_or_fail(waiting, message.encode(), timeout)
    }

    /// Give a message to the channel without waiting. What does not fit into the ring is kept, and sent by later calls.
    ///
    /// # Errors
    /// As [`Channel::send`], except that it never times out.
    #[doc(alias = "SHM_MQ_WOULD_BLOCK")]
    pub fn try_send(&mut self, waiting: &mut impl Wait, message: &S) -> Result<()> {
        self.transfer.try_put(waiting, message.encode())
    }

    /// Waits up to `timeout` for a message.
    ///
    /// # Errors
    /// [`TimedOut`](ErrorKind::TimedOut): the part that has come is kept. [`PeerGone`](ErrorKind::PeerGone), after everything that
    /// was sent. What [`Message::decode`] says.
    #[doc(alias = "shm_mq_receive")]
    pub fn receive(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<R> {
        R::decode(self.transfer.take_or_fail(waiting, timeout)?)
    }

    /// A message, if a whole one is there.
    pub fn try_receive(&mut self, waiting: &mut impl Wait) -> Result<Option<R>> {
        self.transfer
            .take(waiting, Duration::ZERO)?
            .map(R::decode)
            .transpose()
    }
}

impl<R> Channel<Vec<u8>, R> {
    /// [`Channel::send`] for bytes that somebody else owns.
    pub fn send_bytes(
        &mut self,
        waiting: &mut impl Wait,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<()> {
        self.transfer.put_or_fail(waiting, bytes.into(), timeout)
    }

    /// [`Channel::try_send`] for bytes that somebody else owns.
    pub fn try_send_bytes(&mut self, waiting: &mut impl Wait, bytes: &[u8]) -> Result<()> {
        self.transfer.try_put(waiting, bytes.into())
    }
}

impl<S> Channel<S, Vec<u8>> {
    /// [`Channel::receive`] without a copy: where the message lies in the ring in one piece, these are the bytes there. Others are put
    /// together in the server's memory, which grows to the longest one and is kept until this end is dropped.
    pub fn receive_bytes(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<&[u8]> {
        self.transfer.take_lasting_or_fail(waiting, timeout)
    }

    /// [`Channel::try_receive`] without a copy.
    pub fn try_receive_bytes(&mut self, waiting: &mut impl Wait) -> Result<Option<&[u8]>> {
        self.transfer.take_lasting(waiting, Duration::ZERO)
    }
}

impl<S, R> Channel<S, R> {
    /// Waits up to `timeout` for a partially sent message to be flushed. Returns whether it was.
    pub fn flush(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<bool> {
        self.transfer.flush(waiting, timeout)
    }

    /// The worker that was launched; `None` at its own end.
    pub fn worker(&self) -> Option<&DynamicWorker> {
        self.worker.as_ref()
    }

    /// Let go of the channel, and keep the worker. What was begun and not [flushed](Channel::flush) is lost.
    #[doc(alias = "shm_mq_detach")]
    #[doc(alias = "dsm_detach")]
    pub fn close(self) -> Option<DynamicWorker> {
        self.worker
    }

    fn open<E: InitialState>(
        from: &impl Launch,
        worker: BackgroundWorker<E>,
        ring: usize,
        names: &Names,
    ) -> Result<Self> {
        if !RINGS.contains(&ring) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "a ring of {ring} bytes is outside the range of {} to {}",
                    RINGS.start(),
                    RINGS.end()
                ),
            ));
        }
        let link = Link::open(Segment::create(from.server_thread(), names, ring)?)?;
        let worker = worker.ticket(link.segment.ticket().pack()).launch(from)?;
        link.watch(&worker)?;
        Ok(Channel::new(link, Some(worker)))
    }

    fn join<E>(worker: &Worker<'_, E>, names: &Names) -> Result<Self> {
        let thread = worker.server_thread();
        let ticket = Ticket::unpack(&own_payload(thread))?;
        let link = Link::open(Segment::attach(thread, ticket, names)?)?;
        Ok(Channel::new(link, None))
    }

    fn new(link: Link, worker: Option<DynamicWorker>) -> Self {
        Channel {
            transfer: Transfer::new(link),
            worker,
            _types: PhantomData,
        }
    }
}

impl<S, R> fmt::Debug for Channel<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("transfer", &self.transfer)
            .field("worker", &self.worker)
            .finish()
    }
}

fn names<There: Message, Back: Message>() -> Names {
    Names {
        there: There::NAME.to_string(),
        back: Back::NAME.to_string(),
    }
}
