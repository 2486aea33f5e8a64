//! Processes that can wait.

use crate::error::Result;
use crate::server::tokens::{Launch, sealed};
use crate::wait::wake::Wake;
use std::time::Duration;

/// A process that can wait for others: a worker, whose transactions are closed while it is borrowed, or a transaction. Who waits
/// in a transaction holds its locks and its snapshot meanwhile; waiting for somebody who wants those locks is a deadlock that the
/// server does not see.
pub trait Wait: Launch + sealed::Sealed {
    #[doc(hidden)]
    fn wait_for(&mut self, timeout: Duration, _: sealed::Internal) -> Result<Wake>;
}
