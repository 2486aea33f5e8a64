//! Output plugins of logical decoding in safe Rust. A plugin is a type with the trait [`Plugin`],
//! and [`output_plugin!`] exports it.

mod callbacks;
mod change;
mod options;
mod output;

/// The raw crate, and what this framework needs in addition.
pub mod ffi {
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

pub use change::{Change, Field, Kind, Operation, TableName, Value};
pub use ffi::errcodes;
pub use options::{Options, Setting};
pub use other_boundary::{Error, Result};
pub use output::Output;

/// An output plugin. A value is one run of decoding.
pub trait Plugin: Sized + 'static {
    /// Begins a run, or creates a slot.
    fn start(options: &Options) -> Result<Self>;

    /// Begins a transaction that was committed.
    fn begin(&mut self, transaction: &Transaction, out: &mut Output) -> Result<()>;

    /// A row was inserted, updated or deleted.
    fn change(
        &mut self,
        transaction: &Transaction,
        change: &Change,
        out: &mut Output,
    ) -> Result<()>;

    /// Tables were truncated.
    fn truncate(
        &mut self,
        transaction: &Transaction,
        tables: &[TableName],
        out: &mut Output,
    ) -> Result<()>;

    /// Ends the transaction.
    fn commit(&mut self, transaction: &Transaction, out: &mut Output) -> Result<()>;

    /// `pg_logical_emit_message` was called.
    fn message(&mut self, message: &Message<'_>, out: &mut Output) -> Result<()>;

    /// Returns whether to skip what was replicated from elsewhere.
    fn skips_origin(&mut self, _origin: u32) -> Result<bool> {
        Ok(false)
    }

    /// Ends a run that no error has ended.
    fn stop(self) -> Result<()>;
}

/// A transaction.
#[derive(Debug, Clone, Copy)]
pub struct Transaction {
    /// Its ID.
    pub id: u32,
    /// When it was committed, in microseconds since 2000.
    pub committed: i64,
    /// Where in the log it was committed.
    pub position: u64,
}

/// A message of `pg_logical_emit_message`.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The transaction, unless the message belongs to none.
    pub transaction: Option<Transaction>,
    /// Where in the log it is.
    pub position: u64,
    /// Its prefix.
    pub prefix: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

/// Exports a plugin, once per library.
#[macro_export]
macro_rules! output_plugin {
    ($plugin:ty) => {
        $crate::ffi::pg_module_magic!();

        const _: () = {
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn _PG_output_plugin_init(
                callbacks: *mut $crate::ffi::OutputPluginCallbacks,
            ) {
                // SAFETY: the server calls it with callbacks to be filled in.
                unsafe { $crate::__private::fill::<$plugin>(callbacks) }
            }
        };
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::callbacks::fill;
}
