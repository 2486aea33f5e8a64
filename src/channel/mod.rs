//! Messages between a launcher and the dynamic worker that it launches.
//!
//! A [`Channel`] sends and receives any number of messages. [`call()`] runs one function in a
//! worker, which returns its result with [`answer`]. A [`Call`] does that in two steps. A type that
//! implements [`Message`] can be sent.

#[cfg(pg_has = "named_lwlock_tranche")]
mod asked;
mod call;
mod link;
mod pending;
mod segment;
mod ticket;
mod transfer;

pub use crate::message::{MAX_MESSAGE, Message};
#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) use asked::Asked;
pub use call::answer;
#[cfg(fuzzing)]
pub(crate) use call::fuzz;
pub use pending::{Call, call};

use crate::error::{Error, ErrorKind, Result};
use crate::server::thread::ServerThread;
use crate::server::tokens::{Launch, OnServerThread};
use crate::wait::Wait;
use crate::worker::DynamicWorker;
use crate::worker::builder::BackgroundWorker;
use crate::worker::payload;
use crate::worker::token::own_payload;
use crate::worker::{InitialState, Worker};
use link::Link;
use segment::{Names, Segment};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;
use ticket::Ticket;
use transfer::Transfer;

/// One end of a two-way channel between a launcher and the dynamic worker that it launches: this
/// end sends `S` and receives `R`. Since 9.5.
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
/// Messages arrive complete and in order. Each direction has a ring buffer in shared memory. A
/// message that is longer than the ring streams through it while one end sends and the other one
/// receives.
///
/// A timeout of zero means one attempt. While it waits, an end serves interrupts. SIGTERM ends the
/// wait with [`Terminating`](ErrorKind::Terminating); in a transaction, a cancel request is an
/// error of that transaction. Any other error of the server closes the channel.
///
/// After an end is dropped or its process exits, the other end receives what was sent before, and
/// then gets [`PeerGone`](ErrorKind::PeerGone). If a worker ends before it attaches, the launcher
/// notices within 0.1 s. The shared memory is freed with the last end.
///
/// An end lives until its owner drops it, across transactions, on the thread that created it. The
/// launcher passes the worker a ticket for its channel in `bgw_extra`, so a worker cannot attach to
/// a channel of another worker. The ticket takes 16 of the
/// [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD) bytes of the worker's
/// [payload](BackgroundWorker::payload).
///
/// Corresponds to `shm_mq` in `storage/shm_mq.h`, in a segment of `storage/dsm.h`.
#[doc(alias = "dsm_segment")]
#[doc(alias = "shm_mq")]
#[doc(alias = "shm_mq_handle")]
pub struct Channel<S, R> {
    transfer: Transfer,
    /// The worker's handle, at the launcher's end. It must outlive `transfer`, so it is declared
    /// after it.
    worker: Option<DynamicWorker>,
    _types: PhantomData<fn(S) -> R>,
}

/// The default size of each ring buffer, in bytes. A channel has two rings, and the server reserves
/// their memory at launch, which takes about 0.5 ms per MiB. A ring that holds many messages lets
/// both ends run at the same time: a message of 8 KiB takes about 0.3 µs with this size, and 6 µs
/// with 64 KiB.
pub const DEFAULT_RING: usize = 1 << 20;

/// The allowed sizes of a ring, in bytes.
const RING_SIZES: std::ops::RangeInclusive<usize> = 1 << 10..=MAX_RING;
const MAX_RING: usize = 1 << 30;

impl<S: Message, R: Message> Channel<S, R> {
    /// Launches a worker with a channel to it, with rings of [`DEFAULT_RING`] bytes.
    ///
    /// The worker runs once, regardless of its restart policy: the channel ends with the process.
    ///
    /// # Errors
    /// Like [`BackgroundWorker::launch`]. Also returns an error if the payload leaves no room for
    /// the ticket, if the server has no shared memory left, or if this process holds a lock in
    /// shared memory.
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

