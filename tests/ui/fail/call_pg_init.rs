//~ error: cannot find function `_PG_init`
//! What only the server may call has no path.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

pub fn call() {
    _PG_init();
}

fn main() {}
