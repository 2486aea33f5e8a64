//! Shared memory, and locks in it: `shim/segment.c` and `shim/shared.c`. Without imports, because
//! early majors have none of these functions.

/// The size in bytes, aligned to 8, that suffices for a `slock_t` on every processor.
pub const SPIN_LOCK_ROOM: usize = 16;

unsafe extern "C-unwind" {
    /// `dsm_create` and `dsm_pin_mapping`, inside or outside of a transaction. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_create(size: crate::Size) -> *mut crate::dsm_segment;

    /// `dsm_attach` and `dsm_pin_mapping`, inside or outside of a transaction. Returns null if the
    /// segment does not exist. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_attach(handle: u32) -> *mut crate::dsm_segment;

    /// Returns a second mapping of this page-aligned part of a dynamic segment, which remains when
    /// the server unmaps its own. Returns the address itself if it is in the server's main shared
    /// memory, which is never unmapped. Returns null if memory cannot be mapped twice, which is so
    /// on other systems than Linux, and under valgrind. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_map_again(
        address: *mut core::ffi::c_void,
        size: crate::Size,
    ) -> *mut core::ffi::c_void;

    /// `LWLockRegisterTranche`: registers the (static) name of a tranche that another process has
    /// created. Does nothing since 19. May raise.
    #[cfg(pg_since = "9.6")]
    pub fn pgbgw_lwlock_register_tranche(tranche: core::ffi::c_int, name: *const core::ffi::c_char);

    /// `ConditionVariableTimedSleep`, after `ConditionVariablePrepareToSleep` for the same
    /// variable. Returns a non-zero value if the timeout elapsed. May return early. Serves
    /// interrupts, and ends the process if the postmaster has died. May raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_sleep(
        condition: *mut crate::ConditionVariable,
        timeout_ms: core::ffi::c_long,
    ) -> core::ffi::c_int;

    /// `ConditionVariableCancelSleep`. A wake-up that was received already is passed to the next
    /// process in the list. Cannot raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_cancel_sleep(condition: *mut crate::ConditionVariable);

    /// `GetNamedDSMSegment`, whose callback takes an argument on every major. The callback may
    /// raise. May raise; LWLocks are then held that only `LWLockReleaseAll` releases.
    #[cfg(pg_since = "17")]
    pub fn pgbgw_named_dsm_segment(
        name: *const core::ffi::c_char,
        size: crate::Size,
        init: unsafe extern "C-unwind" fn(*mut core::ffi::c_void, *mut core::ffi::c_void),
        argument: *mut core::ffi::c_void,
    ) -> *mut core::ffi::c_void;
}
