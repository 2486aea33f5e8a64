//! Sending and receiving messages, with waits between attempts.

use super::link::{Link, Step};
use super::segment;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::message::MAX_MESSAGE;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::process;
use crate::server::tokens::sealed::Internal;
use crate::wait::Wait;
use crate::worker::dynamic::ASK_AGAIN;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// The result of sending a message.
enum Put {
    Sent,
    /// The message is partially sent. The channel keeps it.
    Begun,
    /// The message was not accepted because an earlier one is partially sent.
    Refused,
}

/// One end of a channel of byte messages.
pub(super) struct Transfer {
    /// `None` after an error of the server, which closes the channel.
    link: Option<Link>,
    /// A partially sent message. No other message can be sent before its end.
    outbox: Option<Vec<u8>>,
    /// A copy of the received message, which the user borrows.
    copy: Vec<u8>,
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("link", &self.link)
            .field("begun", &self.outbox.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

impl Transfer {
    pub(super) fn new(link: Link) -> Self {
        Transfer {
            link: Some(link),
            outbox: None,
            copy: Vec::new(),
        }
    }

    /// Continues to send a partially sent message. Returns whether it is completely sent.
    pub(super) fn flush(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<bool> {
        let flushed = self.within(waiting, timeout, |transfer| match transfer.push()? {
            Step::Done(()) => Ok(Some(())),
            Step::Blocked => Ok(None),
            Step::Gone => Err(transfer.gone()),
        })?;
        Ok(flushed.is_some())
    }

    /// Sends a message, if there is room for it. Returns whether it is sent. Does nothing if an
    /// earlier message is partially sent.
    pub(super) fn put_at_once(&mut self, bytes: &[u8]) -> Result<bool> {
        if self.outbox.is_some() {
            return Ok(false);
        }
        let step = self.step(|link| link.send(bytes))?;
        Ok(matches!(step, Step::Done(())))
    }

    /// Sends a message without waiting.
    pub(super) fn try_put(&mut self, waiting: &mut impl Wait, bytes: Cow<'_, [u8]>) -> Result<()> {
        match self.put(waiting, bytes, Duration::ZERO)? {
            Put::Sent | Put::Begun => Ok(()),
            Put::Refused => Err(would_block()),
        }
    }

    /// Sends a message. After an error in the middle of it, the channel keeps the message too.
    fn put(
        &mut self,
        waiting: &mut impl Wait,
        bytes: Cow<'_, [u8]>,
        timeout: Duration,
    ) -> Result<Put> {
        if bytes.len() > MAX_MESSAGE {
            return Err(Error::new(
                ErrorKind::TooLong,
                format!(
                    "message of {} bytes is too long (maximum is {MAX_MESSAGE} bytes)",
                    bytes.len()
                ),
            )
            .with_hint("Send the message in parts."));
        }
        let mut begun = false;
        let result = self.within(waiting, timeout, |channel| {
            match channel.push()? {
                Step::Done(()) => (),
                Step::Blocked => return Ok(None),
                Step::Gone => return Err(channel.gone()),
            }
            let step = channel.step(|link| link.send(&bytes))?;
            begun = matches!(step, Step::Blocked);
            match step {
                Step::Done(()) => Ok(Some(())),
                Step::Blocked => Ok(None),
                Step::Gone => Err(channel.gone()),
            }
        });
        if begun {
            self.outbox = Some(bytes.into_owned());
        }
        Ok(match result? {
            Some(()) => Put::Sent,
            None if begun => Put::Begun,
            None => Put::Refused,
        })
    }

    pub(super) fn put_or_fail(
        &mut self,
        waiting: &mut impl Wait,
        bytes: Cow<'_, [u8]>,
        timeout: Duration,
    ) -> Result<()> {
        let length = bytes.len();
        match self.put(waiting, bytes, timeout)? {
            Put::Sent => Ok(()),
            Put::Begun => Err(Error::new(
                ErrorKind::TimedOut,
                format!("message of {length} bytes was only partially sent within {timeout:?}"),
            )
            .with_detail("The channel keeps the message and continues to send it in later calls.")),
            Put::Refused => Err(would_block()),
        }
    }

    /// Receives a message. Returns `None` if the timeout elapsed.
    pub(super) fn take(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<Option<&[u8]>> {
        let received = self.within(waiting, timeout, |channel| {
            // The other end may be waiting for a message that is partially sent. If it has closed
            // the channel, it may have sent something before.
            let _ = channel.push()?;
            match channel.step(Link::receive)? {
                Step::Done(message) => Ok(Some(message)),
                Step::Blocked => Ok(None),
                Step::Gone => Err(channel.gone()),
            }
        })?;
        Ok(received.map(|(data, length)| match length {
            0 => &[][..],
            // SAFETY: server memory: the bytes are valid until the next receive, which borrows
            // `self` exclusively.
            _ => unsafe { std::slice::from_raw_parts(data, length) },
        }))
    }

    /// Like [`Transfer::take`], for bytes that the user borrows.
    pub(super) fn take_borrowed(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<Option<&[u8]>> {
        let Some((data, length)) = self
            .take(waiting, timeout)?
            .map(|bytes| (bytes.as_ptr(), bytes.len()))
        else {
            return Ok(None);
        };
        let stable = match &self.link {
            Some(link) if length > 0 => link.segment.stable_address(data),
            _ => return Ok(Some(&[])),
        };
        // SAFETY: server memory: the same bytes, mapped until the segment is dropped. They are
        // valid until the next receive, which borrows `self` exclusively.
        let bytes = |data| unsafe { std::slice::from_raw_parts(data, length) };
        Ok(Some(match stable {
            Some(stable) => bytes(stable),
            None => {
                self.copy = bytes(data).to_vec();
                &self.copy
            }
        }))
    }

    pub(super) fn take_or_fail(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<&[u8]> {
        self.take(waiting, timeout)?
            .ok_or_else(|| no_message(timeout))
    }

    pub(super) fn take_borrowed_or_fail(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<&[u8]> {
        self.take_borrowed(waiting, timeout)?
            .ok_or_else(|| no_message(timeout))
    }

    /// Continues to send a partially sent message, without waiting.
    fn push(&mut self) -> Result<Step<()>> {
        let Some(message) = self.outbox.take() else {
            return Ok(Step::Done(()));
        };
        let step = self.step(|link| link.send(&message))?;
        if matches!(step, Step::Blocked) {
            self.outbox = Some(message);
        }
        Ok(step)
    }

    /// Runs one operation of the link. An error of the server closes the link, because the state of
    /// the queue is unknown.
    fn step<T>(&mut self, step: impl FnOnce(&mut Link) -> Result<Step<T>>) -> Result<Step<T>> {
        let Some(link) = &mut self.link else {
            return Err(Error::new(
                ErrorKind::PeerGone,
                "channel was closed by an earlier error",
            ));
        };
        let result = step(link);
        if result.is_err() {
            self.link = None;
            self.outbox = None;
        }
        result
    }

    fn gone(&self) -> Error {
        self.link
            .as_ref()
            .map_or_else(segment::launcher_gone, Link::gone)
    }

    /// Attempts an operation, and waits and repeats it while it is blocked. Returns `None` if the
    /// timeout elapsed.
    fn within<W: Wait, T>(
        &mut self,
        waiting: &mut W,
        timeout: Duration,
        mut attempt: impl FnMut(&mut Self) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        process::check_running(waiting.server_thread())?;
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(waiting);
        check_terminating(waiting.server_thread())?;
        let mut start = None;
        loop {
            // Interrupts must be served even if no attempt has to wait.
            if is_interrupted() && !waiting.wait_for(Duration::ZERO, Internal)?.keep_going() {
                return Err(refusal(waiting.server_thread()));
            }
            if let Some(value) = attempt(self)? {
                return Ok(Some(value));
            }
            let left = timeout.saturating_sub(start.get_or_insert_with(Instant::now).elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            // A worker that ends before it attaches does not wake this process.
            let asks = self.link.as_ref().is_some_and(Link::asks);
            let wait = if asks { left.min(ASK_AGAIN) } else { left };
            if !waiting.wait_for(wait, Internal)?.keep_going() {
                return Err(refusal(waiting.server_thread()));
            }
        }
    }
}

/// Returns whether an interrupt is pending.
fn is_interrupted() -> bool {
    // SAFETY: cannot raise: reads a flag that signal handlers set.
    i64::from(unsafe { (&raw const ffi::InterruptPending).read_volatile() }) != 0
}

fn no_message(timeout: Duration) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!("no message arrived within {timeout:?}"),
    )
}

fn would_block() -> Error {
    Error::new(
        ErrorKind::WouldBlock,
        "channel is busy sending an earlier message",
    )
}
