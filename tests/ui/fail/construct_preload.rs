//~ error: error[E0451]: field `thread` of struct
//! Only the server's call of `_PG_init` makes this token.

use postgres_bgworker::prelude::*;

pub fn init() -> Preload {
    Preload {
        thread: panic!(),
    }
}

fn main() {}
