//! Query cancels that come while no statement runs, and errors of the server that nobody notes.

use crate::prelude::*;
use postgres_bgworker::{shmem::Shared, wait::WaitEventName};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        stays!(condition_tx, Error("Server 57014")),
        stays!(condition_tx_ignored, Value),
        stays!(condition_tx_savepoint, Error("Server 57014")),
        stays!(log_eats_cancel, Error("Server 57014")),
        stays!(warning_eats_cancel, Error("Server 57014")),
        stays!(debug_eats_cancel, Error("Server 57014")),
        stays!(activity_eats_cancel, Error("Server 57014")),
        stays!(channel_receive_cancel, Error("Server 57014")),
        stays!(wait_for_stop_cancel, Error("Server 57014")),
        stays!(cancel_between_transactions, Value),
        stays!(cancel_in_wait, Value),
        stays!(cancel_sleep, Error("Server 57014")),
    ];
    if cfg!(pg_has = "dsm_registry") {
        all.push(stays!(made_in_tx, Value));
        all.push(stays!(made_in_tx_failed, Value));
        all.push(stays!(names_in_tx, Value).scratch());
    }
    all
}

fn condition_tx(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        let changed = &STATE.get(tx)?[slot()].changed;
        outside::cancel_later(300);
        let limit = Duration::from_secs(10);
        changed.wait_until(tx, limit, |_| Ok(false)).map(drop)
    })
}

/// Who ignores the cancel does not commit.
fn condition_tx_ignored(worker: &mut Attacker) -> Result<()> {
    outside::sql("drop table if exists condition_tx_ignored")?;
    outside::sql("create table condition_tx_ignored (a int)")?;
    let result = worker.transaction(|tx| {
        tx.execute("insert into condition_tx_ignored values (1)", &[])?;
        let changed = &STATE.get(tx)?[slot()].changed;
        outside::cancel_later(200);
        let limit = Duration::from_secs(3);
        let _ = changed.wait_until(tx, limit, |_| Ok(false));
        Ok(())
    });
    ensure!(result.is_err());
    let count: i64 =
        worker.transaction(|tx| tx.query_one("select count(*) from condition_tx_ignored", &[]))?;
    ensure_eq!(count, 0);
    Ok(())
}

fn condition_tx_savepoint(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.savepoint(|inner| {
            let changed = &STATE.get(inner)?[slot()].changed;
            outside::cancel_later(300);
            let limit = Duration::from_secs(10);
            changed.wait_until(inner, limit, |_| Ok(false)).map(drop)
        })
    })
}

/// The cancel has come, and then something else is done before the next statement.
fn then_statement(
    worker: &mut Attacker,
    between: impl Fn(&mut Transaction<'_>) -> Result<()>,
) -> Result<()> {
    worker.transaction(|tx| {
        outside::cancel_now()?;
        between(tx)?;
        tx.execute("select pg_sleep(0.2)", &[]).map(drop)
    })
}

fn log_eats_cancel(worker: &mut Attacker) -> Result<()> {
    then_statement(worker, |tx| {
        tx.log("a line");
        Ok(())
    })
}

fn warning_eats_cancel(worker: &mut Attacker) -> Result<()> {
    then_statement(worker, |tx| {
        tx.warning("a line");
        Ok(())
    })
}

fn debug_eats_cancel(worker: &mut Attacker) -> Result<()> {
    then_statement(worker, |tx| {
        tx.debug("a line");
        Ok(())
    })
}

fn activity_eats_cancel(worker: &mut Attacker) -> Result<()> {
    then_statement(worker, |tx| tx.report_activity("busy"))
}

fn channel_receive_cancel(worker: &mut Attacker) -> Result<()> {
    let mut channel = crate::partner::silent(worker)?;
    worker.transaction(|tx| {
        outside::cancel_later(300);
        channel.receive(tx, Duration::from_secs(10)).map(drop)
    })
}

fn wait_for_stop_cancel(worker: &mut Attacker) -> Result<()> {
    let channel = crate::partner::silent(worker)?;
    let partner = channel.worker().ok_or_else(|| Error::other("no worker"))?;
    worker.transaction(|tx| {
        outside::cancel_later(300);
        partner.wait_for_stop(tx, Duration::from_secs(10)).map(drop)
    })
}

/// As in a session, it finds nothing to cancel.
fn cancel_between_transactions(worker: &mut Attacker) -> Result<()> {
    for _ in 0..20 {
        outside::cancel_now()?;
        let result = works(worker);
        // Either it has found this one, or none; the next one runs.
        if let Err(error) = result {
            ensure_eq!(
                error.sqlstate(),
                postgres_bgworker::error::SqlState::QUERY_CANCELED
            );
        }
        works(worker)?;
    }
    Ok(())
}

fn cancel_in_wait(worker: &mut Attacker) -> Result<()> {
    for _ in 0..10 {
        outside::cancel_later(20);
        let _ = worker.wait(Duration::from_millis(100));
    }
    works(worker)
}

fn cancel_sleep(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        outside::cancel_later(200);
        tx.execute("select pg_sleep(20)", &[]).map(drop)
    })
}

/// The same name with another size: an error that must end the transaction, or be of our own making.
fn made_in_tx(worker: &mut Attacker) -> Result<()> {
    static SMALL: Shared<u32> = Shared::new(c"attacks_made_in_tx", 0);
    static LARGE: Shared<[u64; 100]> = Shared::new(c"attacks_made_in_tx", [0; 100]);
    outside::sql("drop table if exists made_in_tx")?;
    outside::sql("create table made_in_tx (a int)")?;
    SMALL.get_or_make(worker)?;
    let mut kind = None;
    let result = worker.transaction(|tx| {
        tx.execute("insert into made_in_tx values (1)", &[])?;
        kind = LARGE.get_or_make(tx).err().map(|error| error.kind());
        tx.execute("insert into made_in_tx values (2)", &[])
    });
    let count: i64 =
        worker.transaction(|tx| tx.query_one("select count(*) from made_in_tx", &[]))?;
    match kind {
        None => return Err(wrong(line!(), "another size is accepted".into())),
        Some(ErrorKind::Server) => {
            ensure!(result.is_err());
            ensure_eq!(count, 0);
        }
        Some(_) => {
            let expected = if result.is_ok() { 2 } else { 0 };
            ensure_eq!(count, expected);
        }
    }
    Ok(())
}

/// In a transaction that has failed it does not get as far as the server.
fn made_in_tx_failed(worker: &mut Attacker) -> Result<()> {
    static LATE: Shared<u16> = Shared::new(c"attacks_made_failed", 3);
    let result = worker.transaction(|tx| {
        let _ = tx.execute("select 1 / 0", &[]);
        let _ = LATE.get_or_make(tx);
        Ok(())
    });
    ensure!(result.is_err());
    ensure_eq!(*LATE.get_or_make(worker)?, 3);
    Ok(())
}

/// The server raises when there are no names left.
fn names_in_tx(worker: &mut Attacker) -> Result<()> {
    outside::sql("create table names_in_tx (a int)")?;
    let mut server = false;
    let result = worker.transaction(|tx| {
        tx.execute("insert into names_in_tx values (1)", &[])?;
        for number in 0..200 {
            if let Err(error) = WaitEventName::new(tx, &format!("attacks_in_tx_{number}")) {
                server |= error.kind() == ErrorKind::Server;
            }
        }
        Ok(())
    });
    let count: i64 =
        worker.transaction(|tx| tx.query_one("select count(*) from names_in_tx", &[]))?;
    ensure_eq!(count, i64::from(result.is_ok()));
    ensure!(!(server && result.is_ok()));
    Ok(())
}
