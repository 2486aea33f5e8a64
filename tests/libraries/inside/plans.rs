//! Prepared statements, from one transaction to the next.

use crate::check::*;
use postgres_bgworker::{error::SqlState, sql::Plan};

pub(crate) const CASES: &[(&str, Case)] = cases![
    plan_runs_in_later_transactions,
    plan_is_dropped_anywhere,
    plan_with_other_parameters_is_refused,
    plan_is_planned_again,
    plan_goes_on_after_a_failure,
    plan_of_an_aborted_transaction,
    plan_that_cannot_be,
    plan_is_seen_in_activity,
    notified_channels_are_checked,
];

fn plan_runs_in_later_transactions(worker: &mut Worker<Connected>) -> Result<()> {
    let (insert, select) = worker.transaction(|tx| {
        tx.execute("create table planned (id int, note text, at bytea)", &[])?;
        Ok((
            tx.prepare::<(i32, &str, Option<&[u8]>)>("insert into planned values ($1, $2, $3)")?,
            tx.prepare::<()>("select id, note, at from planned order by id")?,
        ))
    })?;
    for id in 0..5 {
        let note = format!("note {id}");
        let bytes = (id % 2 == 0).then(|| vec![id as u8; 3]);
        let inserted =
            worker.transaction(|tx| tx.execute(&insert, &[&id, &note.as_str(), &bytes]))?;
        ensure_eq!(inserted, 1);
    }
    worker.transaction(|tx| {
        let rows = tx.query_as::<(i32, String, Option<Vec<u8>>)>(&select, &[])?;
        ensure_eq!(rows.len(), 5);
        ensure_eq!(rows[4], (4, "note 4".to_string(), Some(vec![4; 3])));
        ensure_eq!(rows[3].2, None);
        // Several at once, and a parameter of every call's own.
        let two = tx.query(&select, &[])?;
        ensure_eq!(two.len(), tx.query(&select, &[])?.len());
        Ok(())
    })
}

fn plan_is_dropped_anywhere(worker: &mut Worker<Connected>) -> Result<()> {
    fn make(tx: &Transaction<'_>) -> Result<Plan> {
        tx.prepare::<(i32,)>("select $1 + 1")
    }
    let outside = worker.transaction(|tx| make(tx))?;
    let kept = worker.transaction(|tx| make(tx))?;
    let failing = worker.transaction(|tx| make(tx))?;
    drop(outside);
    worker.transaction(|tx| {
        let inside = make(tx)?;
        let rows = tx.query(&inside, &[&1])?;
        let mut cursor = tx.cursor(&inside, &[&2])?;
        drop(inside);
        // What it returned, and what it still runs, is not its own.
        ensure_eq!(
            rows.iter()
                .next()
                .map(|row| row.get::<i32>(0))
                .transpose()?,
            Some(2)
        );
        let fetched = cursor.fetch(1)?;
        ensure!(fetched.is_some_and(|rows| rows.len() == 1));
        Ok(())
    })?;
    let failure = error(worker.transaction(move |tx| {
        let _ = tx.execute("select 1 / 0", &[]);
        drop(failing);
        Ok(())
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction::<()>(|_| {
            let _dropped = kept;
            panic!("with a plan");
        })
    }));
    ensure!(panic.is_err());
    works(worker)
}

fn plan_with_other_parameters_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let plan = tx.prepare::<(i32, &str)>("select $1, $2")?;
        let count = error(tx.query(&plan, &[&1]))?;
        ensure_eq!(count.kind(), ErrorKind::TypeMismatch);
        ensure!(count.message().contains("2 parameters, and 1"));
        let kind = error(tx.execute(&plan, &[&1, &2]))?;
        ensure_eq!(kind.kind(), ErrorKind::TypeMismatch);
        ensure_eq!(
            kind.message(),
            "parameter $2 was prepared as text, and the value given is integer"
        );
        ensure!(
            error(tx.cursor(&plan, &[&1, &2i64, &3]))?
                .context()
                .is_some()
        );
        // The server has not seen any of it.
        ensure_eq!(tx.query(&plan, &[&1, &"x"])?.len(), 1);
        Ok(())
    })
}

