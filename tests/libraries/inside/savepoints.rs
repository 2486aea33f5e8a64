//! Parts of a transaction that fail by themselves.

use crate::check::*;
use postgres_bgworker::error::SqlState;

pub(crate) const CASES: &[(&str, Case)] = cases![
    savepoint_keeps_or_undoes,
    savepoint_error_leaves_the_rest,
    savepoint_with_a_swallowed_error_is_undone,
    savepoint_undoes_on_panic,
    savepoints_nest,
    savepoint_is_used_by_its_own_name,
    savepoint_after_a_failure_is_refused,
    savepoint_restores_contexts_and_owners,
    savepoint_rows_and_outer_rows,
    savepoint_frees_rows_once,
    savepoint_in_read_only_transactions,
    savepoints_in_great_number,
    savepoint_fails_at_its_end,
    statements_do_not_accumulate_memory,
];

fn count(tx: &Transaction<'_>) -> Result<i64> {
    tx.query_one("select count(*) from saved", &[])
}

fn prepare(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "create temporary table saved (n int unique) on commit drop",
        &[],
    )?;
    Ok(())
}

fn savepoint_keeps_or_undoes(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        let kept = tx.savepoint(|tx| tx.execute("insert into saved values (1)", &[]))?;
        ensure_eq!(kept, 1);
        let undone = error(tx.savepoint(|tx| {
            tx.execute("insert into saved values (2)", &[])?;
            Err::<(), _>(Error::other("changed my mind"))
        }))?;
        ensure_eq!(undone.message(), "changed my mind");
        ensure_eq!(count(tx)?, 1);
        Ok(())
    })
}

fn savepoint_error_leaves_the_rest(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        tx.execute("insert into saved values (1)", &[])?;
        for _ in 0..3 {
            let failure = error(tx.savepoint(|tx| {
                tx.execute("insert into saved values (2)", &[])?;
                tx.execute("insert into saved values (1)", &[])
            }))?;
            ensure_eq!(failure.sqlstate(), SqlState::new("23505"));
        }
        ensure_eq!(count(tx)?, 1);
        Ok(())
    })?;
    works(worker)
}

fn savepoint_with_a_swallowed_error_is_undone(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        let failure = error(tx.savepoint(|tx| {
            tx.execute("insert into saved values (1)", &[])?;
            let _ = tx.execute("select 1 / 0", &[]);
            ensure_eq!(
                error(tx.execute("select 1", &[]))?.kind(),
                ErrorKind::TransactionFailed
            );
            ensure_eq!(
                error(tx.savepoint(|_| Ok(())))?.kind(),
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
        // An error of our own is no failure of the server: it can be swallowed.
        tx.savepoint(|tx| {
            tx.execute("insert into saved values (2)", &[])?;
            let _ = tx.query_one::<i64>("select 1", &[]);
            Ok(())
        })?;
        ensure_eq!(count(tx)?, 1);
        Ok(())
    })
}

fn savepoint_undoes_on_panic(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        let panic = catch_unwind(AssertUnwindSafe(|| {
            tx.savepoint::<()>(|tx| {
                tx.execute("insert into saved values (1)", &[])?;
                tx.savepoint(|tx| {
                    let _ = tx.execute("select 1 / 0", &[]);
                    panic!("inside")
                })
            })
        }));
        ensure!(panic.is_err_and(|payload| payload.downcast_ref() == Some(&"inside")));
        ensure_eq!(count(tx)?, 0);
        Ok(())
    })?;
    works(worker)
}

fn savepoints_nest(worker: &mut Worker<Connected>) -> Result<()> {
    fn descend(tx: &Transaction<'_>, depth: i32) -> Result<()> {
        tx.execute("insert into saved values ($1)", &[&depth])?;
        if depth == 0 {
            return Ok(());
        }
        // Every third one undoes what is below.
        let result = tx.savepoint(|tx| {
            descend(tx, depth - 1)?;
            if depth % 3 == 0 {
                tx.execute("select 1 / 0", &[])?;
            }
            Ok(())
        });
        ensure_eq!(result.is_err(), depth % 3 == 0);
        Ok(())
    }
    worker.transaction(|tx| {
        prepare(tx)?;
        descend(tx, 50)?;
        // 48 undoes 47 and everything below.
        let rows = tx.query_as::<(i32,)>("select n from saved order by n", &[])?;
        ensure_eq!(rows, [(48,), (49,), (50,)]);
        Ok(())
    })
}

