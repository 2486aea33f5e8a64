//! What others see of a worker: `pg_stat_activity`, and the title of its process.
//!
//! Progress (`pg_stat_progress_*`) is not here: the server shows commands of its own only, so a worker would have to pass for one.

use crate::error::Result;
use crate::ffi;
use crate::server::activity::report_running;
use crate::server::guard::guard;
use crate::server::text;
use crate::server::tokens::OnServerThread;
use crate::worker::state::Connected;
use crate::worker::token::Worker;
use std::ptr;

impl<S> Worker<'_, S> {
    /// Show this text as what the worker does now: `active` in `pg_stat_activity`, until the end of its next transaction or
    /// [`report_idle`](Worker::report_idle). Of a long one the server shows the first `track_activity_query_size` bytes, as of
    /// every query. A worker that has not connected is not in that view.
    ///
    /// # Errors
    /// The text contains a NUL.
    #[doc(alias = "pgstat_report_activity")]
    #[doc(alias = "STATE_RUNNING")]
    pub fn report_activity(&self, text: &str) -> Result<()> {
        report_running(self.server_thread(), text)
    }

    /// Show the worker as `idle`, with the text from before.
    #[doc(alias = "STATE_IDLE")]
    pub fn report_idle(&self) -> Result<()> {
        // SAFETY: token: `self`; plain frames.
        unsafe { guard(|| ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null())) }
    }

    /// Show this text in the title of the process, behind the worker's name; `ps` shows as much as has room. With
    /// `update_process_title = off` the server leaves the title alone.
    ///
    /// # Errors
    /// The text contains a NUL.
    #[doc(alias = "set_ps_display")]
    pub fn set_process_title(&self, text: &str) -> Result<()> {
        let text = text::c_string("the title of the process", text)?;
        let text = text.as_ptr();
        // SAFETY: token: `self`; plain frames; fixed text, which the server copies.
        unsafe { guard(|| ffi::macros::pgbgw_set_ps_display(text)) }
    }
}

impl Worker<'_, Connected> {
    /// Change the `application_name`, which is the worker's name until then: in `pg_stat_activity`, in the log where
    /// `log_line_prefix` has `%a`, and for SQL.
    ///
    /// # Errors
    /// The name is longer than the server's field (63 bytes), empty, or not printable ASCII, which the server would replace.
    #[doc(alias = "pgstat_report_appname")]
    #[doc(alias = "SetConfigOption")]
    pub fn set_application_name(&mut self, name: &str) -> Result<()> {
        text::check("the application name", name, ffi::NAMEDATALEN as usize)?;
        text::check_ascii("the application name", name)?;
        let name = text::c_string("the application name", name)?;
        let name = name.as_ptr();
        // SAFETY: token: `self`, and no transaction is open, so none takes it back; plain frames; fixed text, which the server copies.
        unsafe {
            guard(|| {
                ffi::SetConfigOption(
                    c"application_name".as_ptr(),
                    name,
                    ffi::GucContext::PGC_USERSET,
                    ffi::GucSource::PGC_S_SESSION,
                )
            })
        }
    }
}
