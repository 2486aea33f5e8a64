//~ error: the trait bound `LwLock<u32>: Copy` is not satisfied
//! A lock that could be moved while another process waits for it.

use postgres_bgworker::shmem::{LwLock, Shared};

pub static STATE: Shared<LwLock<LwLock<u32>>> = Shared::new(c"state", LwLock::new(LwLock::new(0)));

fn main() {}
