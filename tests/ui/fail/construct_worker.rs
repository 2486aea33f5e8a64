//~ error: with struct literal syntax due to private fields
//! Only the server's call of a main function makes this token.

use postgres_bgworker::prelude::*;

pub fn worker<'w>(state: NoDatabase) -> Worker<'w, NoDatabase> {
    Worker {
        argument: 0,
        state,
        thread: panic!(),
    }
}

fn main() {}
