//! Errors that mislead, and values that a server lacks.

use crate::prelude::*;
use postgres_bgworker::{error::SqlState, sql::Interval};

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        stays!(latin1, Value).database("latin1"),
        stays!(latin1_remote, Value).database("latin1"),
        stays!(interval, Value),
        stays!(statement_timeout, Value),
        stays!(idle_in_transaction_session_timeout, Survives),
    ]
}

/// The message has the characters that the server's has.
fn latin1(worker: &mut Attacker) -> Result<()> {
    let result = worker.transaction(|tx| tx.execute("select 'k\u{e4}se'::int", &[]));
    let error = error(result)?;
    ensure!(error.message().contains("k\u{e4}se"));
    Ok(())
}

fn latin1_remote(worker: &mut Attacker) -> Result<()> {
    let result = worker.transaction(|tx| {
        tx.execute(
            "do $$ begin raise exception '\u{e4}' using detail = '\u{f6}', hint = '\u{fc}'; end $$",
            &[],
        )
    });
    let error = error(result)?;
    ensure_eq!(error.message(), "\u{e4}");
    ensure_eq!(error.detail(), Some("\u{f6}"));
    ensure_eq!(error.hint(), Some("\u{fc}"));
    Ok(())
}

/// Where the server has no such intervals, they are refused.
fn interval(worker: &mut Attacker) -> Result<()> {
    let knows: bool = worker.transaction(|tx| {
        tx.query_one(
            "select current_setting('server_version_num')::int >= 170000",
            &[],
        )
    })?;
    for (interval, text) in [
        (Interval::INFINITY, "infinity"),
        (Interval::NEG_INFINITY, "-infinity"),
    ] {
        let result: Result<String> =
            worker.transaction(|tx| tx.query_one("select $1::text", &[&interval]));
        match result {
            Ok(shown) => ensure!(knows && shown == text),
            Err(error) => ensure!(!knows && error.kind() != ErrorKind::Server),
        }
    }
    Ok(())
}

/// It has no effect in a worker, as docs/left-out.tsv says; `lock_timeout` has.
fn statement_timeout(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("set local statement_timeout = 100", &[])?;
        tx.execute("select pg_sleep(0.5)", &[]).map(drop)
    })?;
    let key = i64::from(outside::pid());
    let hold = format!("select pg_advisory_lock({key}), pg_sleep(3)");
    outside::later(0, &hold);
    std::thread::sleep(Duration::from_millis(500));
    let result = worker.transaction(|tx| {
        tx.execute("set local lock_timeout = 200", &[])?;
        tx.execute("select pg_advisory_xact_lock($1)", &[&key])
    });
    ensure_eq!(error(result)?.sqlstate(), SqlState::new("55P03"));
    Ok(())
}

/// What is between two statements is not the server's to count; nothing may crash.
fn idle_in_transaction_session_timeout(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("set local idle_in_transaction_session_timeout = 100", &[])?;
        std::thread::sleep(Duration::from_millis(300));
        tx.execute("select 1", &[]).map(drop)
    })
}
