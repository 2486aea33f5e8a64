//! Transactions: commit, abort, and what follows.

use crate::check::*;
use postgres_bgworker::{error::SqlState, sql::Isolation};

pub(crate) const CASES: &[(&str, Case)] = cases![
    failed_statement_ends_the_transaction_only,
    swallowed_error_still_aborts,
    returned_error_aborts,
    panic_aborts_and_the_next_one_works,
    panic_in_drop_aborts_and_the_next_one_works,
    server_error_in_drop,
    deferred_constraint_fails_the_commit,
    read_only_refuses_to_write,
    reading_takes_no_transaction_id,
    isolation_is_as_chosen,
    transaction_control_is_refused,
    cancel_is_an_error_of_the_statement,
];

fn failed_statement_ends_the_transaction_only(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| tx.execute("select 1 / 0", &[])))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    ensure_eq!(failure.sqlstate(), SqlState::new("22012"));
    ensure_eq!(failure.message(), "division by zero");
    works(worker)
}

fn swallowed_error_still_aborts(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| tx.execute("create table swallowed ()", &[]))?;
    let failure = error(worker.transaction(|tx| {
        tx.execute("insert into swallowed default values", &[])?;
        let _ = tx.execute("select 1 / 0", &[]);
        ensure_eq!(
            error(tx.execute("select 1", &[]))?.kind(),
            ErrorKind::TransactionFailed
        );
        Ok(())
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    ensure!(
        failure
            .detail()
            .is_some_and(|detail| detail.contains("division by zero"))
    );
    let rows: i64 = worker.transaction(|tx| tx.query_one("select count(*) from swallowed", &[]))?;
    ensure_eq!(rows, 0);
    Ok(())
}

fn returned_error_aborts(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute("create table returned ()", &[])?;
        Err::<(), _>(Error::new(ErrorKind::Other, "changed my mind"))
    }))?;
    ensure_eq!(failure.message(), "changed my mind");
    let there: bool = worker.transaction(|tx| {
        tx.query_one(
            "select exists (select 1 from pg_class where relname = 'returned')",
            &[],
        )
    })?;
    ensure!(!there);
    Ok(())
}

fn panic_aborts_and_the_next_one_works(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction(|tx| {
            tx.execute("create table panicked ()", &[])?;
            if tx.query_one::<bool>("select true", &[])? {
                panic!("on purpose");
            }
            Ok(())
        })
    }));
    ensure!(panic.is_err_and(|payload| payload.downcast_ref() == Some(&"on purpose")));
    let there: bool = worker.transaction(|tx| {
        tx.query_one(
            "select exists (select 1 from pg_class where relname = 'panicked')",
            &[],
        )
    })?;
    ensure!(!there);
    Ok(())
}

/// Runs a statement when it is dropped.
struct OnDrop<'t>(&'t Transaction<'t>, &'static str);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.execute(self.1, &[]) {
            assert!(!self.1.contains("/* panic */"), "in drop: {error}");
        }
    }
}

fn panic_in_drop_aborts_and_the_next_one_works(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction(|tx| {
            let _dropped = OnDrop(tx, "select 1 / 0 /* panic */");
            Ok(())
        })
    }));
    ensure!(panic.is_err());
    works(worker)
}

fn server_error_in_drop(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        let _dropped = OnDrop(tx, "select 1 / 0");
        tx.execute("select 1", &[])
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    // While another error is on its way, and while a panic is.
    let failure = error(worker.transaction(|tx| {
        let _dropped = OnDrop(tx, "select 1 / 0");
        tx.execute("select nothing", &[])
    }))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("42703"));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction::<()>(|tx| {
            let _dropped = OnDrop(tx, "select 1 / 0");
            panic!("outer");
        })
    }));
    ensure!(panic.is_err_and(|payload| payload.downcast_ref() == Some(&"outer")));
    works(worker)
}

fn deferred_constraint_fails_the_commit(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create table parent (id int primary key)", &[])?;
        tx.execute(
            "create table child (id int references parent deferrable initially deferred)",
            &[],
        )
    })?;
    let failure = error(worker.transaction(|tx| tx.execute("insert into child values (1)", &[])))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("23503"));
    ensure!(
        failure
            .detail()
            .is_some_and(|detail| detail.contains("parent"))
    );
    works(worker)
}

fn read_only_refuses_to_write(worker: &mut Worker<Connected>) -> Result<()> {
    let mode = TransactionMode::new().read_only();
    let failure =
        error(worker.transaction_with(mode, |tx| tx.execute("create table forbidden ()", &[])))?;
    ensure!([ErrorKind::Server, ErrorKind::Invalid].contains(&failure.kind()));
    let read: String = worker.transaction_with(mode, |tx| {
        tx.query_one("select current_setting('transaction_read_only')", &[])
    })?;
    ensure_eq!(read, "on");
    let written: String = worker
        .transaction(|tx| tx.query_one("select current_setting('transaction_read_only')", &[]))?;
    ensure_eq!(written, "off");
    Ok(())
}

fn reading_takes_no_transaction_id(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.query("select count(*) from pg_class", &[])?;
        // SAFETY: the transaction's token; the closure owns nothing.
        let id = unsafe { guard(|| ffi::GetCurrentTransactionIdIfAny()) }?;
        ensure_eq!(id, 0);
        tx.execute("create temporary table written () on commit drop", &[])?;
        // SAFETY: as above.
        let id = unsafe { guard(|| ffi::GetCurrentTransactionIdIfAny()) }?;
        ensure!(id != 0);
        Ok(())
    })
}

fn isolation_is_as_chosen(worker: &mut Worker<Connected>) -> Result<()> {
    for (level, name) in [
        (Isolation::ReadCommitted, "read committed"),
        (Isolation::RepeatableRead, "repeatable read"),
        (Isolation::Serializable, "serializable"),
    ] {
        let mode = TransactionMode::new().isolation(level);
        let shown: String = worker.transaction_with(mode, |tx| {
            tx.query_one("select current_setting('transaction_isolation')", &[])
        })?;
        ensure_eq!(shown, name);
    }
    Ok(())
}

fn transaction_control_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    for sql in ["commit", "rollback", "savepoint s"] {
        let failure = error(worker.transaction(|tx| tx.execute(sql, &[])))?;
        ensure_eq!(failure.kind(), ErrorKind::Invalid);
        ensure!(
            failure
                .hint()
                .is_some_and(|hint| hint.contains("Worker::transaction"))
        );
    }
    let failure = error(worker.transaction(|tx| tx.execute("copy pg_class to stdout", &[])))?;
    ensure!(failure.hint().is_some_and(|hint| hint.contains("client")));
    works(worker)
}

fn cancel_is_an_error_of_the_statement(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute(
            "select pg_cancel_backend(pg_backend_pid()), pg_sleep(60)",
            &[],
        )
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    ensure_eq!(failure.sqlstate(), SqlState::QUERY_CANCELED);
    works(worker)
}
