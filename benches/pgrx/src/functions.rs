//! Functions that SQL calls.

use pgrx::prelude::*;

#[pg_extern(immutable, parallel_safe)]
fn bench_add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

#[pg_extern(immutable, parallel_safe)]
fn bench_echo(value: &str) -> &str {
    value
}

#[pg_extern(immutable, parallel_safe)]
fn bench_pair(a: i32, b: i32) -> pgrx::composite_type!('static, "bench_pgrx.pair") {
    let mut pair = PgHeapTuple::new_composite_type("bench_pgrx.pair").expect("the type exists");
    pair.set_by_name("sum", a.wrapping_add(b))
        .expect("the type has the column");
    pair.set_by_name("product", i64::from(a) * i64::from(b))
        .expect("the type has the column");
    pair
}

#[pg_extern(immutable, parallel_safe)]
fn bench_numbers(last: i32) -> SetOfIterator<'static, i32> {
    SetOfIterator::new(1..=last)
}
