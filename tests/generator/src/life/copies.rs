//! COPY, with code of the program inside it.

use super::Life;
use super::inside::Frame;
use super::rows::KeptRows;
use crate::life::violation;
use postgres_bgworker::prelude::*;

/// Copies rows that are counted. Meanwhile, what is kept is dropped, statements are tried, and the
/// iterator fails or panics.
pub fn into_table<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    with: u32,
) -> Result<()> {
    let (count, way) = (i64::from(with % 6), with >> 8 & 7);
    let rows = &mut frame.rows;
    let values = (0..count).map(|id| {
        meanwhile(tx, rows, way);
        match way {
            4 if id == 3 => Err(Error::other("on purpose")),
            5 if id == 3 => panic!("on purpose"),
            _ => Ok((id,)),
        }
    });
    let copy = tx.copy_in("counted", &["id"]);
    let result = life.note(copy.try_rows(values));
    note_program_error(life, &result);
    result?;
    (0..count).for_each(|id| life.counted(id));
    Ok(())
}

/// Inserts rows that are counted, by arrays.
pub fn by_arrays(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let count = i64::from(with % 200);
    let result = tx.insert_all("counted", &["id"], (0..count).map(|id| [id]));
    life.note(result)?;
    (0..count).for_each(|id| life.counted(id));
    Ok(())
}

/// Copies the rows of a query, with the same code inside.
pub fn out_of_query<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    with: u32,
) -> Result<()> {
    let (count, way) = (with % 400, with >> 12 & 7);
    let sql =
        format!("select g, repeat('x', 1000), 1 / (390 - g) from generate_series(1, {count}) g");
    let rows = &mut frame.rows;
    let mut lines = 0;
    let result = tx.copy_out(&sql).chunks(|chunk| {
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
        meanwhile(tx, rows, way);
        match way {
            4 if lines > 100 => Err(Error::other("on purpose")),
            5 if lines > 100 => panic!("on purpose"),
            _ => Ok(()),
        }
    });
    let result = life.note(result);
    note_program_error(life, &result);
    if result? != u64::from(count) || lines as u64 != u64::from(count) {
        violation("COPY has returned another number of rows");
    }
    Ok(())
}

fn meanwhile(tx: &Transaction<'_>, rows: &mut Vec<KeptRows<'_>>, way: u32) {
    match way {
        1 => drop(rows.pop()),
        2 => std::mem::forget(rows.pop()),
        3 if tx.execute("select 1", ()).is_ok() => {
            violation("a statement has run inside a COPY");
        }
        _ => {}
    }
}

/// The transaction has failed with the error of the program, too.
fn note_program_error<T>(life: &mut Life, result: &Result<T>) {
    let failed = matches!(result, Err(error) if error.message() == "on purpose");
    if let (true, Some(level)) = (failed, life.levels.last_mut()) {
        level.failed = true;
    }
}
