//! Waking the worker from other threads.
#![forbid(unsafe_code)]

use crate::error::Result;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Wakes a worker that waits, from any thread. Made by [`Worker::waker`](crate::Worker::waker).
///
/// The effects of a thread before it calls [`wake`](Waker::wake) are visible to the worker after
/// the wait that the call ends. [`Wake::woken`](crate::Wake::woken) is true at least once after the
/// last `wake`; several calls can be merged into one.
///
/// The waker writes a byte to a socket of this process that every wait includes. `SetLatch` is not
/// suitable, because it is only for the server's thread: up to 13, a latch that another thread sets
/// at the wrong moment is missed, and since 14 it sends a signal that any thread may receive.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Ends>);

/// Both ends exist as long as any waker, so a waker that is used during the exit of the process
/// writes to an open socket.
#[derive(Debug)]
struct Ends {
    tx: UnixStream,
    rx: UnixStream,
}

impl Waker {
    pub(super) fn new() -> Result<Self> {
        let (tx, rx) = UnixStream::pair()?;
        tx.set_nonblocking(true)?;
        rx.set_nonblocking(true)?;
        Ok(Waker(Arc::new(Ends { tx, rx })))
    }

    /// Ends the current wait of the worker, or else its next one. Never blocks.
    pub fn wake(&self) {
        // If the buffer is full, enough bytes are in transit.
        while let Err(error) = (&self.0.tx).write(&[1]) {
            if error.kind() != ErrorKind::Interrupted {
                return;
            }
        }
    }

    pub(super) fn fd(&self) -> RawFd {
        self.0.rx.as_raw_fd()
    }

    /// Discards the bytes written so far. Called before the worker looks for the work that they
    /// announced.
    pub(super) fn drain(&self) {
        let mut bytes = [0; 512];
        loop {
            match (&self.0.rx).read(&mut bytes) {
                Ok(count) if count == bytes.len() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}
