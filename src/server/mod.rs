//! The boundary to the server: its thread, errors, memory and log, and the state of this process.

pub(crate) mod activity;
pub(crate) mod back_off;
pub(crate) mod bytes;
pub(crate) mod cancel;
pub(crate) mod datum;
pub(crate) mod encoding;
pub(crate) mod guard;
pub(crate) mod hash;
pub(crate) mod interrupts;
pub(crate) mod last_error;
pub(crate) mod log_line;
pub(crate) mod mapped;
pub(crate) mod memory;
pub(crate) mod panic;
pub(crate) mod preload;
pub(crate) mod process;
pub(crate) mod recovery;
pub(crate) mod report;
pub(crate) mod short_transaction;
pub(crate) mod status;
pub(crate) mod status_layout;
pub(crate) mod status_tables;
pub(crate) mod status_writer;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod tokens;
