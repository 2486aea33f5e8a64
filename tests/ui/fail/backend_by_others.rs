//~ error: Sealed` is not satisfied
//! Only tokens prove that the server can be called.

use postgres_bgworker::Backend;

struct Mine;

impl Backend for Mine {}

fn main() {}
