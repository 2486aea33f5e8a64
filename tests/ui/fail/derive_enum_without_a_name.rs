//~ error: the SQL type is missing: add `#[sql(name
//! An enum must specify its SQL type.

use postgres_bgworker::sql::SqlEnum;

#[derive(SqlEnum)]
pub enum Mood {
    Sad,
}

fn main() {}
