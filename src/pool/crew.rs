//! A pool as its supervisor sees it.
#![forbid(unsafe_code)]

use super::board::SEATS;
use super::declared::Pool;
use super::jobs::Jobs;
use crate::error::{ErrorKind, Result};
use crate::message::Message;
use crate::server::preload::Preload;
use crate::server::process_signals::wake_process;
use crate::server::tokens::OnServerThread;
use crate::supervisor::{Child, Crew, Supervisor};
use crate::worker::{SharedCatalogs, Worker};
use std::sync::atomic::Ordering::Relaxed;

impl Supervisor {
    /// Adds the workers of a [`Pool`], whose main function returns what [`Pool::serve`] returns.
    /// Since 9.6.
    ///
    /// The child needs a [role](Child::role). The settings of the pool determine the number of
    /// workers. A pool has one supervisor.
    pub fn pool<I: Message, O: Message>(self, pool: &'static Pool<I, O>, child: Child) -> Self {
        self.crew(child, &pool.jobs)
    }
}

impl Crew for Jobs {
    fn most(&self) -> u32 {
        SEATS as u32
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn register(&'static self, preload: &Preload, family: usize) -> Result<()> {
        let taken = self
            .family
            .compare_exchange(0, family + 1, Relaxed, Relaxed);
        if taken.is_err() {
            return Err(self.error(ErrorKind::Invalid, "it has a supervisor already"));
        }
        self.board.reserve(preload)
    }

    fn demand(
        &'static self,
        supervisor: &mut Worker<'_, SharedCatalogs>,
        live: usize,
        has_room: bool,
    ) -> Result<usize> {
        let fewest = usize::try_from(self.fewest.get(supervisor)).unwrap_or(0);
        let most = usize::try_from(self.most.get(supervisor)).unwrap_or(0);
        let demand = self.lock(supervisor)?.demand(fewest, most, live, has_room);
        for process in demand.wake {
            wake_process(supervisor.server_thread(), process);
        }
        Ok(demand.start)
    }

    fn vacate(&'static self, supervisor: &mut Worker<'_, SharedCatalogs>, copy: u32) -> Result<()> {
        self.lock(supervisor)?.vacate(copy as usize);
        Ok(())
    }
}
