//! Shared memory that is created by name while the server runs. Since 17.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::shmem::shareable::Shareable;
use crate::shmem::shared::{Block, Shared};
use std::ffi::c_void;

impl<T: Shareable> Shared<T> {
    pub(super) fn attach(&'static self, thread: ServerThread<'_>) -> Result<()> {
        process::check_running(thread)?;
        let name = self.c_name().as_ptr();
        let argument = (&raw const *self).cast_mut().cast();
        // SAFETY: token: `thread`; plain frames; fixed text; the argument is what `init` expects.
        let found = unsafe {
            guard(|| {
                let block = ffi::shim::pgbgw_named_dsm_segment(
                    name,
                    size_of::<Block<T>>(),
                    init::<T>,
                    argument,
                )
                .cast::<Block<T>>();
                if T::LOCKS && (*block).layout == T::LAYOUT {
                    ffi::shim::pgbgw_lwlock_register_tranche((*block).tranche, name);
                }
                // The server unmaps its own mapping when the process exits, but threads may still
                // use references.
                ffi::shim::pgbgw_map_again(block.cast(), size_of::<Block<T>>()).cast::<Block<T>>()
            })
        };
        let block = found.map_err(|error| {
            error.with_context(format!(
                "while creating or attaching shared memory {:?}",
                self.c_name()
            ))
        })?;
        // SAFETY: server memory: a segment of that size, page-aligned, mapped as long as the
        // process lives.
        if unsafe { (*block).layout } != T::LAYOUT {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("shared memory {:?} has a different layout", self.c_name()),
            )
            .with_detail("It was created by another build of this library, or by another library.")
            .with_hint(
                "Restart the server after installing a new build, or choose another name.",
            ));
        }
        self.block.set(block);
        Ok(())
    }
}

/// Initializes the segment. The server calls it once, in the process that creates the segment;
/// other processes wait.
unsafe extern "C-unwind" fn init<T: Shareable>(segment: *mut c_void, argument: *mut c_void) {
    // SAFETY: plain frames: it owns only pointers if creating a tranche raises. The argument is
    // from `attach`; the segment is new, page-aligned and of the size of a block.
    unsafe {
        let shared = &*argument.cast::<Shared<T>>();
        let tranche = if T::LOCKS {
            ffi::macros::pgbgw_lwlock_new_tranche(shared.c_name().as_ptr())
        } else {
            0
        };
        shared.fill(segment.cast(), 0, tranche);
    }
}
