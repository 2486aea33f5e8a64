//~ error: a value of a SQL enum has no fields
//! A variant of an enum has no fields.

use postgres_bgworker::sql::SqlEnum;

#[derive(SqlEnum)]
#[sql(name = "app.mood")]
pub enum Mood {
    Sad(u8),
}

fn main() {}
