//! How a worker appears in `pg_stat_activity`, and the title of its process.
//!
//! Progress views (`pg_stat_progress_*`) are not supported: the server shows only its own commands
//! in them.

use crate::error::Result;
use crate::ffi;
use crate::server::activity::report_running;
use crate::server::guard::guard;
use crate::server::status_writer::set_queue_depth;
use crate::server::text;
use crate::server::tokens::OnServerThread;
use crate::worker::state::Connected;
use crate::worker::token::Worker;
use std::ptr;

impl<S> Worker<'_, S> {
    /// Reports `text` as the current activity: the worker is `active` in `pg_stat_activity` until
    /// the end of its next transaction or [`report_idle`](Worker::report_idle). The server shows at
    /// most the first `track_activity_query_size` bytes, as for a query. A worker that has not
    /// connected to a database is not in that view.
    ///
    /// # Errors
    /// The text contains a NUL.
    #[doc(alias = "pgstat_report_activity")]
    #[doc(alias = "STATE_RUNNING")]
    pub fn report_activity(&self, text: &str) -> Result<()> {
        report_running(self.server_thread(), text)
    }

    /// Reports the worker as `idle`, with its last activity.
    #[doc(alias = "STATE_IDLE")]
    pub fn report_idle(&self) -> Result<()> {
        // SAFETY: token: `self`; plain frames.
        unsafe { guard(|| ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null())) }
    }

    /// Shows how much work waits for this worker, in the column `queue_depth` of
    /// [`stat_workers`](crate::worker_status). A worker that waits for a
    /// [`Queue`](crate::queue::Queue) shows its depth without this call.
    pub fn report_queue_depth(&self, depth: u64) {
        set_queue_depth(self.server_thread(), depth);
    }

    /// Shows `text` in the title of the process, after the name of the worker. `ps` shows as much
    /// as fits. With `update_process_title = off` the server does not change the title.
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
    /// Sets the `application_name`, which is the name of the worker by default. It appears in
    /// `pg_stat_activity`, in the server log if `log_line_prefix` contains `%a`, and in SQL.
    ///
    /// # Errors
    /// The name is empty, longer than 63 bytes, or not printable ASCII, which the server would
    /// replace.
    #[doc(alias = "pgstat_report_appname")]
    #[doc(alias = "SetConfigOption")]
    pub fn set_application_name(&mut self, name: &str) -> Result<()> {
        text::check("the application name", name, ffi::NAMEDATALEN as usize)?;
        text::check_ascii("the application name", name)?;
        let name = text::c_string("the application name", name)?;
        let name = name.as_ptr();
        // SAFETY: token: `self`, and no transaction is open, so none reverts the setting; plain
        // frames; fixed text, which the server copies.
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
