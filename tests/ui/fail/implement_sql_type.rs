//~ error: Sealed` is not satisfied
//! The server believes the type that goes with a word, so nobody else may say it.

use postgres_bgworker::{Oid, sql::SqlType};

struct Mine;

impl SqlType for Mine {
    const OID: Oid = Oid(25);
}

fn main() {}
