//! Pools: workers that run the jobs of other processes, and return their results. Since 9.6.
//!
//! ```no_run
//! use postgres_bgworker::prelude::*;
//! use postgres_bgworker::pool::Pool;
//! use postgres_bgworker::session::Session;
//! use postgres_bgworker::settings::IntSetting;
//! use postgres_bgworker::supervisor::{Child, Supervisor};
//! use postgres_bgworker::{sql_function, supervisor_main};
//!
//! static FEWEST: IntSetting =
//!     IntSetting::new(c"report.min_workers", c"Workers that always run.", 0, 0..=64);
//! static MOST: IntSetting =
//!     IntSetting::new(c"report.max_workers", c"Maximum number of workers.", 4, 1..=64);
//! static REPORTS: Pool<i32, i64> = Pool::new(c"reports", &FEWEST, &MOST);
//!
//! fn init(preload: &Preload) -> Result<()> {
//!     FEWEST.define(preload)?;
//!     MOST.define(preload)?;
//!     Supervisor::new("report", supervisor_main!())
//!         .pool(&REPORTS, Child::new("reporter", worker_main!(reporter)).role("report"))
//!         .start(preload)
//! }
//!
//! fn reporter(worker: Worker) -> Result<Exit> {
//!     REPORTS.serve(worker, |worker, year: i32| {
//!         let sql = "select count(*) from report.orders where year = $1";
//!         worker.transaction(|tx| tx.query_scalar(sql, (year,)))
//!     })
//! }
//!
//! sql_function! {
//!     /// Counts in another process, in the same database.
//!     fn count_orders(session: &mut Session<'_>, year: i32) -> Result<i64> {
//!         REPORTS.run(session, &year, Duration::from_secs(60))
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! # The workers of a pool
//!
//! * A pool belongs to a [`Supervisor`](crate::supervisor::Supervisor::pool). The supervisor starts
//!   a worker if a job waits for which no worker is idle, up to the largest number. Its slots and
//!   priorities apply. Both settings take effect with a reload.
//! * A worker connects to the database of its first job, as the role of the child, and then runs
//!   jobs of that database. Without a job, it ends after [`linger`](Pool::linger), or at once if
//!   another database needs its place.
//! * An idle worker leaves its database to `DROP DATABASE` and its kind, as with
//!   [`watch_database`](crate::Worker::watch_database). A worker that runs a job does not.
//! * If the jobs of several databases wait and there are no more workers, the databases take
//!   turns: a worker leaves its database after [`turn`](Pool::turn), and the next one goes to the
//!   database with the fewest workers, and then to the one that got a worker longest ago. The
//!   number of jobs that a database has does not matter.
//!
//! # The jobs
//!
//! * All jobs run as the role of the child. The function that submits them decides who may call it,
//!   and what the caller may choose. Do not run SQL that the caller supplies.
//! * A job is a [`Message`](crate::message::Message), and its result another one. An error of the
//!   job, or its panic, is returned to the process that waits, with all fields. The worker then
//!   runs the next job. What a job changes in its session, such as a setting, stays for the next
//!   one.
//! * If the worker ends while it runs the job, the process that waits gets
//!   [`PeerGone`](crate::ErrorKind::PeerGone) at once.
//! * If no process waits for the result any more, a job that no worker has taken is not run.
//! * At most 256 jobs of a database wait. What must not be lost belongs into a table.

mod board;
mod crew;
mod declared;
mod job;
mod jobs;
#[cfg(test)]
mod model;
mod serve;

pub use declared::Pool;
pub use job::Job;
