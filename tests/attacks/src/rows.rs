//! Rows in rows whose type changes after they were read.

use crate::prelude::*;
use postgres_bgworker::sql::{FromDatum, Row, Rows};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        stays!(alter_segv, Survives),
        stays!(alter_type, Survives),
        stays!(alter_by_other, Survives),
        stays!(alter_table, Survives),
        stays!(alter_drop_column, Survives),
        stays!(alter_by_other_in_cursor, Survives),
        stays!(dropped_columns, Value),
    ];
    for to in [
        "text", "numeric", "float4", "bool", "int8", "uuid", "int4[]",
    ] {
        let name = format!("alter_to_{to}");
        all.push(
            Attack::stays(name, Expect::Survives, move |w| alter_to(w, to)).family("alter_to"),
        );
    }
    all
}

/// What is prepared must work.
fn must(tx: &Transaction<'_>, sql: &str) -> Result<()> {
    match tx.execute(sql, &[]) {
        Ok(_) => Ok(()),
        Err(error) => Err(wrong(line!(), format!("{sql}: {error}"))),
    }
}

fn first<'r, T: FromDatum<'r>>(rows: &'r Rows<'_>) -> Result<T> {
    let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
    let nested: Row<'r> = row.get(0)?;
    nested.get(0)
}

/// The integer becomes the length of a value.
fn alter_segv(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        must(tx, "create type alter_segv as (a int, b int)")?;
        let rows = tx.query("select row(2147483644, 2)::alter_segv", &[])?;
        must(tx, "alter type alter_segv alter attribute a type bytea")?;
        let bytes: &[u8] = first(&rows)?;
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        Err(wrong(line!(), format!("{} bytes, {sum}", bytes.len())))
    })
}

/// Of the same width: nothing crashes, and the number is another one.
fn alter_type(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        must(tx, "create type alter_same as (a int, b int)")?;
        let rows = tx.query("select row(1, 2)::alter_same", &[])?;
        must(tx, "alter type alter_same alter attribute a type real")?;
        let value: f32 = first(&rows)?;
        Err(wrong(line!(), format!("1 is read as {value}")))
    })
}

/// No lock protects a type that stands alone.
fn alter_by_other(worker: &mut Attacker) -> Result<()> {
    outside::sql("create type alter_by_other as (a int, b int)")?;
    worker.transaction(|tx| {
        let rows = tx.query(
            "select row(2147483644, i)::alter_by_other from generate_series(1, 2) i",
            &[],
        )?;
        let before: i32 = first(&rows)?;
        ensure_eq!(before, 2_147_483_644);
        let answer = outside::sql("alter type alter_by_other alter attribute a type bytea")?;
        ensure_eq!(answer, "ok");
        // Invalidations are read where a relation is locked.
        must(tx, "create temp table alter_by_other_temp (a int)")?;
        let bytes: &[u8] = first(&rows)?;
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        Err(wrong(line!(), format!("{} bytes, {sum}", bytes.len())))
    })
}

fn alter_by_other_in_cursor(worker: &mut Attacker) -> Result<()> {
    outside::sql("create type alter_in_cursor as (a int, b int)")?;
    worker.transaction(|tx| {
        let mut cursor = tx.cursor(
            "select row(2147483644, i)::alter_in_cursor from generate_series(1, 9) i",
            &[],
        )?;
        let rows = cursor.fetch(1)?.ok_or_else(|| Error::other("no row"))?;
        let answer = outside::sql("alter type alter_in_cursor alter attribute a type bytea")?;
        ensure_eq!(answer, "ok");
        must(tx, "create temp table alter_in_cursor_temp (a int)")?;
        let later = cursor.fetch(1)?.ok_or_else(|| Error::other("no row"))?;
        for rows in [&rows, &later] {
            if let Ok(bytes) = first::<&[u8]>(rows) {
                return Err(wrong(line!(), format!("{} bytes", bytes.len())));
            }
        }
        Ok(())
    })
}

fn alter_table(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        must(tx, "create temp table alter_table (a int, b int)")?;
        must(tx, "insert into alter_table values (2147483644, 1)")?;
        let rows = tx.query("select t from alter_table t", &[])?;
        must(
            tx,
            "alter table alter_table alter column a type bytea using null",
        )?;
        let bytes: &[u8] = first(&rows)?;
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        Err(wrong(line!(), format!("{} bytes, {sum}", bytes.len())))
    })
}

/// What was the second column is no other one.
fn alter_drop_column(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        must(tx, "create type alter_drop as (a int, b int, c text)")?;
        let rows = tx.query("select row(1, 2, 'three')::alter_drop", &[])?;
        must(tx, "alter type alter_drop drop attribute a")?;
        must(tx, "alter type alter_drop add attribute d text")?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        let nested: Row<'_> = row.get(0)?;
        let b: i32 = nested.get("b")?;
        ensure_eq!(b, 2);
        let d: Option<String> = nested.get("d")?;
        ensure_eq!(d, None);
        Ok(())
    })
}

fn alter_to(worker: &mut Attacker, to: &str) -> Result<()> {
    worker.transaction(|tx| {
        let name = format!("alter_to_{}", slot());
        must(tx, &format!("create type {name} as (a int, b int)"))?;
        let rows = tx.query(&format!("select row(2147483644, 2)::{name}"), &[])?;
        must(
            tx,
            &format!("alter type {name} alter attribute a type {to}"),
        )?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        let nested: Row<'_> = row.get(0)?;
        let as_text = nested.get::<&str>(0).map(str::len);
        let as_float = nested.get::<f32>(0);
        let as_bool = nested.get::<bool>(0);
        let as_long = nested.get::<i64>(0);
        let as_uuid = nested.get::<postgres_bgworker::sql::Uuid>(0);
        let as_array = nested.get::<Vec<i32>>(0);
        let as_number = nested.get::<postgres_bgworker::sql::Numeric>(0);
        ensure!(as_text.is_err() && as_float.is_err() && as_bool.is_err());
        ensure!(as_long.is_err() && as_uuid.is_err());
        ensure!(as_array.is_err() && as_number.is_err());
        if let Ok(number) = nested.get::<i32>(0) {
            ensure_eq!(number, 2_147_483_644);
        }
        Ok(())
    })
}

/// A dropped column is not there.
fn dropped_columns(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        must(tx, "create temp table dropped (a int, b int, c int)")?;
        must(tx, "alter table dropped drop column a")?;
        must(tx, "insert into dropped values (2, 3)")?;
        let rows = tx.query("select d from dropped d", &[])?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        let nested: Row<'_> = row.get(0)?;
        let columns: Vec<String> = nested.columns().map(|name| name.into_owned()).collect();
        ensure_eq!(columns, ["b", "c"]);
        let b: i32 = nested.get(0)?;
        ensure_eq!(b, 2);
        Ok(())
    })
}
