//! Finding a piece of named shared memory, in any process.

use crate::error::Result;
use crate::server::thread::ServerThread;
use crate::shmem::memory::{Contents, Header};

/// Returns the address of memory that was reserved, or of memory that exists by name since 17.
/// Creates the latter if it does not exist.
pub(crate) fn find(
    contents: &'static impl Contents,
    thread: ServerThread<'_>,
) -> Result<*mut Header> {
    let memory = contents.memory();
    if !memory.mapped().is_null() || memory.is_reserved() {
        return memory.reserved();
    }
    #[cfg(pg_has = "dsm_registry")]
    {
        // An error would leave LWLocks held.
        crate::server::process::check_no_lock(thread)?;
        super::registry::attach(contents, thread)?;
        memory.reserved()
    }
    #[cfg(not(pg_has = "dsm_registry"))]
    {
        let _ = thread;
        memory.reserved().map_err(|error| {
            error.with_context(
                "PostgreSQL before 17 cannot create named shared memory while it runs",
            )
        })
    }
}
