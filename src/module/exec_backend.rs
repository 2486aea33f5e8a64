//! Refuses a server that was built with `EXEC_BACKEND`.
//!
//! The postmaster of such a server executes its program again for each process, as on Windows, so
//! a process inherits no memory. This crate keeps the state of restarts and the tables of the
//! status in memory that processes inherit.

use crate::error::{Error, ErrorKind, Result};
use std::ffi::CStr;

/// Where a process begins that the postmaster executes. No other server has this function, and
/// every major of such a server has it.
const MAIN: &CStr = c"SubPostmasterMain";

pub(super) fn refuse() -> Result<()> {
    // SAFETY: cannot raise: searches the loader's tables for a name.
    let main = unsafe { libc::dlsym(libc::RTLD_DEFAULT, MAIN.as_ptr()) };
    if main.is_null() {
        return Ok(());
    }
    let message =
        "the server was built with EXEC_BACKEND, which postgres-bgworker does not support";
    Err(Error::new(ErrorKind::Unsupported, message)
        .with_detail("The processes of such a server inherit no memory from the postmaster.")
        .with_hint("Use a server that was built without -DEXEC_BACKEND."))
}
