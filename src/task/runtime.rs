//! A tokio runtime beside the server's thread.
#![forbid(unsafe_code)]

use super::executor::run_inside;
use super::server::Server;
use crate::error::{Error, Result};
use crate::wait::BlockedSignals;
use crate::worker::{ConnectionState, Exit, Worker};
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The number of threads of the runtime, without its blocking pool.
const THREADS: usize = 2;

/// Time for the tasks on the runtime's threads to end. Blocking ones are abandoned then.
const SHUTDOWN: Duration = Duration::from_millis(200);

/// Like [`run`](super::run), inside a tokio runtime. Main and the tasks of
/// [`Server::spawn`] run on the server's thread, between the waits of the worker. The sockets and
/// timers of tokio work in them unchanged, and so do the libraries that use tokio.
///
/// The runtime has two threads, which run what `tokio::spawn` starts, and a blocking pool. None of
/// its threads receives signals. A [`Caller`](super::Caller) brings closures from there to the
/// server.
///
/// When main ends, tasks on the threads of the runtime are dropped at their await. The process does
/// not wait for blocking ones longer than 200 ms.
///
/// `Runtime::block_on` and `Handle::block_on` panic in main and in tasks. `tokio::signal` replaces
/// handlers of the server: the next wait restores them and returns an error.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::task;
///
/// fn answer(worker: Worker) -> Result<Exit> {
///     let worker = worker.connect(Connect::database("postgres").role("answer"))?;
///     task::tokio(worker, async |server| {
///         let pg = server.caller();
///         tokio::spawn(async move {
///             let count: Result<i64> = pg
///                 .call(|worker| worker.transaction(|tx| tx.query_scalar("select count(*) from pg_class", ())))
///                 .await;
///             drop(count);
///         });
///         server.stopping().await;
///         Ok(Exit::Done)
///     })
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// Those of [`run`](super::run). The threads could not be created.
#[track_caller]
pub fn tokio<'w, S: ConnectionState, E: From<Error>>(
    worker: Worker<'w, S>,
    main: impl AsyncFnOnce(Server<'w, S>) -> Result<Exit, E>,
) -> Result<Exit, E> {
    let runtime = Ends(Some(build().map_err(Error::from)?));
    let Some(handle) = runtime.0.as_ref().map(Runtime::handle) else {
        unreachable!("the runtime ends when it is dropped")
    };
    // For destructors, which run outside of a turn.
    let _context = handle.enter();
    run_inside(worker, main, |turn| {
        // A turn is inside `block_on` so that `block_on` in it is an error.
        handle.block_on(poll_fn(|_| {
            turn();
            Poll::Ready(())
        }));
    })
}

fn build() -> std::io::Result<Runtime> {
    let blocked = BlockedSignals::new();
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        // The server's thread may start threads of the blocking pool.
        .on_thread_start(|| std::mem::forget(BlockedSignals::new()))
        .build();
    drop(blocked);
    runtime
}

struct Ends(Option<Runtime>);

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(SHUTDOWN);
        }
    }
}
