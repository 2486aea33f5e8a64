//! Composite values, whose type is altered between the query and the reading.

use super::inside::Frame;
use super::{Life, rows, violation};
use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::{FromDatum, Row, Rows};
use std::fmt::Debug;

pub struct KeptNested<'t> {
    rows: Rows<'t>,
    field: Field,
    /// The value is in an array.
    list: bool,
}

/// What the field was when it was queried.
#[derive(Debug, Clone, PartialEq)]
enum Field {
    Int(i32),
    Text(String),
    Big(i64),
    Bytes(Vec<u8>),
}

/// The type that only this process alters, or the one that only its partner does.
fn name(with: u32) -> &'static str {
    match with % 2 {
        0 => "pair",
        _ => "other",
    }
}

pub fn query<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    with: u32,
) -> Result<()> {
    let name = name(with);
    // What the parser sees: the snapshot of the transaction may be older.
    let sql = format!("select pg_typeof((null::{name}).a)::text");
    let result = tx.query_scalar::<String, _>(&sql, ());
    let sql_type = life.note(result)?;
    let number = i32::try_from(with >> 2)?;
    let (field, literal) = match sql_type.as_str() {
        "integer" => (Field::Int(number), number.to_string()),
        "text" => (
            Field::Text(format!("text {number}")),
            format!("'text {number}'"),
        ),
        "bigint" => (Field::Big(i64::from(number)), format!("{number}::bigint")),
        _ => (Field::Bytes(b"bytes".to_vec()), "'bytes'::bytea".to_owned()),
    };
    // Alone, or the last element of an array.
    let list = with >> 1 & 1 == 1;
    let pair = format!("row({literal}, 'second')::{name}");
    let sql = match list {
        true => format!("select array[null, {pair}] as pair"),
        false => format!("select {pair} as pair"),
    };
    let result = tx.query(&sql, ());
    let rows = life.note(result)?;
    if frame.nested.len() >= 8 {
        frame.nested.swap_remove(with as usize % 8);
    }
    frame.nested.push(KeptNested { rows, field, list });
    Ok(())
}

/// Right, or an error.
pub fn read(life: &mut Life, frame: &Frame<'_>, with: u32) -> Result<()> {
    let frames: Vec<&Frame<'_>> = std::iter::successors(Some(frame), |frame| frame.outer).collect();
    let frame = frames[with as usize % frames.len()];
    if frame.nested.is_empty() {
        return Ok(());
    }
    let KeptNested { rows, field, list } = &frame.nested[(with >> 4) as usize % frame.nested.len()];
    let Some(row) = rows.iter().next() else {
        violation("a row is not there");
        return Ok(());
    };
    let result = match list {
        true => row
            .get::<Vec<Option<Row<'_>>>>("pair")
            .map(|mut pairs| pairs.pop().flatten()),
        false => row.get::<Row<'_>>("pair").map(Some),
    };
    let Some(pair) = life.note(result)? else {
        violation("the last element of an array is not there");
        return Ok(());
    };
    match with >> 8 & 7 {
        0 | 1 => compare(life, &pair, field, Field::Int),
        2 => compare(life, &pair, field, Field::Text),
        3 => compare(life, &pair, field, Field::Big),
        4 => compare(life, &pair, field, Field::Bytes),
        5 => rows::same_or_error(life, pair.get::<String>("b"), "second".to_owned()),
        _ => rows::same_or_error(life, Ok(pair.columns().count()), 2),
    }
}

fn compare<'r, T: FromDatum<'r> + Debug>(
    life: &mut Life,
    pair: &Row<'r>,
    field: &Field,
    make: fn(T) -> Field,
) -> Result<()> {
    let result = pair.get::<T>("a").map(make);
    if let Ok(value) = &result {
        // An i64 can be read from an int, too.
        let widened =
            matches!((value, field), (Field::Big(big), Field::Int(int)) if *big == i64::from(*int));
        if value != field && !widened {
            // Not all of it: it may be long.
            let text: String = format!("{value:?}").chars().take(80).collect();
            violation(&format!("a field was read as {text} and is {field:?}"));
        }
    }
    life.note(result).map(drop)
}

pub fn alter(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let sql_type = ["int", "text", "bigint", "bytea"][with as usize % 4];
    let result = tx.execute(
        format!("alter type pair alter attribute a type {sql_type}"),
        (),
    );
    life.note(result).map(drop)
}
