//! Values that are more than words and texts.

use crate::check::*;
use postgres_bgworker::{
    error::SqlState,
    sql::{
        Date, Element, FromDatum, Interval, Json, Numeric, Row, SqlType, Time, Timestamp,
        TimestampTz, ToDatum, Uuid,
    },
};
use std::fmt::Debug;

pub(crate) const CASES: &[(&str, Case)] = cases![
    types_are_known_by_their_right_numbers,
    arrays_round_trip,
    arrays_that_cannot_be_read,
    numerics_round_trip,
    json_round_trips,
    uuids_and_intervals_round_trip,
    dates_and_times_round_trip,
    times_out_of_range_are_refused,
    enums_and_names_are_texts,
    composites_are_rows,
    younger_columns_have_their_defaults,
    typed_rows,
    columns_are_found_by_name,
];

fn types_are_known_by_their_right_numbers(worker: &mut Worker<Connected>) -> Result<()> {
    fn names<T: Element>(name: &str) -> (&str, Oid, Oid) {
        (name, T::OID, T::ARRAY)
    }
    worker.transaction(|tx| {
        for (name, scalar, array) in [
            names::<bool>("bool"),
            names::<i16>("int2"),
            names::<i32>("int4"),
            names::<i64>("int8"),
            names::<f32>("float4"),
            names::<f64>("float8"),
            names::<Oid>("oid"),
            names::<&str>("text"),
            names::<String>("text"),
            names::<Vec<u8>>("bytea"),
            names::<&[u8]>("bytea"),
            names::<Numeric>("numeric"),
            names::<Json>("jsonb"),
            names::<Uuid>("uuid"),
            names::<Date>("date"),
            names::<Time>("time"),
            names::<Timestamp>("timestamp"),
            names::<TimestampTz>("timestamptz"),
            names::<Interval>("interval"),
            names::<Option<i32>>("int4"),
        ] {
            let (oid, typarray) = tx
                .query_as::<(Oid, Oid)>("select oid, typarray from pg_type where typname = $1 and typnamespace = 'pg_catalog'::regnamespace", &[&name])?[0];
            ensure_eq!((name, scalar, array), (name, oid, typarray));
        }
        ensure_eq!(<Vec<i32> as SqlType>::OID, <i32 as Element>::ARRAY);
        Ok(())
    })
}

fn round_trip<T>(tx: &Transaction<'_>, value: T, text: &str) -> Result<()>
where
    T: ToDatum + PartialEq + Debug + for<'r> FromDatum<'r>,
{
    let back: T = tx.query_one("select $1", &[&value])?;
    ensure_eq!(back, value);
    let seen: String = tx.query_one("select $1::text", &[&value])?;
    ensure_eq!(seen, text);
    Ok(())
}

fn arrays_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        round_trip(tx, vec![1, -2, i32::MAX], "{1,-2,2147483647}")?;
        round_trip(tx, Vec::<i32>::new(), "{}")?;
        round_trip(tx, vec![Some(1i64), None, Some(3)], "{1,NULL,3}")?;
        round_trip(tx, vec![None::<String>, None], "{NULL,NULL}")?;
        round_trip(tx, vec![true, false], "{t,f}")?;
        round_trip(tx, vec![1.5f32, f32::NAN.copysign(1.0)].split_off(2), "{}")?;
        round_trip(tx, vec![1.5f64, f64::INFINITY], "{1.5,Infinity}")?;
        round_trip(tx, vec!["a,b".to_string(), String::new(), "NULL".to_string()], "{\"a,b\",\"\",\"NULL\"}")?;
        round_trip(tx, vec![vec![0u8, 255], vec![]], "{\"\\\\x00ff\",\"\\\\x\"}")?;
        round_trip(tx, vec!["1.50".parse::<Numeric>()?], "{1.50}")?;
        round_trip(tx, vec![Uuid([1; 16])], "{01010101-0101-0101-0101-010101010101}")?;
        round_trip(tx, vec![Date(0), Date::INFINITY], "{2000-01-01,infinity}")?;
        round_trip(tx, Some(vec![7i16]), "{7}")?;
        ensure_eq!(tx.query_one::<Option<Vec<i32>>>("select $1", &[&None::<Vec<i32>>])?, None);
        // Between other parameters, long, and borrowed.
        let long: Vec<i64> = (0..100_000).collect();
        let texts = ["x", "y"];
        let rows = tx.query(
            "select $1::text, $2, cardinality($2), $3, $4::int",
            &[&"before", &long.as_slice(), &texts.as_slice(), &9],
        )?;
        for row in rows.typed::<(&str, Vec<i64>, i32, Vec<&str>, i32)>()? {
            let (before, numbers, cardinality, texts, after) = row?;
            ensure_eq!((before, cardinality, after), ("before", 100_000, 9));
            ensure!(numbers == long);
            ensure_eq!(texts, ["x", "y"]);
        }
        // Toasted, with other bounds, and of types that are read as text.
        let bounds = tx.query_one::<Vec<i32>>("select '[5:6]={1,2}'::int[]", &[])?;
        ensure_eq!(bounds, [1, 2]);
        ensure_eq!(
            tx.query_one::<Vec<String>>("select array['a'::name, 'b']", &[])?,
            ["a", "b"]
        );
        tx.execute("create temporary table toasted_arrays (a int[]) on commit drop", &[])?;
        tx.execute("insert into toasted_arrays select array_agg(n % 100) from generate_series(1, 100000) n", &[])?;
        let back: Vec<Option<i32>> = tx.query_one("select a from toasted_arrays", &[])?;
        ensure!(back.len() == 100_000 && back[98] == Some(99));
        Ok(())
    })
}

