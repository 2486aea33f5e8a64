//! Waking the worker from another thread.
#![forbid(unsafe_code)]

use crate::error::Result;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Wakes the worker's wait from any thread; made by [`Worker::waker`](crate::Worker::waker).
///
/// What a thread has done before [`wake`](Waker::wake), the worker sees after the wait that it ended:
/// [`Wake::woken`](crate::Wake::woken) is true at least once after the last `wake`, and may be once for many.
///
/// It is a byte in a socket of this process that every wait looks at. `SetLatch` would not do: it belongs to the server's thread, up
/// to 13 a latch that another thread sets at the wrong moment is overlooked, and since 14 it sends a signal that any thread may swallow.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Ends>);

/// Both ends live as long as any waker: one that is used while the process exits writes to nobody.
#[derive(Debug)]
struct Ends {
    bell: UnixStream,
    ear: UnixStream,
}

impl Waker {
    pub(super) fn new() -> Result<Self> {
        let (bell, ear) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ear.set_nonblocking(true)?;
        Ok(Waker(Arc::new(Ends { bell, ear })))
    }

    /// End the worker's wait: the one it is in, or else its next. Never blocks.
    pub fn wake(&self) {
        // Full means that enough bytes are on their way.
        while let Err(error) = (&self.0.bell).write(&[1]) {
            if error.kind() != ErrorKind::Interrupted {
                return;
            }
        }
    }

    pub(super) fn fd(&self) -> RawFd {
        self.0.ear.as_raw_fd()
    }

    /// Forget what was rung so far, before anybody looks at the work it was rung for.
    pub(super) fn drain(&self) {
        let mut bytes = [0; 512];
        loop {
            match (&self.0.ear).read(&mut bytes) {
                Ok(count) if count == bytes.len() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}
