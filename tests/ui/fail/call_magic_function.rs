//~ error: Pg_magic_func` in this scope
//! Functions that only the server may call have no path.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

pub fn call() {
    Pg_magic_func();
}

fn main() {}
