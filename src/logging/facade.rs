//! The logger of the crate `log`.

use crate::error::{Error, Result};
use crate::logging::queue::{self, Record};
use crate::server::log_line::Level;
use crate::server::tokens::OnServerThread;

struct ServerLog;

/// Sends the records of [`log`] at `level` and above to the server log. Call it once per process.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// use postgres_bgworker::logging;
///
/// fn fetcher(mut worker: Worker<NoDatabase>) -> Result<Exit> {
///     logging::install_log(&worker, log::LevelFilter::Info)?;
///     std::thread::spawn(|| log::info!("written by the next wait"));
///     while worker.wait(Duration::from_secs(1))?.keep_going() {}
///     Ok(Exit::Done)
/// }
/// ```
///
/// # Errors
/// The process already has a logger.
pub fn install_log(backend: &impl OnServerThread, level: log::LevelFilter) -> Result<()> {
    queue::install(backend);
    log::set_logger(&ServerLog).map_err(Error::other)?;
    log::set_max_level(level);
    Ok(())
}

impl log::Log for ServerLog {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        queue::accept(Record {
            level: match record.level() {
                log::Level::Error | log::Level::Warn => Level::Warning,
                log::Level::Info => Level::Log,
                log::Level::Debug => Level::Debug1,
                log::Level::Trace => Level::Debug2,
            },
            message: record.args().to_string(),
            file: record.file().unwrap_or_default().to_string(),
            line: record.line().unwrap_or(0),
        });
    }

    fn flush(&self) {
        queue::flush();
    }
}