fn plan_is_planned_again(worker: &mut Worker<Connected>) -> Result<()> {
    let plan = worker.transaction(|tx| {
        tx.execute("create table changing (a int)", &[])?;
        tx.execute("insert into changing values (1)", &[])?;
        tx.prepare::<()>("select * from changing")
    })?;
    for change in [
        "alter table changing add b text default 'new'",
        "alter table changing alter a type bigint",
        "create index on changing (a)",
    ] {
        worker.transaction(|tx| {
            tx.query(&plan, &[])?;
            tx.execute(change, &[])
        })?;
    }
    let rows = worker.transaction(|tx| tx.query_as::<(i64, String)>(&plan, &[]))?;
    ensure_eq!(rows, [(1, "new".to_string())]);
    worker.transaction(|tx| tx.execute("drop table changing", &[]))?;
    let gone = error(worker.transaction(|tx| tx.execute(&plan, &[])))?;
    ensure_eq!(gone.sqlstate(), SqlState::new("42P01"));
    works(worker)
}

fn plan_goes_on_after_a_failure(worker: &mut Worker<Connected>) -> Result<()> {
    let divide = worker.transaction(|tx| tx.prepare::<(i32,)>("select 10 / $1"))?;
    for _ in 0..20 {
        let failure = error(worker.transaction(|tx| {
            let failure = error(tx.execute(&divide, &[&0]))?;
            ensure_eq!(
                error(tx.execute(&divide, &[&1]))?.kind(),
                ErrorKind::TransactionFailed
            );
            Err::<(), _>(failure)
        }))?;
        ensure_eq!(failure.sqlstate(), SqlState::new("22012"));
        let result: i32 = worker.transaction(|tx| tx.query_one(&divide, &[&5]))?;
        ensure_eq!(result, 2);
    }
    Ok(())
}

fn plan_of_an_aborted_transaction(worker: &mut Worker<Connected>) -> Result<()> {
    let mut kept = None;
    let _ = worker.transaction(|tx| {
        tx.execute("create table never_was (a int)", &[])?;
        kept = Some(tx.prepare::<()>("select * from never_was")?);
        Err::<(), _>(Error::other("changed my mind"))
    });
    let plan = kept.ok_or_else(|| Error::other("a plan"))?;
    let gone = error(worker.transaction(|tx| tx.execute(&plan, &[])))?;
    ensure_eq!(gone.sqlstate(), SqlState::new("42P01"));
    works(worker)
}

fn plan_that_cannot_be(worker: &mut Worker<Connected>) -> Result<()> {
    for (sql, state) in [("selec 1", "42601"), ("select $2", "42P02")] {
        let failure = error(worker.transaction(|tx| tx.prepare::<(i32,)>(sql)))?;
        ensure_eq!(failure.sqlstate(), SqlState::new(state));
    }
    let plan = worker.transaction(|tx| tx.prepare::<()>("commit"))?;
    let refused = error(worker.transaction(|tx| tx.execute(&plan, &[])))?;
    ensure_eq!(refused.kind(), ErrorKind::Invalid);
    works(worker)
}

fn plan_is_seen_in_activity(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let plan = tx.prepare::<()>(
            "select query from pg_stat_get_activity(pg_backend_pid()) /* of a plan */",
        )?;
        for _ in 0..2 {
            // A statement between two runs of it.
            ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
            // The numbers of a backend are read once in a transaction, unless told otherwise.
            tx.query("select pg_stat_clear_snapshot()", &[])?;
            ensure!(
                tx.query_one::<String>(&plan, &[])?
                    .contains("/* of a plan */")
            );
        }
        Ok(())
    })
}

fn notified_channels_are_checked(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        ensure_eq!(error(tx.notify("", "x"))?.kind(), ErrorKind::Invalid);
        let long = "x".repeat(64);
        ensure_eq!(error(tx.notify(&long, "x"))?.kind(), ErrorKind::TooLong);
        let long = "x".repeat(8000);
        let payload = error(tx.notify("channel", &long))?;
        ensure_eq!(
            payload.message(),
            "the payload of a notification has 8000 bytes: at most 7999"
        );
        ensure_eq!(error(tx.notify("a\0b", ""))?.kind(), ErrorKind::InteriorNul);
        // What the limits allow, the server takes.
        tx.notify(&long[..63], &long[..7999])?;
        tx.notify("channel", "")
    })
}
