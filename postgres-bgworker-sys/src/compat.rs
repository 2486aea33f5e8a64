//! Functions of newer majors that work on every major: native where the server has them, else
//! emulated.
//!
//! Each gate is `pg_has` of the item itself, so it is exact. A test proves that native and emulated
//! names never collide.

#[cfg(not(pg_has = "mark_guc_prefix_reserved"))]
mod mark_guc_prefix_reserved {
    /// `MarkGUCPrefixReserved`, native since 15. Before 15, calls `EmitWarningsOnPlaceholders`,
    /// which only warns.
    ///
    /// # Safety
    /// As for the native function: call it while preloading, with a NUL-terminated static string.
    /// May raise.
    #[allow(non_snake_case)]
    pub unsafe fn MarkGUCPrefixReserved(prefix: *const core::ffi::c_char) {
        // SAFETY: the caller's promise.
        unsafe { crate::EmitWarningsOnPlaceholders(prefix) }
    }
}
#[cfg(pg_has = "mark_guc_prefix_reserved")]
pub use crate::MarkGUCPrefixReserved;
#[cfg(not(pg_has = "mark_guc_prefix_reserved"))]
pub use mark_guc_prefix_reserved::MarkGUCPrefixReserved;

#[cfg(not(pg_has = "timestamp_difference_milliseconds"))]
mod timestamp_difference_milliseconds {
    use crate::TimestampTz;
    use core::ffi::c_long;

    /// `TimestampDifferenceMilliseconds`, native in the last minors of all but the oldest majors.
    /// Returns milliseconds, rounded up, never negative, at most `INT_MAX`.
    ///
    /// # Safety
    /// The emulation is always safe. The native function is a foreign function.
    #[allow(non_snake_case)]
    pub unsafe fn TimestampDifferenceMilliseconds(start: TimestampTz, stop: TimestampTz) -> c_long {
        let difference = if start >= stop {
            0
        } else {
            stop.saturating_sub(start)
        };
        (difference / 1000 + i64::from(difference % 1000 != 0)).min(i32::MAX as i64) as c_long
    }
}
#[cfg(pg_has = "timestamp_difference_milliseconds")]
pub use crate::TimestampDifferenceMilliseconds;
#[cfg(not(pg_has = "timestamp_difference_milliseconds"))]
pub use timestamp_difference_milliseconds::TimestampDifferenceMilliseconds;

#[cfg(not(pg_has = "wait_event_extension_new"))]
mod wait_event_extension_new {
    /// `WaitEventExtensionNew`, native since 17. Before 17, all waits of extensions have the same
    /// name (before 10, the value is 0, and the server shows no wait events).
    ///
    /// # Safety
    /// The emulation is always safe. The native function may raise.
    #[allow(non_snake_case)]
    pub unsafe fn WaitEventExtensionNew(_name: *const core::ffi::c_char) -> u32 {
        if cfg!(pg_since = "10") {
            0x0700_0000
        } else {
            0
        }
    }
}
#[cfg(pg_has = "wait_event_extension_new")]
pub use crate::WaitEventExtensionNew;
#[cfg(not(pg_has = "wait_event_extension_new"))]
pub use wait_event_extension_new::WaitEventExtensionNew;

/// Native and emulated names in one scope: with a wrong gate, a name would be ambiguous or missing.
#[cfg(test)]
mod tests {
    #[cfg(not(pg_has = "mark_guc_prefix_reserved"))]
    use super::mark_guc_prefix_reserved::*;
    #[cfg(not(pg_has = "timestamp_difference_milliseconds"))]
    use super::timestamp_difference_milliseconds::*;
    #[cfg(not(pg_has = "wait_event_extension_new"))]
    use super::wait_event_extension_new::*;
    #[allow(unused_imports)]
    use crate::*;

    #[test]
    fn each_name_is_there_once() {
        type Reserve = unsafe fn(*const core::ffi::c_char);
        // Named, but never called, so that the test links without a server.
        let _ = || {
            let _: Reserve = |prefix| {
                // SAFETY: never called.
                unsafe { MarkGUCPrefixReserved(prefix) }
            };
            // SAFETY: never called.
            let _ = unsafe { WaitEventExtensionNew(core::ptr::null()) };
            // SAFETY: never called.
            let _ = unsafe { TimestampDifferenceMilliseconds(0, 0) };
        };
    }
}