fn savepoint_is_used_by_its_own_name(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        let outer = &*tx;
        tx.savepoint(|inner| {
            for refused in [
                error(outer.execute("insert into saved values (1)", &[]))?,
                error(outer.query("select 1", &[]))?,
                error(outer.cursor("select 1", &[]))?,
                error(outer.prepare::<()>("select 1"))?,
                error(outer.savepoint(|_| Ok(())))?,
                error(outer.notify("channel", ""))?,
            ] {
                ensure_eq!(refused.kind(), ErrorKind::Invalid);
                ensure!(refused.hint().is_some_and(|hint| hint.contains("closure")));
            }
            inner.execute("insert into saved values (2)", &[])
        })?;
        ensure_eq!(count(tx)?, 1);
        Ok(())
    })
}

fn savepoint_after_a_failure_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        let _ = tx.execute("select 1 / 0", &[]);
        tx.savepoint(|_| -> Result<()> { panic!("must not run") })
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    works(worker)
}

fn savepoint_restores_contexts_and_owners(worker: &mut Worker<Connected>) -> Result<()> {
    fn current() -> (ffi::MemoryContext, ffi::ResourceOwner, bool) {
        // SAFETY: reads globals; asks for an active snapshot, which cannot raise.
        unsafe {
            (
                ffi::CurrentMemoryContext,
                ffi::CurrentResourceOwner,
                i64::from(ffi::ActiveSnapshotSet()) != 0,
            )
        }
    }
    worker.transaction(|tx| {
        // A savepoint as the first thing connects; what it finds does not belong to it.
        tx.savepoint(|_| Ok(()))?;
        let before = current();
        ensure!(before.2);
        tx.savepoint(|tx| tx.execute("select 1", &[]))?;
        ensure_eq!(current(), before);
        ensure!(tx.savepoint(|tx| tx.execute("select 1 / 0", &[])).is_err());
        ensure_eq!(current(), before);
        // Deep inside SPI: a function of a procedural language.
        let sql = "do $$ begin perform 1; raise exception 'from inside'; end $$";
        let failure = error(tx.savepoint(|tx| tx.execute(sql, &[])))?;
        ensure_eq!(failure.message(), "from inside");
        ensure_eq!(current(), before);
        // SAFETY: the transaction's token; the closure owns nothing.
        let level = unsafe { guard(|| ffi::GetCurrentTransactionNestLevel()) }?;
        ensure_eq!(level, 1);
        Ok(())
    })
}

fn savepoint_rows_and_outer_rows(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "create temporary table out_of_line (long text) on commit drop",
            &[],
        )?;
        tx.execute(
            "alter table out_of_line alter long set storage external",
            &[],
        )?;
        tx.execute("insert into out_of_line values (repeat('x', 100000))", &[])?;
        let outer = tx.query("select long, 7 as short from out_of_line", &[])?;
        let row = outer.iter().next().ok_or_else(|| Error::other("a row"))?;
        let mut lengths = vec![];
        tx.savepoint(|tx| {
            lengths.push(row.get::<&str>("long")?.len());
            for inner in tx.query("select 1 as one", &[])?.iter() {
                ensure_eq!(inner.get::<i32>("one")?, 1);
            }
            Ok(())
        })?;
        let failed = tx.savepoint(|tx| {
            let kept = tx.query("select 1", &[])?;
            let failure = tx.execute("select 1 / 0", &[]);
            // Neither what is inside nor what is around is read in a failed state: reading may call the server.
            ensure_eq!(
                error(row.get::<&str>("long"))?.kind(),
                ErrorKind::TransactionFailed
            );
            drop(kept);
            failure
        });
        ensure_eq!(error(failed)?.sqlstate(), SqlState::new("22012"));
        lengths.push(row.get::<&str>("long")?.len());
        ensure_eq!(lengths, [100_000, 100_000]);
        // Rows that move into a savepoint are freed there.
        let moved = tx.query("select 1", &[])?;
        tx.savepoint(move |_| {
            drop(moved);
            Ok(())
        })?;
        let moved = tx.query("select 1", &[])?;
        let _ = tx.savepoint(move |tx| {
            let failed = tx.execute("select 1 / 0", &[]);
            drop(moved);
            failed
        });
        ensure_eq!(row.get::<i32>("short")?, 7);
        Ok(())
    })
}

