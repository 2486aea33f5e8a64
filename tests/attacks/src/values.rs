//! Values at the edges of their types, and types that are not what they were.

use crate::prelude::*;
use postgres_bgworker::{
    Oid,
    sql::{
        Date, FromDatum, Interval, Json, Numeric, Row, Time, Timestamp, TimestampTz, ToDatum, Uuid,
    },
};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (number, (sql, text)) in READ.iter().enumerate() {
        for (what, read) in AS {
            let name = format!("value_{number}_{}_as_{what}", word(sql));
            let body = move |w: &mut Attacker| {
                w.transaction(|tx| {
                    let rows = tx.query(&format!("select {sql}"), &[])?;
                    let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
                    // Whatever it is, it is an error or a value, twice the same.
                    let first = read(&row);
                    let second = read(&row);
                    ensure_eq!(first.is_ok(), second.is_ok());
                    first
                })
            };
            all.push(Attack::stays(name, Expect::Survives, body).family("values"));
        }
        let name = format!("value_{number}_{}_as_its_text", word(sql));
        let body = move |w: &mut Attacker| {
            let sql = format!("select ({sql})::text");
            let read: Option<String> = w.transaction(|tx| tx.query_one(&sql, &[]))?;
            ensure_eq!(read.as_deref().unwrap_or("NULL"), *text);
            Ok(())
        };
        all.push(Attack::stays(name, Expect::Value, body).family("values_as_text"));
    }
    for (name, expect, body) in PASSED {
        let name = format!("parameter_{name}");
        all.push(Attack::stays(name, *expect, body).family("parameters"));
    }
    all
}

