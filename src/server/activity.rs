//! The activity of this process in `pg_stat_activity`.

use crate::error::{Result, to_server};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::text;
use crate::server::thread::ServerThread;

/// Reports this text as the current activity of the process.
pub(crate) fn report_running(_thread: ServerThread<'_>, text: &str) -> Result<()> {
    text::c_string("the text of an activity", text)?;
    let text = to_server(text);
    let text = text.as_ptr();
    // SAFETY: token: `_thread`; plain frames; fixed text, which the server copies.
    unsafe { guard(|| ffi::pgstat_report_activity(ffi::BackendState::STATE_RUNNING, text)) }
}
