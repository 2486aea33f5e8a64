//~ error: borrowed data escapes outside of function
//! The token of preloading ends with the function that got it.

use postgres_bgworker::prelude::*;
use std::cell::Cell;

thread_local! {
    static KEPT: Cell<Option<&'static Preload>> = const { Cell::new(None) };
}

pub fn init(preload: &Preload) -> Result<()> {
    KEPT.set(Some(preload));
    Ok(())
}

fn main() {}
