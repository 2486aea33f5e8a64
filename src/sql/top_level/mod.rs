//! Statements outside a transaction block, for
//! [`Worker::run_top_level`](crate::Worker::run_top_level).

mod result;
mod script;

pub use result::StatementResult;

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim::{self, Around};
use crate::server::guard::{around, guard, guard_ending};
use crate::server::interrupts::check_terminating;
use crate::server::log_line;
use crate::server::process::Failure;
use crate::server::status_writer;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::sql::params::Params;
use crate::sql::transaction::connection::SqlConnection;
use script::Script;

/// Runs the statements one after the other. No transaction is open.
pub(crate) fn run(
    worker: &impl OnServerThread,
    state: &SqlConnection,
    sql: &str,
    params: &impl Params,
) -> Result<Vec<StatementResult>> {
    let script = Script::parse(state, sql, params)?;
    let mut results = Vec::with_capacity(script.len());
    let thread = worker.server_thread();
    // Dropped first: what the script and the results own may be in use until the abort.
    let mut run = Run::begin(thread, &script);
    for number in 0..script.len() {
        check_terminating(thread)?;
        let mut result = StatementResult::new(worker)?;
        status_writer::begin_statement(thread);
        let done = run.statement(&script, number, &mut result);
        if done.is_err() || !run.is_in_block() {
            status_writer::end_transaction(thread);
        }
        done.map_err(|error| {
            let error = error.of_statement(script.text(number));
            status_writer::transaction_failed(thread, Some(&Failure::of(&error)));
            error
        })?;
        results.push(result);
    }
    if run.is_in_block() {
        status_writer::end_transaction(thread);
        return Err(open_block().with_context(format!("SQL statements \"{sql}\"")));
    }
    run.end();
    Ok(results)
}

#[cold]
fn open_block() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "transaction block is open at the end of the statements",
    )
    .with_detail("The transaction was rolled back.")
    .with_hint("End the transaction block with COMMIT, or use Worker::transaction.")
}

/// A run. Dropping it before its end aborts the transaction that is current then, if there is one.
/// A procedure may have committed other transactions before.
struct Run<'a> {
    thread: ServerThread<'a>,
    /// What is current outside the transactions of the run.
    outside: Around,
    /// What is current after an error. The copy of the error leaves some memory behind, which is
    /// freed with the script.
    after_error: Around,
    has_ended: bool,
}

impl<'a> Run<'a> {
    fn begin(thread: ServerThread<'a>, script: &Script) -> Self {
        // A query cancel is for the statement that runs, and an error of the server ends the run.
        thread.process().set_in_transaction(true);
        let outside = around(thread);
        Run {
            thread,
            after_error: Around {
                memory: script.memory(),
                ..outside
            },
            outside,
            has_ended: false,
        }
    }

    fn statement(
        &mut self,
        script: &Script,
        number: usize,
        result: &mut StatementResult,
    ) -> Result<()> {
        let (script, number, outcome) = (script.raw(), number as i32, result.raw());
        // SAFETY: token: `self.thread`, outside transactions or in the block that a statement of
        // this run has begun; plain frames; both pointers are to memory that outlives the run.
        unsafe {
            guard_ending(&self.after_error, || {
                shim::pgbgw_script_run(script, number, outcome);
            })
        }
    }

    /// Returns whether the statements have begun a transaction block that is open.
    fn is_in_block(&self) -> bool {
        // SAFETY: token: `self.thread`; cannot raise: reads the state of the transaction.
        unsafe { shim::pgbgw_script_is_in_block() != 0 }
    }

    fn end(mut self) {
        self.has_ended = true;
        self.thread.process().set_in_transaction(false);
        // SAFETY: token: `self.thread`, outside transactions; plain frames. The statements have
        // taken effect, whatever fails here.
        let _ = unsafe { guard(|| shim::pgbgw_script_end()) };
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        self.thread.process().set_in_transaction(false);
        // SAFETY: token: `self.thread`; aborting is allowed in any state of a transaction; plain
        // frames.
        let result = unsafe {
            guard_ending(&self.outside, || {
                shim::pgbgw_script_abort();
            })
        };
        if let Err(error) = result {
            // Nothing can continue with an open transaction.
            log_line::log_error(
                self.thread,
                &error.with_context("while aborting a statement of a background worker"),
            );
            // SAFETY: token: `self.thread`. The frames below are abandoned, not unwound.
            unsafe { shim::pgbgw_exit(1) }
        }
        let memory = self.outside.memory;
        // SAFETY: cannot raise: sets a global to a context that outlives the run.
        unsafe { shim::pgbgw_memory_context_switch_to(memory) };
    }
}
