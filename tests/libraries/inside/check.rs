//! What the cases have in common.

pub(crate) use postgres_bgworker::prelude::*;
pub(crate) use postgres_bgworker::raw::{ffi, guard};
pub(crate) use postgres_bgworker::{ErrorKind, Oid};
pub(crate) use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) type Case = fn(&mut Worker<Connected>) -> Result<()>;

/// A table of cases by their names.
macro_rules! cases {
    ($($(#[$on:meta])* $name:ident),* $(,)?) => { &[$($(#[$on])* (stringify!($name), $name as Case)),*] };
}

/// Fail the case with a sentence.
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(Error::new(
                ErrorKind::Other,
                format!("line {}: not true: {}", line!(), stringify!($condition)),
            ));
        }
    };
}

macro_rules! ensure_eq {
    ($left:expr, $right:expr) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(Error::new(
                ErrorKind::Other,
                format!("line {}: {left:?} is not {right:?}", line!()),
            ));
        }
    };
}

/// The error that something must have ended with.
pub(crate) fn error<T>(result: Result<T>) -> Result<Error> {
    match result {
        Ok(_) => Err(Error::new(ErrorKind::Other, "an error was expected")),
        Err(error) => Ok(error),
    }
}

/// Whether the worker can still do its work.
pub(crate) fn works(worker: &mut Worker<Connected>) -> Result<()> {
    let two: i32 = worker.transaction(|tx| tx.query_one("select 1 + 1", &[]))?;
    ensure_eq!(two, 2);
    Ok(())
}

/// How many memory contexts of this process have this name, and the bytes they use; nothing before 14, which does not tell.
#[cfg(pg_has = "dynamic")]
pub(crate) fn contexts_called(worker: &mut Worker<Connected>, name: &str) -> Result<(i64, i64)> {
    worker.transaction(|tx| {
        if tx.query_one(
            "select to_regclass('pg_catalog.pg_backend_memory_contexts') is null",
            &[],
        )? {
            return Ok((0, 0));
        }
        let sql = "select count(*), coalesce(sum(used_bytes), 0)::int8 from pg_backend_memory_contexts where name = $1";
        Ok(tx.query_as(sql, &[&name])?[0])
    })
}

/// How much memory this process has in use, by the account of the system.
pub(crate) fn resident_kilobytes() -> Result<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.unwrap_or("0").parse::<i64>()?)
}

pub(crate) use {cases, ensure, ensure_eq};
