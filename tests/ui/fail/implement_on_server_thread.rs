//~ error: Sealed` is not satisfied
//! Only tokens prove that the server can be called.

use postgres_bgworker::OnServerThread;

struct Mine;

impl OnServerThread for Mine {}

fn main() {}
