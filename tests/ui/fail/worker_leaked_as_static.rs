//~ error: lifetime may not live long enough
//! Leaking a token does not make it live longer than the call of main.

use postgres_bgworker::prelude::*;

pub fn leak(worker: Worker<Connected>) -> &'static mut Worker<'static, Connected> {
    Box::leak(Box::new(worker))
}

fn main() {}
