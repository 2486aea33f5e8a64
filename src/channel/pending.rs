//! Running one function in a worker and returning its result or error.

#[cfg(pg_has = "named_lwlock_tranche")]
use super::MAX_RING;
use super::call::{NOTICE, SUCCESS, decode, decode_notice, names, worker_named};
use super::{Channel, Message};
use crate::error::{Error, ErrorKind, Result};
use crate::server::log_line;
use crate::wait::Wait;
use crate::worker::builder::BackgroundWorker;
use crate::worker::{DynamicWorker, InitialState, WorkerStatus};
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// The ring size of a call, in bytes. Each direction carries one message.
const RING: usize = 1 << 16;

/// A call that a worker carries out, and whose result is fetched later. Since 9.5.
///
/// [`call`] starts a call and finishes it at once. This type is for code that does something else
/// in the meantime, or returns to SQL. The call lives across transactions, on the thread that has
/// started it. If it is dropped, the worker continues, and its [`answer`](super::answer()) returns
/// an error of kind [`PeerGone`](ErrorKind::PeerGone).
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::channel::Call;
///
/// const LIMIT: Duration = Duration::from_secs(10);
///
/// fn both(worker: &mut Worker<Connected>, count: WorkerMain<Unconnected>) -> Result<i64> {
///     let start = |worker: &mut Worker<Connected>, table: &str| {
///         let count = BackgroundWorker::new("count", count);
///         Call::<i64>::start(worker, count, &table.to_string(), LIMIT)
///     };
///     let (one, other) = (start(worker, "app.one")?, start(worker, "app.other")?);
///     Ok(one.finish(worker, LIMIT)? + other.finish(worker, LIMIT)?)
/// }
/// ```
pub struct Call<O> {
    channel: Channel<Vec<u8>, Vec<u8>>,
    name: String,
    _result: PhantomData<fn() -> O>,
}

impl<O: Message> Call<O> {
    /// Launches `worker`, and sends it `input`, which the worker must [`answer`](super::answer()).
    /// Waits up to `timeout` only if the input is longer than 64 KiB.
    ///
    /// # Errors
    /// Those of [`call`], except for the errors of the function.
    pub fn start<I: Message, S: InitialState>(
        from: &mut impl Wait,
        worker: BackgroundWorker<S>,
        input: &I,
        timeout: Duration,
    ) -> Result<Self> {
        let start = Instant::now();
        let name = worker.name().to_string();
        let mut call = Call {
            channel: Channel::open(from, worker, RING, &names::<I, O>())?,
            name,
            _result: PhantomData,
        };
        match call.channel.send_bytes(from, &input.encode(), timeout) {
            Ok(()) => Ok(call),
            Err(error) => call.conclude(from, Err(error), &|| {
                timeout.saturating_sub(start.elapsed())
            }),
        }
    }

    /// Makes a call for a worker that runs, or will: one that gets the handle and the nonce of the
    /// channel. The whole input is in the channel when this returns.
    #[cfg(pg_has = "named_lwlock_tranche")]
    pub(crate) fn post<I: Message>(
        from: &mut impl Wait,
        input: &I,
        name: &str,
    ) -> Result<(Self, u32, u32)> {
        let input = input.encode();
        let ring = input.len().saturating_add(1024).clamp(RING, MAX_RING);
        let (mut channel, ticket) = Channel::post(from, ring, &names::<I, O>())?;
        channel.send_bytes(from, &input, Duration::ZERO)?;
        let call = Call {
            channel,
            name: name.to_string(),
            _result: PhantomData,
        };
        Ok((call, ticket.handle, ticket.nonce))
    }

    /// Waits up to `timeout` for the result of a call that was posted.
    #[cfg(pg_has = "named_lwlock_tranche")]
    pub(crate) fn take_result(&mut self, from: &mut impl Wait, timeout: Duration) -> Result<O> {
        let start = Instant::now();
        self.receive(from, &|| timeout.saturating_sub(start.elapsed()))
    }

    /// Waits up to `timeout` for the result. Inside
    /// [`Transaction::notices`](crate::Transaction::notices), the notices of the worker's
    /// statements arrive before the result. When this returns, the worker has ended, or was asked
    /// to stop.
    ///
    /// # Errors
    /// Those of [`call`].
    pub fn finish(mut self, from: &mut impl Wait, timeout: Duration) -> Result<O> {
        let start = Instant::now();
        let left = || timeout.saturating_sub(start.elapsed());
        let result = self.receive(from, &left);
        self.conclude(from, result, &left)
    }

