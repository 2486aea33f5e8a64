//~ error: call to unsafe function
//! A preloading token cannot be made this way, either.

use postgres_bgworker::prelude::*;

fn init(_: &Preload) -> Result<()> {
    Ok(())
}

fn main() {
    postgres_bgworker::__private::init(postgres_bgworker::__private::Module::new("library").init(init));
}