    /// Like [`Channel::launch`], with a ring buffer of `bytes` (1 KiB to 1 GiB) per direction.
    ///
    /// # Errors
    /// Like [`Channel::launch`]; [`Invalid`](ErrorKind::Invalid) if `bytes` is out of range.
    pub fn launch_with_ring<E: InitialState>(
        from: &impl Launch,
        worker: BackgroundWorker<E>,
        bytes: usize,
    ) -> Result<Self> {
        let names = names::<S, R>();
        Channel::open(from, worker, bytes, &names)
    }

    /// Attaches to the channel that this worker was launched with. A worker can do this once.
    ///
    /// # Errors
    /// * [`Invalid`](ErrorKind::Invalid): the worker was launched without a channel, or has already
    ///   attached to it.
    /// * [`TypeMismatch`](ErrorKind::TypeMismatch): the launcher sends or expects other message
    ///   types. The launcher gets this error too.
    /// * [`PeerGone`](ErrorKind::PeerGone): the launcher has closed its end.
    #[doc(alias = "dsm_attach")]
    #[doc(alias = "shm_mq_set_sender")]
    #[doc(alias = "shm_mq_set_receiver")]
    pub fn attach<E>(worker: &Worker<'_, E>) -> Result<Self> {
        Channel::join(worker, &names::<R, S>())
    }

    /// Sends a message. Waits up to `timeout` for room in the ring.
    ///
    /// # Errors
    /// * [`TimedOut`](ErrorKind::TimedOut): the message is partially sent. The channel keeps it and
    ///   continues to send it in each later call. Do not send it again; call
    ///   [`flush`](Channel::flush). The same applies after a cancel request while the message is
    ///   sent.
    /// * [`WouldBlock`](ErrorKind::WouldBlock): an earlier message is still partially sent. This
    ///   message was not accepted.
    /// * [`TooLong`](ErrorKind::TooLong): the message is longer than [`MAX_MESSAGE`].
    /// * [`PeerGone`](ErrorKind::PeerGone): the other end is closed.
    #[doc(alias = "shm_mq_send")]
    #[doc(alias = "shm_mq_sendv")]
    pub fn send(&mut self, waiting: &mut impl Wait, message: &S, timeout: Duration) -> Result<()> {
        self.transfer
            .put_or_fail(waiting, message.encode(), timeout)
    }

    /// Sends a message without waiting. If the message does not fit into the ring, the channel
    /// keeps the rest and sends it in later calls.
    ///
    /// # Errors
    /// Like [`Channel::send`], except that it never returns [`TimedOut`](ErrorKind::TimedOut).
    #[doc(alias = "SHM_MQ_WOULD_BLOCK")]
    pub fn try_send(&mut self, waiting: &mut impl Wait, message: &S) -> Result<()> {
        self.transfer.try_put(waiting, message.encode())
    }

