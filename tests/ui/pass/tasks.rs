//! Tasks that share a connection, and a caller that other threads have.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task::{self, Caller, Either, JoinHandle, Server, race};
use std::rc::Rc;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("fetch", worker_main!(fetch)).register(preload)
}

fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let text = Rc::new("not for other threads");
    task::run(worker, async |server| {
        let pg: Caller<Connected> = server.caller();
        is_shared(&pg);
        let thread = server.spawn_thread("helper", move || drop(pg.call(|worker| Ok(worker.log("here")))))?;
        let sql = server.clone();
        let own = text.clone();
        let counts: JoinHandle<Result<i64>> = server.spawn(async move {
            sql.sleep(Duration::from_millis(1)).await;
            sql.log(own);
            sql.transaction(|tx| tx.query_scalar("select count(*) from pg_class", ()))
        });
        match race(server.stopping(), counts).await {
            Either::First(()) => return Ok(Exit::Done),
            Either::Second(count) => server.log(count??),
        }
        thread.await?;
        helper(&server).await
    })
}

async fn helper(server: &Server<'_>) -> Result<Exit> {
    server.timeout(Duration::from_secs(1), server.reloaded()).await?;
    Ok(Exit::Restart)
}

/// A worker without a database has tasks, too.
pub fn plain(worker: Worker<NoDatabase>) -> Result<Exit> {
    task::run(worker, async |server| {
        server.with(|worker| Ok(worker.log("plain")))?;
        Ok(Exit::Done)
    })
}

fn main() {}