fn arrays_that_cannot_be_read(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let dimensions = error(tx.query_one::<Vec<i32>>("select array[[1, 2], [3, 4]]", &[]))?;
        ensure_eq!(dimensions.kind(), ErrorKind::TypeMismatch);
        ensure!(dimensions.message().contains("2 dimensions"));
        ensure!(
            dimensions
                .hint()
                .is_some_and(|hint| hint.contains("unnest"))
        );
        let elements = error(tx.query_one::<Vec<i64>>("select array[1, 2]", &[]))?;
        ensure_eq!(elements.kind(), ErrorKind::TypeMismatch);
        ensure!(elements.message().contains("integer[]"));
        for sql in [
            "select 1",
            "select 'a'::text",
            "select '\\x00'::bytea",
            "select row(1)",
        ] {
            let scalar = error(tx.query_one::<Vec<i32>>(sql, &[]))?;
            ensure_eq!(scalar.kind(), ErrorKind::TypeMismatch);
        }
        ensure_eq!(
            error(tx.query_one::<i32>("select array[1]", &[]))?.kind(),
            ErrorKind::TypeMismatch
        );
        let null = error(tx.query_one::<Vec<i32>>("select array[1, null]", &[]))?;
        ensure_eq!(null.kind(), ErrorKind::UnexpectedNull);
        let nul = error(tx.query_one::<Vec<String>>("select $1", &[&vec!["a", "b\0"]]))?;
        ensure_eq!(nul.kind(), ErrorKind::InteriorNul);
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn numerics_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let long = format!("-{}.{}", "9".repeat(500), "1".repeat(500));
        for text in ["0", "12.50", "-0.001", "NaN", long.as_str()] {
            round_trip(tx, text.parse::<Numeric>()?, text)?;
        }
        round_trip(tx, Numeric::from(i128::MAX), &i128::MAX.to_string())?;
        let written: Numeric = tx.query_one("select $1", &[&"1e5".parse::<Numeric>()?])?;
        ensure_eq!(written.as_str(), "100000");
        ensure_eq!(
            "1,5".parse::<Numeric>().map_err(|error| error.kind()),
            Err(ErrorKind::Invalid)
        );
        // Infinities are the server's since 14; before, it says that they are none.
        let infinity =
            tx.savepoint(|tx| round_trip(tx, "-Infinity".parse::<Numeric>()?, "-Infinity"));
        let since: i32 = tx.query_one("select current_setting('server_version_num')::int", &[])?;
        match infinity {
            Ok(()) => ensure!(since >= 140_000),
            Err(error) => {
                ensure!(since < 140_000);
                ensure_eq!(error.sqlstate(), SqlState::new("22P02"));
            }
        }
        Ok(())
    })
}

