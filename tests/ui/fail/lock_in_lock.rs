//~ error: the trait bound `Locked<u32>: Copy` is not satisfied
//! A lock that could be moved while somebody waits for it.

use postgres_bgworker::{Locked, Shared};

pub static STATE: Shared<Locked<Locked<u32>>> = Shared::new(c"state", Locked::new(Locked::new(0)));

fn main() {}
