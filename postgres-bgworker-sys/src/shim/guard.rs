//! Catching the errors of the server: `shim/guard.c`.

use crate::{ErrorData, MemoryContext};
use core::ffi::c_void;

/// The memory context and the resource owner that are current around a call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// `CurrentMemoryContext`.
    pub memory: MemoryContext,
    /// `CurrentResourceOwner`. Null outside of transactions.
    pub owner: crate::ResourceOwner,
}

unsafe extern "C-unwind" {
    /// Runs `body(argument)` as `PG_TRY` does. Returns null if `body` returned. Otherwise returns
    /// the error, copied into the memory context that was current at the call, with the error state
    /// flushed. That context, the resource owner and the hold-off counts are then restored. An open
    /// transaction is *not* aborted, and held LWLocks stay held. A panic of `body` passes through.
    ///
    /// # Safety
    /// Between this call and any server call below `body`, no frame may own a value with a
    /// destructor.
    pub fn pgbgw_try(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> *mut ErrorData;

    /// Like [`pgbgw_try`], for a body that ends a transaction and so may delete the current context
    /// and resource owner: after an error, `around` is current. It must outlive the body.
    ///
    /// # Safety
    /// As for [`pgbgw_try`].
    pub fn pgbgw_try_around(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
        around: *const Around,
    ) -> *mut ErrorData;

    /// `FreeErrorData` for an error that [`pgbgw_try`] returned.
    pub fn pgbgw_free_error(error: *mut ErrorData);

    /// Like [`pgbgw_try`]. The copy of the error has a memory context of its own, so it lives until
    /// [`pgbgw_drop_error`] or [`pgbgw_rethrow`].
    ///
    /// # Safety
    /// As for [`pgbgw_try`].
    pub fn pgbgw_catch(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> *mut ErrorData;

    /// Frees an error that [`pgbgw_catch`] returned. Cannot raise.
    pub fn pgbgw_drop_error(error: *mut ErrorData);

    /// `ReThrowError` for an error that [`pgbgw_catch`] returned, with all its fields. Frees it,
    /// and resets the hold-off counts as `ereport` does.
    ///
    /// # Safety
    /// No frame between this call and the next handler may own a value with a destructor.
    pub fn pgbgw_rethrow(error: *mut ErrorData) -> !;
}