fn json_round_trips(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        round_trip(
            tx,
            Json("{\"a\": [1, null, \"ü\"]}".to_string()),
            "{\"a\": [1, null, \"ü\"]}",
        )?;
        let json: Json = tx.query_one("select '{\"a\" :1}'::json", &[])?;
        ensure_eq!(json.0, "{\"a\" :1}");
        ensure!(tx.query_one::<bool>("select $1 @> '[2]'", &[&Json("[1, 2]".to_string())])?);
        let failure = error(tx.savepoint(|tx| tx.execute("select $1", &[&Json("{".to_string())])))?;
        ensure_eq!(failure.sqlstate(), SqlState::new("22P02"));
        ensure_eq!(
            error(tx.execute("select $1", &[&Json("\0".to_string())]))?.kind(),
            ErrorKind::InteriorNul
        );
        Ok(())
    })
}

fn uuids_and_intervals_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let uuid = Uuid(std::array::from_fn(|at| at as u8 * 17));
        round_trip(tx, uuid, &uuid.to_string())?;
        let interval = |months, days, microseconds| Interval {
            months,
            days,
            microseconds,
        };
        round_trip(
            tx,
            interval(14, -3, 1),
            "1 year 2 mons -3 days +00:00:00.000001",
        )?;
        round_trip(tx, interval(0, 0, 0), "00:00:00")?;
        round_trip(
            tx,
            Interval::try_from(Duration::from_millis(1500))?,
            "00:00:01.5",
        )?;
        let since: i32 = tx.query_one("select current_setting('server_version_num')::int", &[])?;
        if since >= 170_000 {
            round_trip(tx, Interval::INFINITY, "infinity")?;
            round_trip(tx, Interval::NEG_INFINITY, "-infinity")?;
        }
        // Unaligned in its tuple.
        let rows = tx.query("select true, $1, true, $2", &[&uuid, &interval(1, 2, 3)])?;
        for row in rows.iter() {
            ensure_eq!(row.get::<Uuid>(1)?, uuid);
            ensure_eq!(row.get::<Interval>(3)?, interval(1, 2, 3));
        }
        Ok(())
    })
}

fn dates_and_times_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "set local time zone 'UTC'; set local datestyle = 'ISO'",
            &[],
        )?;
        round_trip(tx, Date(0), "2000-01-01")?;
        round_trip(tx, Date(-1), "1999-12-31")?;
        round_trip(tx, Date(-2_451_545), "4714-11-24 BC")?;
        round_trip(tx, Date(2_145_031_948), "5874897-12-31")?;
        round_trip(tx, Date::INFINITY, "infinity")?;
        round_trip(tx, Date::NEG_INFINITY, "-infinity")?;
        round_trip(tx, Time(0), "00:00:00")?;
        round_trip(tx, Time(1), "00:00:00.000001")?;
        round_trip(tx, Time(86_400_000_000), "24:00:00")?;
        let first = -211_813_488_000_000_000;
        let last = 9_223_371_331_199_999_999;
        round_trip(tx, Timestamp(0), "2000-01-01 00:00:00")?;
        round_trip(tx, Timestamp(first), "4714-11-24 00:00:00 BC")?;
        round_trip(tx, Timestamp(last), "294276-12-31 23:59:59.999999")?;
        round_trip(tx, Timestamp::NEG_INFINITY, "-infinity")?;
        round_trip(tx, TimestampTz(first), "4714-11-24 00:00:00+00 BC")?;
        round_trip(tx, TimestampTz(last), "294276-12-31 23:59:59.999999+00")?;
        round_trip(tx, TimestampTz::INFINITY, "infinity")?;
        // With and without time zone are different types.
        ensure_eq!(
            error(tx.query_one::<Timestamp>("select now()", &[]))?.kind(),
            ErrorKind::TypeMismatch
        );
        ensure_eq!(
            error(tx.query_one::<TimestampTz>("select localtimestamp", &[]))?.kind(),
            ErrorKind::TypeMismatch
        );
        Ok(())
    })
}

