//~ error: cannot find function `_PG_init`
//! Functions that only the server may call have no path.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

pub fn call() {
    _PG_init();
}

fn main() {}
