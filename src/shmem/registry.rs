//! Shared memory that is created by name while the server runs. Since 17.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process::{self, SharedMemory};
use crate::server::thread::ServerThread;
use crate::shmem::memory::{Contents, Header, initialize};
use std::ffi::{CStr, c_void};

/// Finds the memory, and creates it if no process has.
pub(super) fn attach<C: Contents>(contents: &'static C, thread: ServerThread<'_>) -> Result<()> {
    process::check_running(thread)?;
    let memory = contents.memory();
    let (name, size, locks) = (memory.name(), contents.size(), contents.has_locks());
    let argument = (&raw const *contents).cast_mut().cast();
    let text = name.as_ptr();
    // SAFETY: token: `thread`; plain frames; fixed text; the argument is what `init` expects.
    let found = unsafe {
        guard(|| {
            let start = ffi::shim::pgbgw_named_dsm_segment(text, size, init::<C>, argument)
                .cast::<Header>();
            if locks && memory.layout_is(start) {
                ffi::shim::pgbgw_lwlock_register_tranche((*start).tranche, text);
            }
            // The server unmaps its own mapping when the process exits, but threads may still use
            // references.
            ffi::shim::pgbgw_map_again(start.cast(), size).cast::<Header>()
        })
    };
    let start = found.map_err(|error| match error.sqlstate() {
        // The size of the existing memory differs.
        SqlState::INTERNAL_ERROR => different(name).with_context(error.message()),
        _ => error.with_context(format!(
            "while creating or attaching shared memory {name:?}"
        )),
    })?;
    if start.is_null() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("shared memory {name:?} cannot be mapped a second time here"),
        )
        .with_detail("The kernel or an emulator refused, or the system is not Linux.")
        .with_hint("Preload the library, and reserve the memory in its init function."));
    }
    if !memory.layout_is(start) {
        return Err(different(name));
    }
    memory.found.set(start);
    Ok(())
}

fn different(name: &CStr) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("shared memory {name:?} has a different layout"),
    )
    .with_detail("It was created by another build of this library, or by another library.")
    .with_hint("Restart the server after installing a new build, or choose another name.")
}

/// Initializes the segment. The server calls it once, in the process that creates the segment;
/// other processes wait.
unsafe extern "C-unwind" fn init<C: Contents>(segment: *mut c_void, argument: *mut c_void) {
    // SAFETY: plain frames: it owns only pointers if creating a tranche raises. The argument is
    // from `attach`; the segment is new, page-aligned and of the size of the memory.
    unsafe {
        let contents = &*argument.cast::<C>();
        let tranche = if contents.has_locks() {
            ffi::macros::pgbgw_lwlock_new_tranche(contents.memory().name().as_ptr())
        } else {
            0
        };
        initialize(contents, segment.cast(), 0, tranche);
    }
}
