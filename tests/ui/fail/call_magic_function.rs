//~ error: Pg_magic_func` in this scope
//! What only the server may call has no path.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

pub fn call() {
    Pg_magic_func();
}

fn main() {}
