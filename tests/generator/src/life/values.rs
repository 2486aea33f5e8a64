//! Values that are sent as parameters and returned.

use super::rows::{is_ours, same};
use super::{Life, violation};
use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::{
    Date, FromDatum, Interval, Json, Numeric, Time, Timestamp, ToDatum, Uuid,
};
use std::fmt::Debug;

pub fn round_trip(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let number = (with >> 5) as i32;
    let long = i64::from(number) << 20 | i64::from(number);
    let many = (with >> 8) as usize % 200;
    // Some are longer than a page, and one in a while is long enough to be compressed.
    let text: String =
        std::iter::repeat_n("größe ", if with >> 16 & 31 == 0 { 5000 } else { many }).collect();
    match with % 19 {
        18 => {
            let text = text + "\0";
            let stored = tx.storable(&text).into_owned();
            if !stored.ends_with("\\0") {
                violation(&format!("NUL was stored as {stored:?}"));
            }
            back(tx, life, "text", stored)
        }
        0 => back(tx, life, "int", number),
        1 => back(tx, life, "bigint", long),
        2 => back(tx, life, "smallint", number as i16),
        3 => back(tx, life, "float8", f64::from(number) * 1.25),
        4 => back(tx, life, "real", number as f32),
        5 => back(tx, life, "bool", number % 2 == 0),
        6 => back(tx, life, "text", text),
        7 => back(tx, life, "bytea", text.into_bytes()),
        8 => back(tx, life, "uuid", Uuid(u128::from(with).to_le_bytes())),
        9 => back(
            tx,
            life,
            "interval",
            Interval {
                months: number % 100,
                days: number % 100,
                microseconds: long % 1_000_000,
            },
        ),
        10 => back(tx, life, "int[]", vec![number; many]),
        11 => back(tx, life, "text[]", vec![Some(text), None]),
        12 => back(
            tx,
            life,
            "int",
            Some(number).filter(|number| number % 2 == 0),
        ),
        13 => back(tx, life, "numeric", Numeric::from(long)),
        14 => back(tx, life, "date", Date(number % 100_000)),
        15 => back(tx, life, "time", Time(i64::from(number.unsigned_abs()))),
        16 => back(tx, life, "timestamp", Timestamp(long % 1_000_000_000_000)),
        _ => {
            let result = tx.query_scalar::<Json, _>(
                "select $1::jsonb",
                [Json(format!("{{\"a\": {number}}}"))],
            );
            let there = Json(format!("{{\"a\": {number}}}"));
            same(life, result, there)
        }
    }
}

fn back<T>(tx: &Transaction<'_>, life: &mut Life, sql_type: &str, value: T) -> Result<()>
where
    T: ToDatum + PartialEq + Debug + for<'r> FromDatum<'r>,
{
    let result =
        tx.query_scalar::<T, _>(format!("select $1::{sql_type}"), &[&value as &dyn ToDatum]);
    if let (Err(error), false) = (&result, life.has_failed()) {
        if is_ours(error) {
            violation(&format!("{value:?} as {sql_type} came back as {error:?}"));
        }
    }
    same(life, result, value)
}