/// Few rows are freed by the statement after them, unless the server was faster. A second time is a warning, which the test looks for.
fn savepoint_frees_rows_once(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let statement = |tx: &Transaction<'_>| tx.query("select 1", &[]).map(drop);
        for undo in [true, false] {
            statement(tx)?;
            let result = tx.savepoint(|tx| {
                statement(tx)?;
                tx.savepoint(|tx| statement(tx))?;
                if undo {
                    return Err(Error::other("on purpose"));
                }
                Ok(())
            });
            ensure_eq!(result.is_err(), undo);
            statement(tx)?;
            let failed = tx.savepoint(|tx| {
                statement(tx)?;
                tx.execute("select 1 / 0", &[])
            });
            ensure!(failed.is_err());
            statement(tx)?;
        }
        Ok(())
    })?;
    works(worker)
}

fn savepoint_in_read_only_transactions(worker: &mut Worker<Connected>) -> Result<()> {
    let mode = TransactionMode::new().read_only();
    worker.transaction_with(mode, |tx| {
        ensure!(
            tx.savepoint(|tx| tx.execute("create table forbidden ()", &[]))
                .is_err()
        );
        ensure_eq!(tx.savepoint(|tx| tx.query_one::<i32>("select 1", &[]))?, 1);
        Ok(())
    })?;
    let mode = mode
        .isolation(postgres_bgworker::sql::Isolation::Serializable)
        .deferrable();
    let shown: String = worker.transaction_with(mode, |tx| {
        tx.query_one("select current_setting('transaction_deferrable')", &[])
    })?;
    ensure_eq!(shown, "on");
    Ok(())
}

fn savepoints_in_great_number(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        prepare(tx)?;
        let insert = tx.prepare::<(i32,)>("insert into saved values ($1)")?;
        for n in 0..5000 {
            let result = tx.savepoint(|tx| {
                tx.execute(&insert, &[&n])?;
                if n % 2 == 0 {
                    tx.execute(&insert, &[&n])?;
                }
                Ok(())
            });
            ensure_eq!(result.is_err(), n % 2 == 0);
        }
        ensure_eq!(count(tx)?, 2500);
        Ok(())
    })
}

fn savepoint_fails_at_its_end(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create temporary table late (n int unique deferrable initially immediate) on commit drop", &[])?;
        tx.execute("insert into late values (1)", &[])?;
        // A statement that fails in the middle of a batch of several.
        let failure = error(tx.savepoint(|tx| {
            tx.execute("insert into late values (2); insert into late values (1)", &[])
        }))?;
        ensure_eq!(failure.sqlstate(), SqlState::new("23505"));
        ensure_eq!(tx.query_one::<i64>("select count(*) from late", &[])?, 1);
        Ok(())
    })?;
    works(worker)
}

/// 100 000 statements in one transaction, with everything that could leave something behind.
fn statements_do_not_accumulate_memory(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create temporary table heavy (t text, a int[]) on commit drop", &[])?;
        tx.execute("alter table heavy alter t set storage external", &[])?;
        tx.execute(
            "insert into heavy select repeat('x', 20000), array_agg(n) from generate_series(1, 300) n",
            &[],
        )?;
        let read = tx.prepare::<(Vec<i32>,)>("select t, a || $1, 1.5::numeric from heavy")?;
        let nothing = tx.prepare::<(&str,)>("select $1")?;
        let elements: Vec<i32> = (0..300).collect();
        let text = "y".repeat(1000);
        let mut before = 0;
        for turn in 0..100_000 {
            tx.query(&nothing, &[&text.as_str()])?;
            if turn % 10 == 0 {
                let rows = tx.query(&read, &[&elements])?;
                for row in rows.typed::<(&str, Vec<i32>, postgres_bgworker::sql::Numeric)>()? {
                    let (text, sum, number) = row?;
                    ensure!(text.len() == 20_000 && sum.len() == 600 && number.as_str() == "1.5");
                }
            }
            if turn % 100 == 0 {
                let _ = tx.savepoint(|tx| {
                    let _rows = tx.query(&read, &[&elements])?;
                    tx.query("select $1::text::int", &[&text])
                        .map(drop)
                });
            }
            if turn == 10_000 {
                before = resident_kilobytes()?;
            }
        }
        let grown = resident_kilobytes()? - before;
        // 9000 results of 22 kB would be 200 MB, 90 000 texts of 1 kB 90 MB.
        if grown > 10_000 {
            return Err(Error::other(format!("{grown} kB more than before")));
        }
        Ok(())
    })
}
