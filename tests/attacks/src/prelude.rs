//! What the attacks have in common.

pub(crate) use crate::outside;
pub(crate) use crate::state::{MADE, STATE, State, slot};
pub(crate) use crate::table::{Attack, Expect, leaves, preloads, stays};
pub(crate) use postgres_bgworker::prelude::*;
pub(crate) use postgres_bgworker::{ErrorKind, worker::Exiting};
pub(crate) use std::panic::{AssertUnwindSafe, catch_unwind};

/// The worker of an attack.
pub(crate) type Attacker<'w> = Worker<'w, Connected>;

/// Longer than any attack may take.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Where attacks connect.
pub(crate) fn connect(database: &str) -> Connect {
    Connect::database(database)
        .as_superuser()
        .search_path("public")
}

/// Fail the attack with a sentence.
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(wrong(
                line!(),
                format!("not true: {}", stringify!($condition)),
            ));
        }
    };
}

macro_rules! ensure_eq {
    ($left:expr, $right:expr) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(wrong(line!(), format!("{left:?} is not {right:?}")));
        }
    };
}

pub(crate) use {ensure, ensure_eq};

/// The observer knows a failed comparison by its first word.
pub(crate) fn wrong(line: u32, what: String) -> Error {
    Error::new(ErrorKind::Other, format!("WRONG in line {line}: {what}"))
}

/// The error that something must have ended with.
pub(crate) fn error<T>(result: Result<T>) -> Result<Error> {
    match result {
        Ok(_) => Err(wrong(0, "an error was expected".into())),
        Err(error) => Ok(error),
    }
}

/// Whether the worker can still do its work.
pub(crate) fn works(worker: &mut Attacker) -> Result<()> {
    let two: i32 = worker.transaction(|tx| tx.query_one("select 1 + 1", &[]))?;
    ensure_eq!(two, 2);
    Ok(())
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
