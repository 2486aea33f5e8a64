//! Static registration: the fields that differ between majors are chosen by the cfgs.

use crate::ffi;
use std::ffi::{CStr, c_char};

/// A worker without options.
pub struct Worker {
    /// Its name.
    pub name: &'static CStr,
    /// The library as the server finds it, without suffix.
    pub library: &'static CStr,
    /// The exported name of `main`.
    pub function: &'static CStr,
    /// Its main function.
    pub main: unsafe extern "C-unwind" fn(ffi::Datum),
}

impl Worker {
    /// Registers it; it restarts a second after SIGTERM.
    ///
    /// # Safety
    /// In `_PG_init`, on the server's main thread.
    pub unsafe fn register(&self) {
        // SAFETY: plain data, for which all zeros is a value: empty texts, null pointers, numbers.
        let mut worker: ffi::BackgroundWorker = unsafe { std::mem::zeroed() };
        fill(&mut worker.bgw_name, self.name);
        #[cfg(pg_has = "bgw_type")]
        fill(&mut worker.bgw_type, self.name);
        #[cfg(pg_has = "bgw_library_name")]
        fill(&mut worker.bgw_library_name, self.library);
        #[cfg(pg_has = "bgw_library_name")]
        fill(&mut worker.bgw_function_name, self.function);
        #[cfg(not(pg_has = "bgw_library_name"))]
        {
            worker.bgw_main = Some(self.main);
        }
        worker.bgw_flags = ffi::BGWORKER_SHMEM_ACCESS | ffi::BGWORKER_BACKEND_DATABASE_CONNECTION;
        worker.bgw_start_time = ffi::BgWorkerStartTime::BgWorkerStart_RecoveryFinished;
        worker.bgw_restart_time = 1;
        // SAFETY: the caller is `_PG_init`; the server copies the struct, and this frame owns
        // nothing.
        unsafe { ffi::RegisterBackgroundWorker(&raw mut worker) }
    }
}

/// Copies a text and its NUL, cut to the length of the field in this major.
fn fill(field: &mut [c_char], text: &CStr) {
    let room = field.len() - 1;
    for (to, from) in field[..room].iter_mut().zip(text.to_bytes()) {
        *to = *from as c_char;
    }
}
