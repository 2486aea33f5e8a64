//~ error: error[E0603]: module `worker` is private
//! The states in which a main function gets its worker are the crate's own: the trait cannot even be named.

use postgres_bgworker::worker::Entry;

struct Mine;

impl Entry for Mine {}

fn main() {}
