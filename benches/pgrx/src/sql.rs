//! Transactions and statements.

use crate::Measure;
use pgrx::bgworkers::BackgroundWorker;
use pgrx::prelude::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("xact_empty", xact_empty),
    ("xact_select_1", xact_select_1),
    ("select_1", select_1),
    ("plan_select_1", plan_select_1),
    ("plan_xact_select_1", plan_xact_select_1),
    ("params", params),
    ("insert", insert),
    ("text_1k", text::<1024>),
    ("text_1m", text::<1_048_576>),
    ("savepoint_release", savepoint::<false>),
    ("savepoint_rollback", savepoint::<true>),
];

fn xact_empty(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        BackgroundWorker::transaction(|| ());
    }
    start.elapsed()
}

fn xact_select_1(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        BackgroundWorker::transaction(|| {
            Spi::connect(|client| {
                let table = client.select("select 1", None, &[]).expect("it runs");
                black_box(table.first().get_one::<i32>().expect("it is an int"));
            })
        });
    }
    start.elapsed()
}

fn select_1(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            for _ in 0..n {
                let table = client.select("select 1", None, &[]).expect("it runs");
                black_box(table.first().get_one::<i32>().expect("it is an int"));
            }
            start.elapsed()
        })
    })
}

fn plan_select_1(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let plan = client.prepare("select 1", &[]).expect("it is SQL").keep();
            let start = Instant::now();
            for _ in 0..n {
                let table = client.select(&plan, None, &[]).expect("it runs");
                black_box(table.first().get_one::<i32>().expect("it is an int"));
            }
            start.elapsed()
        })
    })
}

fn plan_xact_select_1(n: i64) -> Duration {
    let plan = BackgroundWorker::transaction(|| {
        Spi::connect(|client| client.prepare("select 1", &[]).expect("it is SQL").keep())
    });
    let start = Instant::now();
    for _ in 0..n {
        BackgroundWorker::transaction(|| {
            Spi::connect(|client| {
                let table = client.select(&plan, None, &[]).expect("it runs");
                black_box(table.first().get_one::<i32>().expect("it is an int"));
            })
        });
    }
    start.elapsed()
}

fn params(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            for i in 0..n {
                let parameters = [(i as i32).into(), 1i32.into()];
                let table = client
                    .select("select $1 + $2", None, &parameters)
                    .expect("it runs");
                black_box(table.first().get_one::<i32>().expect("it is an int"));
            }
            start.elapsed()
        })
    })
}

fn insert(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        Spi::connect_mut(|client| {
            client
                .update("truncate bench.target", None, &[])
                .expect("it runs");
            let types = [PgOid::from(pg_sys::INT4OID), PgOid::from(pg_sys::TEXTOID)];
            let plan = client
                .prepare_mut("insert into bench.target values ($1, $2)", &types)
                .expect("it is SQL")
                .keep();
            let start = Instant::now();
            for i in 0..n {
                let parameters = [(i as i32).into(), "a note of some length".into()];
                client.update(&plan, None, &parameters).expect("it runs");
            }
            start.elapsed()
        })
    })
}

fn text<const SIZE: usize>(n: i64) -> Duration {
    let text = "x".repeat(SIZE);
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let types = [PgOid::from(pg_sys::TEXTOID)];
            let plan = client
                .prepare("select $1", &types)
                .expect("it is SQL")
                .keep();
            let start = Instant::now();
            for _ in 0..n {
                let parameters = [text.as_str().into()];
                let table = client.select(&plan, None, &parameters).expect("it runs");
                let back = table.first().get_one::<&str>().expect("it is a text");
                black_box(back.map(str::len));
            }
            start.elapsed()
        })
    })
}

fn savepoint<const FAIL: bool>(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        let start = Instant::now();
        for _ in 0..n {
            // SAFETY: a worker's main thread, in a transaction; pgrx has no savepoints of its own.
            unsafe {
                let (context, owner) = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
                pg_sys::BeginInternalSubTransaction(std::ptr::null());
                if FAIL {
                    pg_sys::RollbackAndReleaseCurrentSubTransaction();
                } else {
                    pg_sys::ReleaseCurrentSubTransaction();
                }
                pg_sys::MemoryContextSwitchTo(context);
                pg_sys::CurrentResourceOwner = owner;
            }
        }
        start.elapsed()
    })
}