    /// Waits up to `timeout` for a message and returns it.
    ///
    /// # Errors
    /// * [`TimedOut`](ErrorKind::TimedOut): no complete message arrived. The channel keeps the part
    ///   that has arrived.
    /// * [`PeerGone`](ErrorKind::PeerGone): the other end is closed, and everything that it sent
    ///   has been received.
    /// * The errors of [`Message::decode`].
    #[doc(alias = "shm_mq_receive")]
    pub fn receive(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<R> {
        R::decode(self.transfer.take_or_fail(waiting, timeout)?)
    }

    /// Returns a message if a complete one is available, without waiting.
    ///
    /// # Errors
    /// Like [`Channel::receive`], except that it never returns [`TimedOut`](ErrorKind::TimedOut).
    pub fn try_receive(&mut self, waiting: &mut impl Wait) -> Result<Option<R>> {
        self.transfer
            .take(waiting, Duration::ZERO)?
            .map(R::decode)
            .transpose()
    }
}

impl<R> Channel<Vec<u8>, R> {
    /// Like [`Channel::send`], for borrowed bytes.
    ///
    /// # Errors
    /// Like [`Channel::send`].
    pub fn send_bytes(
        &mut self,
        waiting: &mut impl Wait,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<()> {
        self.transfer.put_or_fail(waiting, bytes.into(), timeout)
    }

    /// Like [`Channel::try_send`], for borrowed bytes.
    ///
    /// # Errors
    /// Like [`Channel::try_send`].
    pub fn try_send_bytes(&mut self, waiting: &mut impl Wait, bytes: &[u8]) -> Result<()> {
        self.transfer.try_put(waiting, bytes.into())
    }
}

impl<S> Channel<S, Vec<u8>> {
    /// Like [`Channel::receive`], without a copy: a message that does not wrap around in the ring
    /// is borrowed from it. Other messages are assembled in the server's memory, which grows to the
    /// longest message and is kept until this end is dropped.
    ///
    /// # Errors
    /// Like [`Channel::receive`].
    pub fn receive_bytes(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<&[u8]> {
        self.transfer.take_borrowed_or_fail(waiting, timeout)
    }

    /// Like [`Channel::try_receive`], without a copy.
    ///
    /// # Errors
    /// Like [`Channel::try_receive`].
    pub fn try_receive_bytes(&mut self, waiting: &mut impl Wait) -> Result<Option<&[u8]>> {
        self.transfer.take_borrowed(waiting, Duration::ZERO)
    }
}

impl<S, R> Channel<S, R> {
    /// Waits up to `timeout` for a partially sent message to be flushed. Returns whether it was.
    /// Returns `true` if no message is partially sent.
    ///
    /// # Errors
    /// [`PeerGone`](ErrorKind::PeerGone) if the other end is closed, and
    /// [`Terminating`](ErrorKind::Terminating) after SIGTERM.
    pub fn flush(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<bool> {
        self.transfer.flush(waiting, timeout)
    }

    /// Returns the launched worker at the launcher's end, and `None` at the worker's end.
    pub fn worker(&self) -> Option<&DynamicWorker> {
        self.worker.as_ref()
    }

    /// Closes this end of the channel and returns the launched worker, as [`Channel::worker`] does.
    /// A partially sent message that was not [flushed](Channel::flush) is lost.
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
        check_ring(ring)?;
        let link = Link::open(Segment::create(from.server_thread(), names, ring)?)?;
        let worker = worker.ticket(link.segment.ticket().pack()).launch(from)?;
        link.watch(&worker)?;
        Ok(Channel::new(link, Some(worker)))
    }

    /// Makes a channel for a worker that will get the ticket.
    #[cfg(pg_has = "named_lwlock_tranche")]
    fn post(from: &impl Launch, ring: usize, names: &Names) -> Result<(Self, Ticket)> {
        check_ring(ring)?;
        let link = Link::open(Segment::create(from.server_thread(), names, ring)?)?;
        let ticket = link.segment.ticket();
        Ok((Channel::new(link, None), ticket))
    }

    fn join<E>(worker: &Worker<'_, E>, names: &Names) -> Result<Self> {
        let thread = worker.server_thread();
        let ticket = Ticket::unpack(&payload::ticket(own_payload(thread)))?;
        Channel::join_with(thread, ticket, names)
    }

    fn join_with(thread: ServerThread<'_>, ticket: Ticket, names: &Names) -> Result<Self> {
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

fn check_ring(ring: usize) -> Result<()> {
    if RING_SIZES.contains(&ring) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!(
            "ring size {ring} is outside the valid range ({} .. {} bytes)",
            RING_SIZES.start(),
            RING_SIZES.end()
        ),
    ))
}

fn names<There: Message, Back: Message>() -> Names {
    Names {
        there: There::NAME.to_string(),
        back: Back::NAME.to_string(),
    }
}
