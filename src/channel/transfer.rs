//! How messages get in and out: attempts, and waits between them.

use super::link::{Link, Step};
use super::message::MAX_MESSAGE;
use super::segment;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::process;
use crate::server::tokens::sealed::Internal;
use crate::wait::Wait;
use crate::worker::dynamic::ASK_AGAIN;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// What became of a message.
enum Put {
    Sent,
    /// The channel keeps it.
    Begun,
    /// Nothing: an earlier one is in the way.
    Refused,
}

/// One end of a channel, for messages that are bytes.
pub(super) struct Transfer {
    /// `None`: an error of the server has closed it.
    link: Option<Link>,
    /// A message that was begun: nothing else can be sent before its end.
    outbox: Option<Vec<u8>>,
    /// The bytes that the user borrows.
    #[cfg(not(target_os = "linux"))]
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
            #[cfg(not(target_os = "linux"))]
            copy: Vec::new(),
        }
    }

    /// Go on with the message that was begun; whether nothing is left of it.
    pub(super) fn flush(&mut self, waiting: &mut impl Wait, timeout: Duration) -> Result<bool> {
        let flushed = self.within(waiting, timeout, |transfer| match transfer.push()? {
            Step::Done(()) => Ok(Some(())),
            Step::Blocked => Ok(None),
            Step::Gone => Err(transfer.gone()),
        })?;
        Ok(flushed.is_some())
    }

    /// Give a message to the channel without waiting.
    pub(super) fn try_put(&mut self, waiting: &mut impl Wait, bytes: Cow<'_, [u8]>) -> Result<()> {
        match self.put(waiting, bytes, Duration::ZERO)? {
            Put::Sent | Put::Begun => Ok(()),
            Put::Refused => Err(would_block()),
        }
    }

    /// The one way in. An error in the middle of a message leaves it begun too.
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
                    "a message of {} bytes is too long: at most {MAX_MESSAGE}",
                    bytes.len()
                ),
            )
            .with_hint("Send it in parts."));
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
                format!(
                    "a message of {length} bytes was begun, and not finished within {timeout:?}"
                ),
            )
            .with_detail("The channel keeps it, and goes on with it in later calls.")),
            Put::Refused => Err(would_block()),
        }
    }

    /// The one way out; `None` when the time is over.
    pub(super) fn take(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<Option<&[u8]>> {
        let received = self.within(waiting, timeout, |channel| {
            // What the other end waits for may be what we have begun. If it has gone, it may have sent something before.
            let _ = channel.push()?;
            match channel.step(Link::receive)? {
                Step::Done(message) => Ok(Some(message)),
                Step::Blocked => Ok(None),
                Step::Gone => Err(channel.gone()),
            }
        })?;
        Ok(received.map(|(data, length)| match length {
            0 => &[][..],
            // SAFETY: server memory: the bytes stay until the next receive, for which `self` must be borrowed anew.
            _ => unsafe { std::slice::from_raw_parts(data, length) },
        }))
    }

    /// [`Transfer::take`] for bytes that the user borrows.
    #[cfg(target_os = "linux")]
    pub(super) fn take_lasting(
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
        let data = match &self.link {
            Some(link) if length > 0 => link.segment.lasting(data)?,
            _ => return Ok(Some(&[])),
        };
        // SAFETY: server memory: the same bytes, mapped until the segment is dropped. They stay until the next receive, for which
        // `self` must be borrowed anew.
        Ok(Some(unsafe { std::slice::from_raw_parts(data, length) }))
    }

    /// Where memory cannot be mapped twice, the bytes are copied.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn take_lasting(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<Option<&[u8]>> {
        self.copy = match self.take(waiting, timeout)? {
            Some(bytes) => bytes.to_vec(),
            None => return Ok(None),
        };
        Ok(Some(&self.copy))
    }

    pub(super) fn take_or_fail(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<&[u8]> {
        self.take(waiting, timeout)?
            .ok_or_else(|| no_message(timeout))
    }

    pub(super) fn take_lasting_or_fail(
        &mut self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<&[u8]> {
        self.take_lasting(waiting, timeout)?
            .ok_or_else(|| no_message(timeout))
    }

    /// Go on with the message that was begun.
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

    /// One step of the link. An error of the server closes it: how far the queue got is unknown.
    fn step<T>(&mut self, step: impl FnOnce(&mut Link) -> Result<Step<T>>) -> Result<Step<T>> {
        let Some(link) = &mut self.link else {
            return Err(Error::new(
                ErrorKind::PeerGone,
                "the channel was closed by an earlier error",
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

    /// Try, wait, and try again; `None` when the time is over.
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
            // Who never has to wait must serve interrupts all the same.
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
            let attached = self
                .link
                .as_ref()
                .is_some_and(|link| link.segment.is_attached());
            let nap = if attached { left } else { left.min(ASK_AGAIN) };
            if !waiting.wait_for(nap, Internal)?.keep_going() {
                return Err(refusal(waiting.server_thread()));
            }
        }
    }
}

/// Whether somebody wants something of this process.
fn is_interrupted() -> bool {
    // SAFETY: cannot raise: reads a flag that signal handlers set.
    i64::from(unsafe { (&raw const ffi::InterruptPending).read_volatile() }) != 0
}

fn no_message(timeout: Duration) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!("no message came within {timeout:?}"),
    )
}

fn would_block() -> Error {
    Error::new(
        ErrorKind::WouldBlock,
        "an earlier message is not through the channel yet, so this one was not taken",
    )
}
