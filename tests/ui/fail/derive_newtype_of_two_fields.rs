//~ error: `SqlNewtype` can be derived for structs with one field only
//! A newtype has one field.

use postgres_bgworker::sql::SqlNewtype;

#[derive(SqlNewtype)]
pub struct Id(i32, i32);

fn main() {}
