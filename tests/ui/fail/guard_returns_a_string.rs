//~ error: String: Copy` is not satisfied
//! The result of a guarded region has no destructor.

use postgres_bgworker::Result;
use postgres_bgworker::raw::guard;

pub fn text() -> Result<String> {
    // SAFETY: only compiled.
    unsafe { guard(String::new) }
}

fn main() {}
