//~ error: Sealed` is not satisfied
//! Only types that fit into a datum on every server are passed by value.

use postgres_bgworker::{ByValue, Datum};

#[derive(Clone, Copy)]
struct Mine;

impl ByValue for Mine {
    fn into_by_value(self) -> Datum {
        Datum::from_raw(0)
    }
    fn from_by_value(_: Datum) -> Self {
        Mine
    }
}

fn main() {}
