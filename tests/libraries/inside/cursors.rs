//! Results in batches.

use crate::check::*;
use postgres_bgworker::error::SqlState;

pub(crate) const CASES: &[(&str, Case)] = cases![
    cursor_ends_and_stays_at_its_end,
    cursor_keeps_memory_flat,
    cursor_closed_behind_its_back,
    cursor_replaced_behind_its_back,
    cursor_dropped_where_nothing_can_be_closed,
    cursor_of_what_has_no_rows,
    cursor_around_savepoints,
    cursor_fails_midway,
    cursors_are_closed,
];

fn cursor_ends_and_stays_at_its_end(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        for rows in [0usize, 1, 9, 10, 11] {
            let mut cursor =
                tx.cursor("select n from generate_series(1, $1) n", &[&(rows as i32)])?;
            let (mut seen, mut batches) = (0, vec![]);
            while let Some(batch) = cursor.fetch(5)? {
                batches.push(batch.len());
                for row in batch.iter() {
                    seen += 1;
                    ensure_eq!(row.get::<i32>("n")?, seen);
                }
            }
            ensure_eq!(seen as usize, rows);
            ensure!(batches.iter().all(|batch| (1..=5).contains(batch)));
            for _ in 0..3 {
                ensure!(cursor.fetch(5)?.is_none());
            }
        }
        let mut cursor = tx.cursor("select 1", &[])?;
        ensure_eq!(error(cursor.fetch(0))?.kind(), ErrorKind::Invalid);
        ensure!(
            cursor
                .fetch(usize::MAX)?
                .is_some_and(|rows| rows.len() == 1)
        );
        Ok(())
    })
}

fn cursor_keeps_memory_flat(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let select =
            tx.prepare::<(i32,)>("select n, repeat('x', 500) from generate_series(1, $1) n")?;
        let mut cursor = tx.cursor(&select, &[&1_000_000])?;
        let mut sum = 0i64;
        let mut resident = None;
        while let Some(rows) = cursor.fetch(10_000)? {
            for row in rows.typed::<(i32, &str)>()? {
                let (n, text) = row?;
                ensure!(text.len() == 500);
                sum += i64::from(n);
            }
            // What the first batches and the server's work_mem need is there from now on.
            if sum > 20_000_000_000 {
                resident.get_or_insert(resident_kilobytes()?);
            }
        }
        ensure_eq!(sum, 500_000_500_000);
        let grown = resident_kilobytes()? - resident.unwrap_or(0);
        // All of it would be 500 MB.
        ensure!(grown < 20_000);
        Ok(())
    })
}

fn cursor_closed_behind_its_back(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let mut cursor = tx.cursor("select n from generate_series(1, 10) n", &[])?;
        ensure!(cursor.fetch(1)?.is_some());
        tx.execute("close all", &[])?;
        ensure_eq!(error(cursor.fetch(1))?.kind(), ErrorKind::NotFound);
        drop(cursor);
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn cursor_replaced_behind_its_back(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let mut cursor = tx.cursor("select 1", &[])?;
        // CLOSE and DECLARE as functions of other roles can run them.
        tx.execute(
            "do $$ declare c refcursor; begin
                 select name into strict c from pg_cursors where name ~ 'background worker';
                 close c;
                 open c for select 2;
             end $$",
            &[],
        )?;
        ensure_eq!(error(cursor.fetch(1))?.kind(), ErrorKind::NotFound);
        drop(cursor);
        let open: i64 = tx.query_one(
            "select count(*) from pg_cursors where statement ~ 'select 2'",
            &[],
        )?;
        ensure_eq!(open, 1);
        Ok(())
    })
}

fn cursor_dropped_where_nothing_can_be_closed(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        for level in 0..3 {
            let cursor = tx.cursor("select 1", &[])?;
            error(tx.savepoint(|tx| {
                let inside = |tx: &mut Transaction<'_>| {
                    tx.execute("select 1 / 0", &[]).ok();
                    drop(cursor);
                    Ok(())
                };
                match level {
                    0 => inside(tx),
                    1 => tx.savepoint(inside),
                    _ => tx.savepoint(|tx| tx.savepoint(inside)),
                }
            }))?;
            let open: i64 = tx.query_one("select count(*) from pg_cursors", &[])?;
            ensure_eq!(open, 0);
        }
        Ok(())
    })
}

fn cursor_of_what_has_no_rows(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| tx.cursor("set work_mem = '4MB'", &[]).map(drop)))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("42P11"));
    let mode = TransactionMode::new().read_only();
    let failure = error(worker.transaction_with(mode, |tx| {
        tx.cursor("insert into nothing values (1) returning 1", &[])
            .map(drop)
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    works(worker)
}

fn cursor_around_savepoints(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let mut cursor = tx.cursor("select n from generate_series(1, 30) n", &[])?;
        let (mut good, mut bad) = (0, 0);
        while let Some(rows) = cursor.fetch(7)? {
            for row in rows.iter() {
                let done = tx.savepoint(|tx| {
                    // What is around can be read, but not asked for more.
                    let n: i32 = row.get("n")?;
                    tx.query_one::<i32>("select 1 / ($1 % 3)", &[&n])
                });
                match done {
                    Ok(_) => good += 1,
                    Err(_) => bad += 1,
                }
            }
            let refused = tx.savepoint(|_| cursor.fetch(1).map(drop));
            ensure_eq!(error(refused)?.kind(), ErrorKind::Invalid);
        }
        ensure_eq!((good, bad), (20, 10));
        // One that is closed inside, and one that is left open inside what is rolled back.
        let moved = tx.cursor("select 1", &[])?;
        tx.savepoint(move |_| {
            drop(moved);
            Ok(())
        })?;
        let moved = tx.cursor("select 1", &[])?;
        let _ = tx.savepoint(move |tx| {
            let mut inner = tx.cursor("select 2", &[])?;
            inner.fetch(1)?;
            let failed = tx.execute("select 1 / 0", &[]);
            drop(moved);
            failed
        });
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn cursor_fails_midway(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        let mut cursor = tx.cursor("select 1 / (5 - n) from generate_series(1, 10) n", &[])?;
        ensure!(cursor.fetch(4)?.is_some());
        let failure = error(cursor.fetch(4))?;
        ensure_eq!(error(cursor.fetch(4))?.kind(), ErrorKind::TransactionFailed);
        Err::<(), _>(failure)
    }))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("22012"));
    works(worker)
}

fn cursors_are_closed(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        for n in 0..3 {
            let mut cursor = tx.cursor("select n from generate_series(1, 3) n", &[])?;
            cursor.fetch(1)?;
            let open: i64 = tx.query_one("select count(*) from pg_cursors", &[])?;
            ensure_eq!((n, open), (n, 1));
        }
        ensure_eq!(
            tx.query_one::<i64>("select count(*) from pg_cursors", &[])?,
            0
        );
        Ok(())
    })
}
