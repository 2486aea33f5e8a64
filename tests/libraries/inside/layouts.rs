//! Composite values that were made before their type was altered.

use crate::check::*;
use postgres_bgworker::sql::{Row, Rows};

pub(crate) const CASES: &[(&str, Case)] = cases![
    rows_of_a_cursor_of_sql,
    rows_of_a_cursor_that_is_held,
    a_layout_that_goes_back,
];

/// A type with one attribute, which is read once, and a function that makes values with whatever layout it has.
const SETUP: &str = "create schema layouts;
    create type layouts.one as (a bytea);
    create function layouts.make(n int) returns layouts.one language plpgsql volatile as $$
    begin
        return row(n)::layouts.one;
    exception when others then
        return row('ab'::bytea)::layouts.one;
    end $$";

/// Sorted, so that all of them are made at the first fetch.
const SORTED: &str = "select x from (
    select layouts.make(100000000 + n) as x, n from generate_series(1, 10) n offset 0) s order by n desc";

const TO_INT: &str = "alter type layouts.one alter attribute a type int";
const TO_BYTEA: &str = "alter type layouts.one alter attribute a type bytea";

/// What the first value of the first row is read as.
fn first(rows: &Rows<'_>) -> Result<usize> {
    let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
    Ok(row.get::<Row<'_>>(0)?.get::<&[u8]>(0)?.len())
}

fn set_up(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(SETUP, &[])?;
        first(&tx.query("select layouts.make(1)", &[])?)?;
        Ok(())
    })
}

fn clean_up(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| tx.execute("drop schema layouts cascade", &[]).map(drop))
}

fn rows_of_a_cursor_of_sql(worker: &mut Worker<Connected>) -> Result<()> {
    set_up(worker)?;
    worker.transaction(|tx| {
        tx.execute(TO_INT, &[])?;
        tx.execute(&*format!("declare c cursor for {SORTED}"), &[])?;
        tx.execute("fetch 1 from c", &[])?;
        tx.execute(TO_BYTEA, &[])?;
        let refused = error(first(&tx.query("fetch 1 from c", &[])?))?;
        ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
        Ok(())
    })?;
    clean_up(worker)
}

fn rows_of_a_cursor_that_is_held(worker: &mut Worker<Connected>) -> Result<()> {
    set_up(worker)?;
    worker.transaction(|tx| {
        tx.execute(TO_INT, &[])?;
        tx.execute(&*format!("declare c cursor with hold for {SORTED}"), &[])
    })?;
    worker.transaction(|tx| tx.execute(TO_BYTEA, &[]))?;
    worker.transaction(|tx| {
        let refused = error(first(&tx.query("fetch 1 from c", &[])?))?;
        ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
        tx.execute("close c", &[])
    })?;
    clean_up(worker)
}

/// A cursor of the transaction makes its rows in a savepoint that alters the type, and that is rolled back.
fn a_layout_that_goes_back(worker: &mut Worker<Connected>) -> Result<()> {
    set_up(worker)?;
    worker.transaction(|tx| {
        let mut cursor = tx.cursor(SORTED, &[])?;
        let undone = error(tx.savepoint(|tx| {
            tx.execute(TO_INT, &[])?;
            tx.execute(
                "do $$ declare c refcursor; r record; begin
                     select name into strict c from pg_cursors where name ~ 'background worker';
                     fetch c into r;
                 end $$",
                &[],
            )?;
            Err::<(), _>(Error::other("undo"))
        }))?;
        ensure_eq!(undone.message(), "undo");
        let rows = cursor.fetch(1)?.ok_or_else(|| Error::other("no row"))?;
        ensure_eq!(error(first(&rows))?.kind(), ErrorKind::TypeMismatch);
        Ok(())
    })?;
    clean_up(worker)
}
