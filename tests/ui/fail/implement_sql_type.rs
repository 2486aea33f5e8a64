//~ error: sealed::ToDatum` is not satisfied
//! The server trusts the type that accompanies a value, so the trait is sealed.

use postgres_bgworker::sql::{SqlType, types::Text};

struct Mine;

impl SqlType for Mine {
    type Sql = Text;
}

fn main() {}
