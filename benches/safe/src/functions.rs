//! Functions that SQL calls.

use postgres_bgworker::session::{Record, Session, Set};
use postgres_bgworker::sql_function;

sql_function! {
    #[sql(immutable, parallel_safe)]
    fn bench_add(_session: &Session<'_>, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    #[sql(immutable, parallel_safe)]
    fn bench_echo<'a>(_session: &Session<'_>, value: &'a str) -> &'a str {
        value
    }

    #[sql(immutable, parallel_safe, columns = "sum, product")]
    fn bench_pair(_session: &Session<'_>, a: i32, b: i32) -> Record<(i32, i64)> {
        Record((a.wrapping_add(b), i64::from(a) * i64::from(b)))
    }

    #[sql(immutable, parallel_safe)]
    fn bench_numbers(_session: &Session<'_>, last: i32) -> Set<'static, i32> {
        Set::new(1..=last)
    }
}
