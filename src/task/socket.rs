//! Sockets of the standard library, for tasks.
#![forbid(unsafe_code)]

use super::sources::Registration;
use super::yield_now;
use crate::error::Result;
use crate::wait::Interest;
use std::cell::Cell;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};

/// After this many operations that did not have to wait, a task lets the others run.
const IN_A_ROW: u32 = 32;

/// A socket or pipe that tasks can wait for. See [`Server::socket`](super::Server::socket).
///
/// One task can wait for reading and one for writing at a time. If more do, only the last one is
/// woken.
pub struct Socket<T> {
    // Declared before the source, so that it is dropped first: the reactor must not have a closed
    // source.
    registration: Registration,
    in_a_row: Cell<u32>,
    source: T,
}

impl<T: AsFd> Socket<T> {
    pub(super) fn new(
        source: T,
        register: impl FnOnce(&T) -> Result<Registration>,
    ) -> Result<Self> {
        // Whether a socket blocks is a property that copies of the descriptor share.
        UnixStream::from(source.as_fd().try_clone_to_owned()?).set_nonblocking(true)?;
        let registration = register(&source)?;
        Ok(Socket {
            registration,
            in_a_row: Cell::new(0),
            source,
        })
    }

    /// Returns the source, for calls that do not wait.
    pub fn get_ref(&self) -> &T {
        &self.source
    }

    /// Returns the source. It is non-blocking.
    pub fn into_inner(self) -> T {
        self.source
    }

    /// Waits until the socket is readable. This is the case for data, for a connection, and at the
    /// end of the stream. The next call that reads can find nothing nevertheless.
    ///
    /// # Errors
    /// The executor has ended, or the system does not wait for this kind of source.
    pub async fn readable(&self) -> Result<()> {
        self.registration.ready(0).await
    }

    /// Waits until the socket is writable.
    ///
    /// # Errors
    /// Those of [`Socket::readable`].
    pub async fn writable(&self) -> Result<()> {
        self.registration.ready(1).await
    }

    /// Calls `attempt` until it returns something other than `WouldBlock` or `Interrupted`, and
    /// waits between the attempts.
    ///
    /// # Errors
    /// Those of `attempt`, and those of [`Socket::readable`].
    pub async fn attempt<R>(
        &self,
        interest: Interest,
        mut attempt: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.in_a_row.set(self.in_a_row.get() + 1);
        if self.in_a_row.get() > IN_A_ROW {
            self.in_a_row.set(0);
            yield_now().await;
        }
        loop {
            match attempt(&self.source) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.in_a_row.set(0);
                    let direction = usize::from(!interest.readable());
                    let ready = self.registration.ready(direction).await;
                    ready.map_err(io::Error::other)?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Like `attempt`, for code that polls: 0 is reading, 1 is writing. One attempt is enough,
    /// because the waker calls for the next one.
    #[cfg(feature = "tokio")]
    pub(super) fn poll_attempt<R>(
        &self,
        direction: usize,
        context: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.in_a_row.set(self.in_a_row.get() + 1);
        if self.in_a_row.get() > IN_A_ROW {
            self.in_a_row.set(0);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            match attempt(&self.source) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.in_a_row.set(0);
                    let waker = context.waker();
                    return match self.registration.wake_when_ready(direction, waker) {
                        Ok(()) => Poll::Pending,
                        Err(error) => Poll::Ready(Err(io::Error::other(error))),
                    };
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl<T: AsFd> Socket<T>
where
    for<'a> &'a T: Read,
{
    /// Reads what there is, at least one byte, and returns the number of bytes. Zero is the end of
    /// the stream.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.attempt(Interest::READ, |mut source| source.read(buffer))
            .await
    }
}

impl<T: AsFd> Socket<T>
where
    for<'a> &'a T: Write,
{
    /// Writes what fits, at least one byte, and returns the number of bytes.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(Interest::WRITE, |mut source| source.write(bytes))
            .await
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => bytes = &bytes[count..],
            }
        }
        Ok(())
    }
}

impl Socket<TcpListener> {
    /// Waits for a connection. [`Server::socket`](super::Server::socket) makes a `Socket` of it.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.attempt(Interest::READ, TcpListener::accept).await
    }
}

impl Socket<UnixListener> {
    /// Waits for a connection. [`Server::socket`](super::Server::socket) makes a `Socket` of it.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        self.attempt(Interest::READ, |source| {
            source.accept().map(|(stream, _)| stream)
        })
        .await
    }
}

impl<T: fmt::Debug> fmt::Debug for Socket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.source).finish()
    }
}
