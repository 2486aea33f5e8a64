//~ error: call to unsafe function
//! A second token cannot be made by calling what the macros call.

use postgres_bgworker::prelude::*;

fn second(_: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

fn main() {
    postgres_bgworker::__private::run(postgres_bgworker::__private::checked(second), 0);
}
