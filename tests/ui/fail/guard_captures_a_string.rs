//~ error: String: Copy` is not satisfied
//! An error jumps over the closure, so it owns nothing.

use postgres_bgworker::Result;
use postgres_bgworker::{ffi, raw::guard};

pub fn user(name: String) -> Result<u32> {
    // SAFETY: only compiled.
    unsafe {
        guard(move || {
            let _length = name.len();
            u32::from(ffi::GetUserId())
        })
    }
}

fn main() {}
