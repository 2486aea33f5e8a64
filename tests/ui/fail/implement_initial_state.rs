//~ error: the trait bound `Mine: ConnectionState` is not satisfied
//! The states in which a main function receives its worker are the crate's own: their trait is sealed.

use postgres_bgworker::worker::InitialState;

struct Mine;

impl InitialState for Mine {}

fn main() {}
