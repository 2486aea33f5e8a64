//! The facades `log` and `tracing` in a worker with threads. `tests/logging.rs` loads it.

use postgres_bgworker::logging;
use postgres_bgworker::prelude::*;
use std::fmt;
use std::thread::Builder;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    // Before anybody has installed anything, this goes nowhere.
    log::error!("not installed");
    BackgroundWorker::new("logging", worker_main!(logs))?
        .restart(Restart::Never)
        .register(preload)
}

fn logs(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    logging::install_log(&worker, log::LevelFilter::Trace)?;
    logging::install_tracing(&worker, tracing::level_filters::LevelFilter::DEBUG)?;
    let again = logging::install_log(&worker, log::LevelFilter::Trace).expect_err("installed");
    worker.log(format!("refused: {again}"));

    log::error!("log error");
    log::warn!("log warn");
    log::info!("log info with a NUL \0");
    log::debug!("log debug");
    log::trace!("log trace");
    tracing::error!(answer = 42, who = "nobody", "tracing error");
    tracing::warn!("tracing warn");
    tracing::info!(only = true);
    tracing::debug!("tracing debug");
    tracing::trace!("tracing trace");
    tracing::info_span!("span").in_scope(|| tracing::info!("in a span"));

    in_thread(|| {
        log::error!("from a thread");
        tracing::warn!(number = 1, "also from a thread");
    })?;
    worker.log("joined");
    logging::drain(&worker);
    worker.log("drained");

    in_thread(|| (0..5000).for_each(|number| log::info!("flood {number};")))?;
    let _ = worker.wait(Duration::from_millis(1))?;
    worker.log("after the flood");

    let long = "x".repeat(64 * 1024);
    in_thread(move || (0..64).for_each(|_| log::debug!("long {long}")))?;
    let _ = worker.wait(Duration::from_millis(1))?;

    let panicked = in_thread(|| log::error!("{}", Panics)).is_err();
    in_thread(|| log::info!("outer, {}", Logs))?;
    let _ = worker.wait(Duration::from_millis(1))?;
    worker.log(format!("panicked: {panicked}"));

    in_thread(|| log::info!("the last words of a thread"))?;
    Ok(Exit::Done)
}

fn in_thread(body: impl FnOnce() + Send + 'static) -> Result<()> {
    Builder::new()
        .name("fetcher".to_string())
        .spawn(body)?
        .join()
        .map_err(|_| Error::other("the thread panicked"))
}

/// Its text cannot be made.
struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in a Display")
    }
}

/// Making its text logs.
struct Logs;

impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        log::info!("inner");
        f.write_str("with an inner one")
    }
}
