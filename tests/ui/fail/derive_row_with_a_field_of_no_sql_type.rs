//~ error: `u64` cannot be read from a column
//! The fields of a row have SQL types.

use postgres_bgworker::sql::FromRow;

#[derive(FromRow)]
pub struct Row {
    pub id: u64,
}

fn main() {}
