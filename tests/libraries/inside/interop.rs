//! Values of other crates; each case is there where its feature is.

#[allow(unused_imports)]
use crate::check::*;

pub(crate) const CASES: &[(&str, Case)] = &[
    #[cfg(feature = "chrono")]
    ("chrono_values", chrono_values),
    #[cfg(feature = "jiff")]
    ("jiff_values", jiff_values),
    #[cfg(feature = "time")]
    ("time_values", time_values),
    #[cfg(feature = "rust_decimal")]
    ("rust_decimal_values", rust_decimal_values),
    #[cfg(feature = "serde_json")]
    ("serde_json_values", serde_json_values),
    #[cfg(feature = "uuid")]
    ("uuid_values", uuid_values),
];

/// What the server makes of a value is what it makes of this text, and it comes back.
#[allow(dead_code)]
fn same<T>(tx: &Transaction<'_>, value: T, sql: &str) -> Result<()>
where
    T: postgres_bgworker::sql::ToDatum + PartialEq + std::fmt::Debug,
    T: for<'r> postgres_bgworker::sql::FromDatum<'r>,
{
    ensure!(tx.query_one::<bool>(&format!("select $1 = {sql}"), &[&value])?);
    let back: T = tx.query_one(&format!("select {sql}"), &[])?;
    ensure_eq!(back, value);
    Ok(())
}

#[allow(dead_code)]
const INFINITE: [&str; 3] = [
    "select 'infinity'::date",
    "select '-infinity'::timestamp",
    "select 'infinity'::timestamptz",
];

#[cfg(feature = "chrono")]
fn chrono_values(worker: &mut Worker<Connected>) -> Result<()> {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    let date = NaiveDate::from_ymd_opt(1999, 2, 28).ok_or_else(|| Error::other("a date"))?;
    let time =
        NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).ok_or_else(|| Error::other("a time"))?;
    worker.transaction(|tx| {
        same(tx, date, "'1999-02-28'::date")?;
        same(tx, time, "'23:59:59.999999'::time")?;
        same(
            tx,
            date.and_time(time),
            "'1999-02-28 23:59:59.999999'::timestamp",
        )?;
        same(
            tx,
            date.and_time(time).and_utc(),
            "'1999-02-28 23:59:59.999999Z'::timestamptz",
        )?;
        same(tx, vec![date], "array['1999-02-28'::date]")?;
        ensure!(tx.query_one::<NaiveDate>(INFINITE[0], &[]).is_err());
        ensure!(tx.query_one::<NaiveDateTime>(INFINITE[1], &[]).is_err());
        ensure!(tx.query_one::<DateTime<Utc>>(INFINITE[2], &[]).is_err());
        ensure!(tx.execute("select $1", &[&NaiveDate::MIN]).is_err());
        Ok(())
    })
}

#[cfg(feature = "jiff")]
fn jiff_values(worker: &mut Worker<Connected>) -> Result<()> {
    use jiff::{Timestamp, civil};
    let at = civil::date(1999, 2, 28).at(23, 59, 59, 999_999_000);
    worker.transaction(|tx| {
        same(tx, at.date(), "'1999-02-28'::date")?;
        same(tx, at.time(), "'23:59:59.999999'::time")?;
        same(tx, at, "'1999-02-28 23:59:59.999999'::timestamp")?;
        let instant: Timestamp = "1999-02-28T23:59:59.999999Z"
            .parse()
            .map_err(Error::other)?;
        same(tx, instant, "'1999-02-28 23:59:59.999999Z'::timestamptz")?;
        ensure!(tx.query_one::<civil::Date>(INFINITE[0], &[]).is_err());
        ensure!(tx.query_one::<civil::DateTime>(INFINITE[1], &[]).is_err());
        ensure!(tx.query_one::<Timestamp>(INFINITE[2], &[]).is_err());
        Ok(())
    })
}

#[cfg(feature = "time")]
fn time_values(worker: &mut Worker<Connected>) -> Result<()> {
    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};
    let date = Date::from_ordinal_date(1999, 59).map_err(Error::other)?;
    let time = Time::from_hms_micro(23, 59, 59, 999_999).map_err(Error::other)?;
    worker.transaction(|tx| {
        same(tx, date, "'1999-02-28'::date")?;
        same(tx, time, "'23:59:59.999999'::time")?;
        let at = PrimitiveDateTime::new(date, time);
        same(tx, at, "'1999-02-28 23:59:59.999999'::timestamp")?;
        same(
            tx,
            at.assume_utc(),
            "'1999-02-28 23:59:59.999999Z'::timestamptz",
        )?;
        ensure!(tx.query_one::<Date>(INFINITE[0], &[]).is_err());
        ensure!(tx.query_one::<PrimitiveDateTime>(INFINITE[1], &[]).is_err());
        ensure!(tx.query_one::<OffsetDateTime>(INFINITE[2], &[]).is_err());
        Ok(())
    })
}

#[cfg(feature = "rust_decimal")]
fn rust_decimal_values(worker: &mut Worker<Connected>) -> Result<()> {
    use rust_decimal::Decimal;
    worker.transaction(|tx| {
        for text in ["0", "-12.50", "79228162514264337593543950335"] {
            let decimal: Decimal = text.parse().map_err(Error::other)?;
            same(tx, decimal, &format!("{text}::numeric"))?;
        }
        for sql in [
            "select 'NaN'::numeric",
            "select 1e100::numeric",
            "select 1e-40::numeric",
        ] {
            ensure_eq!(
                error(tx.query_one::<Decimal>(sql, &[]))?.kind(),
                ErrorKind::Invalid
            );
        }
        Ok(())
    })
}

#[cfg(feature = "serde_json")]
fn serde_json_values(worker: &mut Worker<Connected>) -> Result<()> {
    use serde_json::{Value, json};
    worker.transaction(|tx| {
        same(
            tx,
            json!({"a": [1, null, "ü"]}),
            "'{\"a\": [1, null, \"ü\"]}'::jsonb",
        )?;
        let value: Value = tx.query_one("select '[1.5]'::json", &[])?;
        ensure_eq!(value, json!([1.5]));
        Ok(())
    })
}

#[cfg(feature = "uuid")]
fn uuid_values(worker: &mut Worker<Connected>) -> Result<()> {
    let uuid = uuid::Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    worker.transaction(|tx| same(tx, uuid, "'00112233-4455-6677-8899-aabbccddeeff'::uuid"))
}
