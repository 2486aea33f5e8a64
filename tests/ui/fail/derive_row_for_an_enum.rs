//~ error: `FromRow` can be derived for structs only
//! A row is a struct.

use postgres_bgworker::sql::FromRow;

#[derive(FromRow)]
pub enum Row {
    One,
}

fn main() {}