/// A name that fits on a line.
fn word(sql: &str) -> String {
    let word: String = sql
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(20)
        .collect();
    let parts = word.split('_').filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

/// What is read, and its text.
const READ: &[(&str, &str)] = &[
    ("null::int", "NULL"),
    ("2147483647", "2147483647"),
    ("'-9223372036854775808'::int8", "-9223372036854775808"),
    ("'NaN'::float8", "NaN"),
    ("'-Infinity'::float4", "-Infinity"),
    ("'NaN'::numeric", "NaN"),
    ("'-infinity'::timestamptz", "-infinity"),
    ("'infinity'::date", "infinity"),
    ("'24:00'::time", "24:00:00"),
    ("''::bytea", "\\x"),
    ("'\u{1F980}'::text", "\u{1F980}"),
    ("'null'::jsonb", "null"),
    ("'{}'::int[]", "{}"),
    ("'[-5:-4]={1,NULL}'::int[]", "[-5:-4]={1,NULL}"),
    ("'{{1,2},{3,4}}'::int[]", "{{1,2},{3,4}}"),
    ("'1 2 3'::int2vector", "1 2 3"),
    ("row(1, null, 'x')", "(1,,x)"),
    ("row(row(1), array[row(2)])", "(\"(1)\",\"{(2)}\")"),
    (
        "'00000000-0000-0000-0000-000000000000'::uuid",
        "00000000-0000-0000-0000-000000000000",
    ),
    ("'a'::\"char\"", "a"),
    ("'a'::name", "a"),
    ("'a  '::char(3)", "a"),
    ("4294967295::oid", "4294967295"),
    ("'178000000 years'::interval", "178000000 years"),
];

type Read = fn(&Row<'_>) -> Result<()>;

/// As what it is read.
const AS: &[(&str, Read)] = &[
    ("bool", get::<bool>),
    ("i32", get::<i32>),
    ("i64", get::<i64>),
    ("f64", get::<f64>),
    ("str", |row| row.get::<&str>(0).map(drop)),
    ("string", get::<String>),
    ("bytes", |row| row.get::<&[u8]>(0).map(drop)),
    ("numeric", get::<Numeric>),
    ("array", get::<Vec<i32>>),
    ("array_of_options", get::<Vec<Option<i32>>>),
    ("option", get::<Option<i32>>),
    ("uuid", get::<Uuid>),
    ("interval", get::<Interval>),
    ("row", |row| {
        let nested: Row<'_> = row.get(0)?;
        for column in 0..nested.columns().count() {
            let _ = nested.get::<Option<i32>>(column);
            let _ = nested.get::<Option<&str>>(column);
            let _ = nested.get::<Option<Row<'_>>>(column);
        }
        let _ = nested.get::<i32>(usize::MAX);
        let _ = nested.get::<i32>("no such");
        Ok(())
    }),
];

fn get<T: for<'r> FromDatum<'r>>(row: &Row<'_>) -> Result<()> {
    row.get::<T>(0).map(drop)
}

/// The server shows a parameter as this text.
fn shown(worker: &mut Attacker, value: &dyn ToDatum, text: &str) -> Result<()> {
    let read: Option<String> =
        worker.transaction(|tx| tx.query_one("select $1::text", &[value]))?;
    ensure_eq!(read.as_deref().unwrap_or("NULL"), text);
    Ok(())
}

/// The layer or the server refuses a parameter.
fn refused(worker: &mut Attacker, value: &dyn ToDatum) -> Result<()> {
    let read: Result<Option<String>> =
        worker.transaction(|tx| tx.query_one("select $1::text", &[value]));
    error(read).map(drop)
}

type Body = fn(&mut Attacker) -> Result<()>;

const PASSED: &[(&str, Expect, Body)] = &[
    ("i16_min", Expect::Value, |w| shown(w, &i16::MIN, "-32768")),
    ("i64_min", Expect::Value, |w| {
        shown(w, &i64::MIN, "-9223372036854775808")
    }),
    ("nan", Expect::Value, |w| shown(w, &f64::NAN, "NaN")),
    ("negative_zero", Expect::Value, |w| {
        shown(w, &-0.0_f64, "-0")
    }),
    ("infinity", Expect::Value, |w| {
        shown(w, &f32::INFINITY, "Infinity")
    }),
    ("nul", Expect::Value, |w| refused(w, &"a\0b")),
    ("empty", Expect::Value, |w| shown(w, &"", "")),
    ("none", Expect::Value, |w| shown(w, &None::<i32>, "NULL")),
    ("crab", Expect::Value, |w| {
        shown(w, &"\u{1F980}", "\u{1F980}")
    }),
    ("bytes", Expect::Value, |w| {
        shown(w, &vec![0_u8, 255], "\\x00ff")
    }),
    ("oid", Expect::Value, |w| {
        shown(w, &Oid(u32::MAX), "4294967295")
    }),
    ("date_max", Expect::Survives, |w| {
        shown(w, &Date(i32::MAX - 1), "")
    }),
    ("date_infinity", Expect::Value, |w| {
        shown(w, &Date::INFINITY, "infinity")
    }),
    ("date_too_late", Expect::Value, |w| {
        refused(w, &Date(i32::MAX - 1))
    }),
    ("time_too_late", Expect::Value, |w| {
        refused(w, &Time(i64::MAX))
    }),
    ("time_negative", Expect::Value, |w| refused(w, &Time(-1))),
    ("timestamp_too_late", Expect::Value, |w| {
        refused(w, &Timestamp(i64::MAX - 1))
    }),
    ("timestamptz_too_early", Expect::Value, |w| {
        refused(w, &TimestampTz(i64::MIN + 1))
    }),
    ("timestamptz_infinity", Expect::Value, |w| {
        shown(w, &TimestampTz::NEG_INFINITY, "-infinity")
    }),
    ("json_wrong", Expect::Error("Server 22P02"), |w| {
        shown(w, &Json("{".to_owned()), "")
    }),
    ("json_nul", Expect::Survives, |w| {
        shown(w, &Json("\"\\u0000\"".to_owned()), "")
    }),
    ("array_empty", Expect::Value, |w| {
        shown(w, &Vec::<i32>::new(), "{}")
    }),
    ("array_of_nulls", Expect::Value, |w| {
        shown(w, &vec![None::<i32>; 3], "{NULL,NULL,NULL}")
    }),
    ("array_of_texts", Expect::Value, |w| {
        shown(
            w,
            &vec!["a,b", "\"", "\\", "NULL", ""],
            "{\"a,b\",\"\\\"\",\"\\\\\",\"NULL\",\"\"}",
        )
    }),
    ("array_with_nul", Expect::Value, |w| {
        refused(w, &vec!["a\0b"])
    }),
    ("array_long", Expect::Value, |w| {
        let many: Vec<i32> = (0..1_000_000).collect();
        let sum: i64 =
            w.transaction(|tx| tx.query_one("select sum(a) from unnest($1::int[]) a", &[&many]))?;
        ensure_eq!(sum, 499_999_500_000);
        Ok(())
    }),
    ("megabytes", Expect::Value, |w| {
        let text = "x".repeat(5 << 20);
        let length: i32 = w.transaction(|tx| tx.query_one("select length($1)", &[&text]))?;
        ensure_eq!(length, 5 << 20);
        Ok(())
    }),
    ("too_few", Expect::Survives, |w| {
        w.transaction(|tx| tx.execute("select $1::int, $2::int", &[&1]).map(drop))
    }),
    ("too_many", Expect::Survives, |w| {
        w.transaction(|tx| tx.execute("select 1", &[&1, &2]).map(drop))
    }),
    ("of_another_type", Expect::Survives, |w| {
        w.transaction(|tx| tx.execute("select $1::uuid", &[&1]).map(drop))
    }),
    ("plan_too_few", Expect::Refused, |w| {
        w.transaction(|tx| {
            let plan = tx.prepare::<(i32, i32)>("select $1 + $2")?;
            tx.execute(&plan, &[&1]).map(drop)
        })
    }),
    ("plan_of_another_type", Expect::Refused, |w| {
        w.transaction(|tx| {
            let plan = tx.prepare::<(i32,)>("select $1")?;
            tx.execute(&plan, &[&"text"]).map(drop)
        })
    }),
];
