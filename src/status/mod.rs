//! The state of all workers of the server.
//!
//! Each worker of a preloaded library shows what it does in memory that all processes see: its
//! state, its counters, and the words with which its last run ended. [`worker_status!`] exports the
//! functions that show the workers of all libraries of this crate, whichever versions they use.
//!
//! [`worker_status!`]: crate::worker_status

mod metrics;
mod reader;
mod rows;

/// Only the macros of this crate use these items.
#[doc(hidden)]
pub mod support {
    pub use super::metrics::metrics;
    pub use super::rows::{Row, reset, rows};
}

/// Exports the functions that show the state of all workers.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker::prelude::*;
///
/// bgworker_module!();
/// postgres_bgworker::worker_status!();
/// ```
///
/// `cargo bgworker inspect --sql` prints the statements for the script of the extension. They
/// create these objects in the schema of the extension:
///
/// | Object | Contents |
/// |---|---|
/// | `stat_workers` | a view with a row for each worker of each library of this crate |
/// | `worker_status()` | the function that the view calls |
/// | `worker_status_reset()` | sets the counters of all workers to zero |
/// | `worker_metrics()` | the counters as text in the format OpenMetrics, for exporters |
///
/// One library in the server is enough: it shows the workers of all others. It need not be
/// preloaded itself. A library that is not preloaded has no memory that other processes see, so its
/// own workers are not shown.
///
/// # Columns
///
/// | Column | Contents |
/// |---|---|
/// | `library` | the file of the library, without directory and extension |
/// | `slot` | the number of the worker's place. It stays the same when the worker restarts. |
/// | `name`, `kind` | the name of the registration; `static`, `dynamic`, `supervisor`, or `child` of a supervisor |
/// | `database` | the database to which the worker is connected |
/// | `pid` | the process, while there is one |
/// | `state` | `registered`, `starting`, `backing off`, `running`, `waiting`, `in transaction`, `stopped`, `failed`, or `crashed` |
/// | `state_changed_at` | since when. After a transaction, it is the time when the worker woke up. |
/// | `started_at` | the start of the current or last run |
/// | `restarts`, `failures` | the number of starts after the first, and of runs that ended with a failure |
/// | `last_exit`, `last_exit_at` | how the run before ended: `done`, `restart`, `stopped` (after SIGTERM), `error`, `panic`, `FATAL`, `exit`, or `signal or crash` |
/// | `last_error`, `last_error_sqlstate`, `last_error_at` | the last error with which a run or a transaction ended |
/// | `last_error_place` | the file and the line of a panic |
/// | `last_error_statement` | the statement that caused the error |
/// | `last_error_backtrace` | the 8 innermost functions of a panic, if the server runs with `RUST_BACKTRACE=1` |
/// | `last_error_waits` | the value of `waits` at that time |
/// | `waits`, `wake_ups` | the number of waits, and of those that something other than the timeout ended |
/// | `busy_time`, `idle_time` | the time outside and inside of waits that sleep, in milliseconds |
/// | `transactions`, `errors` | the number of transactions that ended, and of those that failed |
/// | `queue_depth` | the number of messages when the worker last waited for its [`Queue`](crate::queue::Queue), or the last [`report_queue_depth`](crate::Worker::report_queue_depth) |
/// | `stop_requested` | SIGTERM has arrived, and the worker still runs |
/// | `stats_reset` | the last reset, or the first use of the slot |
///
/// Times and counters of a running worker are read without a lock: each one is correct, but they
/// may be from slightly different moments. A restart of the worker, and a crash restart of the
/// server keep everything. A restart of the postmaster starts anew.
///
/// A library has 64 slots. A worker takes the slot of its last run (the one with the same name,
/// argument, restart interval and payload, or of the same child of a supervisor), else one that was
/// never used, else the one whose worker has been gone for the longest time. If 64 others run, a
/// worker is not shown.
///
/// Busy and idle time are taken from the kernel's tick, which comes every 1 to 10 ms, so they are
/// right for many waits together, and not for each one. Waits inside a transaction are busy time. A
/// process that exits has no `pid` any more. A call of
/// [`run_top_level`](crate::Worker::run_top_level) counts as a transaction for the text, and one
/// for each statement or transaction block.
///
/// # Privileges
///
/// Everybody can read the view. Error messages, statements and places can contain data, so only
/// roles with the privileges of `pg_read_all_stats` see them (before 10, superusers). Others see
/// `<insufficient privilege>`. PUBLIC may not call `worker_status_reset()`.
#[macro_export]
macro_rules! worker_status {
    () => {
        const _: () = {
            $crate::sql_function! {
                /// Returns the state of all background workers that use postgres-bgworker.
                #[sql(
                    parallel_restricted,
                    columns = "library, slot, name, kind, database, pid, state, state_changed_at, started_at, restarts, failures, last_exit, last_exit_at, last_error, last_error_sqlstate, last_error_at, last_error_place, last_error_statement, last_error_backtrace, last_error_waits, waits, wake_ups, busy_time, idle_time, transactions, errors, queue_depth, stop_requested, stats_reset"
                )]
                fn worker_status<'a>(
                    session: &'a $crate::session::Session<'_>,
                ) -> $crate::Result<$crate::session::Set<'a, $crate::__private::status::Row>> {
                    $crate::__private::status::rows(session)
                }

                /// Sets the counters of all these workers to zero.
                fn worker_status_reset(session: &$crate::session::Session<'_>) -> $crate::Result<()> {
                    $crate::__private::status::reset(session)
                }

                /// Returns the counters of all these workers in the format OpenMetrics.
                #[sql(parallel_restricted)]
                fn worker_metrics(
                    session: &$crate::session::Session<'_>,
                ) -> $crate::Result<::std::string::String> {
                    $crate::__private::status::metrics(session)
                }
            }

            $crate::ffi::module_note!(
                $crate::ffi::fingerprint::NOTE_FUNCTION,
                "create view \"stat_workers\" as select * from \"worker_status\"();\ncomment on view \"stat_workers\" is 'State of all background workers that use postgres-bgworker.';\ngrant select on \"stat_workers\" to public;\nrevoke all on function \"worker_status_reset\"() from public;\n"
            );
        };
    };
}
