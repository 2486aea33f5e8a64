//! The clock of the machine.

/// Returns the time in nanoseconds since the machine started. It is the same in all processes, and
/// setting the system clock does not change it.
#[inline]
pub(crate) fn monotonic() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Returns the same time as of the last tick of the kernel, which comes every 1 to 10 ms. Reading
/// it takes a fifth of the time.
#[inline]
pub(crate) fn last_tick() -> u64 {
    #[cfg(target_os = "linux")]
    return read(libc::CLOCK_MONOTONIC_COARSE);
    #[cfg(not(target_os = "linux"))]
    monotonic()
}

#[inline]
fn read(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: cannot raise: libc fills the struct.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
