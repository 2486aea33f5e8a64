//~ error: call to unsafe function
//! Nor can a token of preloading.

use postgres_bgworker::prelude::*;

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

fn main() {
    postgres_bgworker::__private::init(init, "library", postgres_bgworker::worker::Mismatch::Warn);
}