fn times_out_of_range_are_refused(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let values: &[&dyn ToDatum] = &[
            &Date(-2_451_546),
            &Date(2_145_031_949),
            &Time(-1),
            &Time(86_400_000_001),
            &Timestamp(-211_813_488_000_000_001),
            &Timestamp(i64::MAX - 1),
            &TimestampTz(i64::MIN + 1),
            &vec![TimestampTz(9_223_371_331_200_000_000)],
        ];
        for value in values {
            let refused = error(tx.execute("select $1", &[*value]))?;
            ensure_eq!(refused.kind(), ErrorKind::Invalid);
            ensure!(refused.message().contains("outside"));
        }
        // The server has not seen them.
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn enums_and_names_are_texts(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create type mood as enum ('sad', 'ok', 'très bien')", &[])?;
        let rows = tx.query(
            "select 'très bien'::mood as mood, null::mood as none, current_database() as name, array['ok'::mood, 'sad'] as moods",
            &[],
        )?;
        for row in rows.iter() {
            ensure_eq!(row.get::<&str>("mood")?, "très bien");
            ensure_eq!(row.get::<String>("mood")?, "très bien");
            ensure_eq!(row.get::<Option<&str>>("none")?, None);
            ensure_eq!(row.get::<&str>("name")?, "postgres");
            ensure_eq!(row.get::<Vec<&str>>("moods")?, ["ok", "sad"]);
            ensure_eq!(error(row.get::<i32>("mood"))?.kind(), ErrorKind::TypeMismatch);
        }
        ensure!(tx.query_one::<bool>("select $1::text::mood = 'ok'", &[&"ok"])?);
        // Other types of one's own are not taken for texts.
        tx.execute("create type pair as (a int, b int)", &[])?;
        ensure_eq!(
            error(tx.query_one::<String>("select row(1, 2)::pair", &[]))?.kind(),
            ErrorKind::TypeMismatch
        );
        Err::<(), _>(Error::other("undo"))
    })
    .or_else(|error| match error.message() {
        "undo" => Ok(()),
        _ => Err(error),
    })
}

