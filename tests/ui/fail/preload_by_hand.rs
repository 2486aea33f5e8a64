//~ error: error[E0451]: field `_main_thread` of struct
//! Only the server's call of `_PG_init` makes this token.

use postgres_bgworker::prelude::*;
use std::marker::PhantomData;

pub fn init() -> Preload {
    Preload {
        _main_thread: PhantomData,
    }
}

fn main() {}
