//! Rows that are kept, and read at any time while their transaction lives.

use super::inside::Frame;
use super::{Life, violation};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    sql::{Numeric, Row, Rows},
};

pub struct KeptRows<'t> {
    pub rows: Rows<'t>,
    /// The number in the first row, where it is known what the rows are.
    pub first: Option<i32>,
}

const KNOWN: &str = "
    select g as number, 'body ' || g as body, g::bigint * 3000000000 as big, g::float8 / 2 as half, g % 2 = 0 as even,
        nullif(g % 3, 0) as maybe, repeat('x', 3000 * (g % 3)) as long, array[g, g + 1] as list, g * 1.5 as exact,
        decode(lpad(to_hex(g), 8, '0'), 'hex') as bytes
    from generate_series($1::int, $1 + $2 - 1) g";

pub fn query<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    with: u32,
) -> Result<()> {
    let first = i32::try_from(with >> 8 & 0xffff)?;
    let count = i32::try_from(with % 12)?;
    let (result, first) = match with >> 24 & 7 {
        0 => (tx.query("select * from pg_class limit 20", ()), None),
        1 => (tx.query("select * from scratch limit 20", ()), None),
        _ => (tx.query(KNOWN, (&first, &count)), Some(first)),
    };
    let rows = life.note(result)?;
    if first.is_some() && rows.len() != usize::try_from(count)? {
        violation(&format!(
            "a query returned {} rows instead of {count}",
            rows.len()
        ));
    }
    if frame.rows.len() >= 24 {
        frame.rows.swap_remove(with as usize % 24);
    }
    frame.rows.push(KeptRows { rows, first });
    Ok(())
}

/// Rows of this level, or of one around it.
pub fn read(life: &mut Life, frame: &Frame<'_>, with: u32) -> Result<()> {
    let frames: Vec<&Frame<'_>> = std::iter::successors(Some(frame), |frame| frame.outer).collect();
    let frame = frames[with as usize % frames.len()];
    if frame.rows.is_empty() {
        return Ok(());
    }
    let kept = &frame.rows[(with >> 4) as usize % frame.rows.len()];
    if kept.rows.is_empty() {
        return Ok(());
    }
    let at = (with >> 8) as usize % kept.rows.len();
    let Some(row) = kept.rows.iter().nth(at) else {
        violation("a row is not there");
        return Ok(());
    };
    match kept.first {
        Some(first) => known(life, &row, first + i32::try_from(at)?, with >> 16),
        None => {
            let _ = row.columns().count();
            let result = row.get::<String>(with as usize % 8);
            life.note(result).map(drop)
        }
    }
}

fn known(life: &mut Life, row: &Row<'_>, number: i32, with: u32) -> Result<()> {
    match with % 15 {
        0 => same(life, row.get("number"), number),
        1 => same(life, row.get(1), format!("body {number}")),
        2 => same(life, row.get("big"), i64::from(number) * 3_000_000_000),
        3 => same(life, row.get(3), f64::from(number) / 2.0),
        4 => same(life, row.get("even"), number % 2 == 0),
        5 => same(life, row.get(5), Some(number % 3).filter(|rest| *rest != 0)),
        6 => same(
            life,
            row.get("long"),
            "x".repeat(3000 * usize::try_from(number % 3)?),
        ),
        7 => same(life, row.get(7), vec![number, number + 1]),
        8 => {
            let halves = number * 3;
            let exact: Numeric = format!("{}.{}", halves / 2, halves % 2 * 5).parse()?;
            same(life, row.get("exact"), exact)
        }
        9 => same(life, row.get("bytes"), number.to_be_bytes().to_vec()),
        10 => same(life, row.get("number"), i64::from(number)),
        11 => wrong(row.get::<i16>("number")),
        12 => wrong(row.get::<i32>("big")),
        13 => wrong(row.get::<&[u8]>(1)),
        _ => wrong(row.get::<String>(99)),
    }
}

/// What was read is what is there, or the transaction has failed.
pub fn same<T: PartialEq + std::fmt::Debug>(
    life: &mut Life,
    read: Result<T>,
    there: T,
) -> Result<()> {
    match &read {
        Ok(value) if *value != there => violation(&format!("read {value:?} instead of {there:?}")),
        // What needs the server cannot be read while the level inside has forgotten a guard of a
        // lock.
        Err(error) if life.forgot_lock && error.kind() == ErrorKind::Invalid => {}
        Err(error) if !life.has_failed() && is_ours(error) => {
            violation(&format!("read {error:?} instead of {there:?}"));
        }
        _ => {}
    }
    life.note(read).map(drop)
}

/// Not of the server, and not of the state of the process.
pub fn is_ours(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Server
            | ErrorKind::Terminating
            | ErrorKind::TransactionFailed
            | ErrorKind::TimedOut
            | ErrorKind::Canceled
    )
}

fn wrong<T: std::fmt::Debug>(read: Result<T>) -> Result<()> {
    match read {
        Ok(value) => {
            violation(&format!(
                "read {value:?} as a type that the column does not have"
            ));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Like the above, for data that another session may have changed.
pub fn same_or_error<T: PartialEq + std::fmt::Debug>(
    life: &mut Life,
    read: Result<T>,
    there: T,
) -> Result<()> {
    if let Ok(value) = &read {
        if *value != there {
            violation(&format!("read {value:?} instead of {there:?}"));
        }
    }
    life.note(read).map(drop)
}
