//! A guarded region that captures and returns plain values.

use postgres_bgworker::Result;
use postgres_bgworker::{ffi, raw::guard};

pub fn users(length: i32) -> Result<(u32, i32)> {
    // SAFETY: only compiled.
    unsafe { guard(|| (u32::from(ffi::GetUserId()), length)) }
}

fn main() {}