fn composites_are_rows(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create type inner_part as (label text, size numeric)", &[])?;
        tx.execute("create temporary table parts (id int, part inner_part, tags text[])", &[])?;
        tx.execute(
            "insert into parts values (1, row(repeat('x', 10000), 1.5), array['a']), (2, null, null), (3, row(null, null), '{}')",
            &[],
        )?;
        let rows = tx.query("select parts as whole, row(1, 'two'::text) as made from parts order by id", &[])?;
        let mut labels = vec![];
        for row in rows.iter() {
            let whole: Row<'_> = row.get("whole")?;
            ensure_eq!(whole.columns().collect::<Vec<_>>(), ["id", "part", "tags"]);
            let id: i32 = whole.get("id")?;
            let part: Option<Row<'_>> = whole.get("part")?;
            let label: Option<&str> = part.map(|part| part.get("label")).transpose()?.flatten();
            labels.push((id, label.map(str::len)));
            if id == 1 {
                let part = part.ok_or_else(|| Error::other("a part"))?;
                let size: Numeric = part.get("size")?;
                ensure_eq!(size.as_str(), "1.5");
                ensure_eq!(whole.get::<Vec<String>>(2)?, ["a"]);
                ensure_eq!(error(part.get::<i32>("color"))?.kind(), ErrorKind::NotFound);
                ensure_eq!(error(part.get::<i32>("label"))?.kind(), ErrorKind::TypeMismatch);
                ensure_eq!(error(part.get::<i32>(2))?.kind(), ErrorKind::NotFound);
            }
            // An anonymous record: its fields have no names of their own.
            let made: Row<'_> = row.get("made")?;
            ensure_eq!((made.get::<i32>(0)?, made.get::<&str>("f2")?), (1, "two"));
            ensure_eq!(error(row.get::<Row<'_>>("made").and_then(|row| row.get::<i32>(9)))?.kind(), ErrorKind::NotFound);
        }
        ensure_eq!(labels, [(1, Some(10_000)), (2, None), (3, None)]);
        ensure_eq!(error(tx.query("select 1 as one", &[])?.iter().try_for_each(|row| row.get::<Row<'_>>(0).map(drop)))?.kind(), ErrorKind::TypeMismatch);
        let all = tx.query("select array_agg(part) as parts from parts where part is not null", &[])?;
        for row in all.iter() {
            let parts: Vec<Row<'_>> = row.get("parts")?;
            ensure_eq!(parts.len(), 1);
            ensure_eq!(parts[0].get::<&str>("label")?.len(), 10_000);
        }
        Err::<(), _>(Error::other("undo"))
    })
    .or_else(|error| match error.message() {
        "undo" => Ok(()),
        _ => Err(error),
    })
}

fn younger_columns_have_their_defaults(worker: &mut Worker<Connected>) -> Result<()> {
    worker
        .transaction(|tx| {
            tx.execute("create table aged (id int, gone text)", &[])?;
            tx.execute("insert into aged values (1, 'x')", &[])?;
            tx.execute("create type grows as (a int)", &[])?;
            tx.execute("create table holder (value grows)", &[])?;
            tx.execute("insert into holder values (row(1))", &[])?;
            // The stored value has one field, its type now has three.
            tx.execute(
                "alter type grows add attribute b text, add attribute c int",
                &[],
            )?;
            for row in tx.query("select value from holder", &[])?.iter() {
                let value: Row<'_> = row.get("value")?;
                ensure_eq!(
                    (value.get::<i32>("a")?, value.get::<Option<i32>>("c")?),
                    (1, None)
                );
                ensure_eq!(
                    error(value.get::<i32>("c"))?.kind(),
                    ErrorKind::UnexpectedNull
                );
            }
            tx.execute(
                "alter table aged add b text default 'young', drop gone",
                &[],
            )?;
            for sql in [
                "select * from aged",
                "select aged.* from aged",
                "select id, b from aged",
            ] {
                let rows = tx.query(sql, &[])?;
                for row in rows.iter() {
                    ensure_eq!((row.get::<i32>("id")?, row.get::<&str>("b")?), (1, "young"));
                }
            }
            for row in tx.query("select aged as whole from aged", &[])?.iter() {
                let whole: Row<'_> = row.get("whole")?;
                ensure_eq!(
                    (whole.get::<i32>("id")?, whole.get::<Option<&str>>("b")?),
                    (1, Some("young"))
                );
                ensure_eq!(
                    error(whole.get::<Option<&str>>("gone"))?.kind(),
                    ErrorKind::NotFound
                );
            }
            Err::<(), _>(Error::other("undo"))
        })
        .or_else(|error| match error.message() {
            "undo" => Ok(()),
            _ => Err(error),
        })
}

fn typed_rows(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let sql = "select n, case when n % 2 = 0 then n::text end from generate_series(1, 1000) n";
        let rows = tx.query_as::<(i32, Option<String>)>(sql, &[])?;
        ensure_eq!(
            (rows.len(), rows[1].clone()),
            (1000, (2, Some("2".to_string())))
        );
        let count = error(tx.query_as::<(i32,)>(sql, &[]))?;
        ensure_eq!(count.kind(), ErrorKind::TypeMismatch);
        ensure!(count.message().contains("2 columns"));
        let kind = error(tx.query_as::<(i64, Option<String>)>(sql, &[]))?;
        ensure!(kind.message().contains("is integer"));
        ensure_eq!(
            error(tx.query_as::<(i32, String)>(sql, &[]))?.kind(),
            ErrorKind::UnexpectedNull
        );
        // Columns are checked also where there is no row; a statement without a result has no columns.
        let empty = "select 1, 2 where false";
        ensure!(tx.query_as::<(i32, i32)>(empty, &[])?.is_empty());
        ensure!(tx.query_as::<(i32, i64)>(empty, &[]).is_err());
        ensure!(
            tx.query_as::<(i32, i32)>("set local work_mem = '4MB'", &[])?
                .is_empty()
        );
        let wide = tx.query_as::<(i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32)>(
            "select 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
            &[],
        )?;
        ensure_eq!((wide[0].0, wide[0].11), (1, 12));
        Ok(())
    })
}

fn columns_are_found_by_name(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query(
            "select 1 as \"größe\", 2 as twice, 3 as twice, 4 as \"Big\"",
            &[],
        )?;
        for row in rows.iter() {
            ensure_eq!(row.get::<i32>("größe")?, 1);
            ensure_eq!(row.get::<i32>("twice")?, 2);
            ensure_eq!(row.get::<i32>("Big")?, 4);
            ensure_eq!(error(row.get::<i32>("big"))?.kind(), ErrorKind::NotFound);
        }
        Ok(())
    })
}
