//! The trait of tokens that can wait.

use crate::error::Result;
use crate::server::tokens::{Launch, sealed};
use crate::wait::wake::Wake;
use std::time::Duration;

/// A token that can wait: a worker, whose transactions are closed while it is borrowed, or a
/// transaction. A wait inside a transaction keeps its locks and its snapshot. If the other process
/// waits for one of those locks, that is a deadlock that the server does not detect.
pub trait Wait: Launch + sealed::Sealed {
    #[doc(hidden)]
    fn wait_for(&mut self, timeout: Duration, _: sealed::Internal) -> Result<Wake>;
}
