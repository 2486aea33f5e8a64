//~ error: the name of a worker is empty
//! Nobody could find a worker without a name.

use postgres_bgworker::name;
use postgres_bgworker::worker::Name;

pub fn empty() -> Name {
    name!("")
}

fn main() {}
