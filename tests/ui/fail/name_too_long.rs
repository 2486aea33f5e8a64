//~ error: the name of a worker is too long
//! The longest field for a name has 96 bytes, its NUL included.

use postgres_bgworker::name;
use postgres_bgworker::worker::Name;

pub fn too_long() -> Name {
    name!(
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    )
}

fn main() {}