    /// Returns the worker, which [`terminate`](DynamicWorker::terminate) stops.
    pub fn worker(&self) -> Option<&DynamicWorker> {
        self.channel.worker()
    }

    fn receive(&mut self, from: &mut impl Wait, left: &impl Fn() -> Duration) -> Result<O> {
        let transfer = &mut self.channel.transfer;
        loop {
            match transfer.take_or_fail(from, left())? {
                SUCCESS => return O::decode(transfer.take_or_fail(from, left())?),
                NOTICE => {
                    let notice = transfer.take_or_fail(from, left())?;
                    if let Some((level, mut fields)) = decode_notice(notice) {
                        fields.add_context(worker_named(&self.name));
                        log_line::keep(from.server_thread(), level, &fields);
                    }
                }
                _ => return Err(decode(transfer.take_or_fail(from, left())?)),
            }
        }
    }

    /// Ends the worker, and completes an error.
    fn conclude<T>(
        self,
        from: &mut impl Wait,
        result: Result<T>,
        left: &impl Fn() -> Duration,
    ) -> Result<T> {
        let Some(worker) = self.channel.close() else {
            return result;
        };
        let answered = match &result {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::Remote,
        };
        if !answered
            || !matches!(
                worker.wait_for_stop(from, left()),
                Ok(WorkerStatus::Stopped)
            )
        {
            // If this fails, the worker stops when it finds that the channel is closed.
            let _ = worker.terminate();
        }
        let is_gone = |error: &Error| error.kind() == ErrorKind::PeerGone;
        if result.as_ref().is_err_and(is_gone) {
            // A FATAL is kept at the end of the exit, after the channel was closed.
            let _ = worker.wait_for_stop(from, left());
            if let Some(error) = worker.last_error() {
                return Err(error);
            }
        }
        result.map_err(|error| match error.kind() {
            ErrorKind::Remote => error.with_context(worker_named(&self.name)),
            _ => error,
        })
    }
}

impl<O> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.name)
            .field("channel", &self.channel)
            .finish()
    }
}

/// Launches `worker`, sends it `input`, which the worker must [`answer`](super::answer()), and
/// waits up to `timeout` for the result. Since 9.5.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{channel::{answer, call}, worker::WorkerMain};
///
/// const COUNT: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(count);
///
/// fn count(worker: Worker) -> Result<Exit> {
///     let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
///     answer(&mut worker, |worker, table: String| {
///         worker.transaction(|tx| tx.query_scalar::<i64, _>(&format!("select count(*) from {table}"), ()))
///     })
/// }
///
/// fn caller(worker: &mut Worker<Connected>) -> Result<i64> {
///     let count = BackgroundWorker::new("count", COUNT);
///     call(worker, count, &"pg_class".to_string(), Duration::from_secs(10))
/// }
/// ```
///
/// A transaction may call it too; the worker does not see what the transaction has not committed.
/// Inside [`Transaction::notices`](crate::Transaction::notices), the notices of the worker's
/// statements arrive before the result, with a line of context that names the worker.
/// When this returns successfully, the worker has ended. After an error, the worker has ended or
/// was asked to stop.
///
/// # Errors
/// * [`Remote`](ErrorKind::Remote): the function returned an error or panicked. All fields are
///   those of the worker's error, with a line of context that names the worker.
/// * [`TimedOut`](ErrorKind::TimedOut): the timeout elapsed.
/// * [`PeerGone`](ErrorKind::PeerGone): the worker ended without an answer. If it ended with an
///   error or a FATAL, that error is returned instead, with the kind [`Remote`](ErrorKind::Remote).
/// * The errors of [`Channel::launch`], [`Channel::send`], and [`Message::decode`].
pub fn call<I: Message, O: Message, S: InitialState>(
    from: &mut impl Wait,
    worker: BackgroundWorker<S>,
    input: &I,
    timeout: Duration,
) -> Result<O> {
    let start = Instant::now();
    let call = Call::start(from, worker, input, timeout)?;
    call.finish(from, timeout.saturating_sub(start.elapsed()))
}
