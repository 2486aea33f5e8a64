//~ error: the SQL type is missing: add `#[sql(name
//! An enum says which SQL type it stands for.

use postgres_bgworker::sql::SqlEnum;

#[derive(SqlEnum)]
pub enum Mood {
    Sad,
}

fn main() {}
