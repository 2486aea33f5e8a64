//! Waiting for dynamic workers.
#![forbid(unsafe_code)]

use super::server::Server;
use super::time::race;
use crate::error::Result;
use crate::worker::{ConnectionState, DynamicWorker, WorkerStatus};
use std::time::Duration;

/// Time between two status checks. A notification of the postmaster ends the sleep earlier, in a
/// process that can receive one.
const ASK_AGAIN: Duration = Duration::from_millis(100);

impl<S: ConnectionState> Server<'_, S> {
    /// Waits until a dynamic worker has started, and returns its status:
    /// [`Stopped`](WorkerStatus::Stopped) if it has already ended.
    ///
    /// # Errors
    /// Those of [`DynamicWorker::status`].
    #[doc(alias = "WaitForBackgroundWorkerStartup")]
    pub async fn started(&self, worker: &DynamicWorker) -> Result<WorkerStatus> {
        self.status_after(worker, |status| status == WorkerStatus::Starting)
            .await
    }

    /// Waits until a dynamic worker has ended.
    ///
    /// # Errors
    /// Those of [`DynamicWorker::status`].
    #[doc(alias = "WaitForBackgroundWorkerShutdown")]
    pub async fn stopped(&self, worker: &DynamicWorker) -> Result<()> {
        self.status_after(worker, |status| status != WorkerStatus::Stopped)
            .await
            .map(drop)
    }

    async fn status_after(
        &self,
        worker: &DynamicWorker,
        go_on: impl Fn(WorkerStatus) -> bool,
    ) -> Result<WorkerStatus> {
        loop {
            let latch = self.latch();
            let status = worker.status()?;
            if !go_on(status) {
                return Ok(status);
            }
            race(latch, self.sleep(ASK_AGAIN)).await;
        }
    }
}
