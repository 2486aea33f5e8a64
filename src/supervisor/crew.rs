//! Children whose number of workers depends on the work there is: the workers of a pool.
#![forbid(unsafe_code)]

use crate::error::Result;
use crate::server::preload::Preload;
use crate::worker::{SharedCatalogs, Worker};
use std::fmt;

/// The workers of a pool, as the supervisor sees them. Each has the number of its copy.
pub(crate) trait Crew: fmt::Debug + Sync {
    /// The largest number of workers.
    fn most(&self) -> u32;

    /// Identifies the pool in this library.
    fn address(&self) -> usize;

    /// Connects the pool with its supervisor, which has this number in the library.
    fn register(&'static self, preload: &Preload, family: usize) -> Result<()>;

    /// Returns how many more workers are to start, if so many are live. Without room for another
    /// one, those that run share the work, and at most one waits for room.
    fn demand(
        &'static self,
        supervisor: &mut Worker<'_, SharedCatalogs>,
        live: usize,
        has_room: bool,
    ) -> Result<usize>;

    /// A worker has ended.
    fn vacate(&'static self, supervisor: &mut Worker<'_, SharedCatalogs>, copy: u32) -> Result<()>;
}
