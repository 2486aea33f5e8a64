//~ error: the name of shared memory must have 1 to 47 bytes
//! The server would truncate the name, and two names could become equal.

use postgres_bgworker::shmem::Shared;

pub static STATE: Shared<u32> = Shared::new(c"a_name_of_48_bytes_is_longer_than_what_the_table", 0);

fn main() {}
