//! What goes into SQL and comes out.

use crate::check::*;
use postgres_bgworker::sql::TimestampTz;

pub(crate) const CASES: &[(&str, Case)] = cases![
    scalars_round_trip,
    texts_and_bytes_round_trip,
    nulls_are_options,
    toasted_text_comes_back_whole,
    wrong_reads_say_what_is_wrong,
    many_rows,
    nul_is_refused_and_nothing_is_lost,
];

fn scalars_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    macro_rules! round_trip {
        ($tx:expr, $type:ty: $($value:expr),*) => {$(
            let value: $type = $value;
            let back: $type = $tx.query_one("select $1", &[&value])?;
            ensure_eq!(back, value);
        )*};
    }
    worker.transaction(|tx| {
        round_trip!(tx, bool: true, false);
        round_trip!(tx, i16: 0, -1, i16::MIN, i16::MAX);
        round_trip!(tx, i32: 0, -1, i32::MIN, i32::MAX);
        round_trip!(tx, i64: 0, -1, i64::MIN, i64::MAX);
        round_trip!(tx, f32: 0.0, -1.5, f32::MIN, f32::MAX, f32::INFINITY);
        round_trip!(tx, f64: 0.0, -1.5, f64::MIN, f64::MAX, f64::NEG_INFINITY);
        round_trip!(tx, Oid: Oid::INVALID, Oid(u32::MAX));
        round_trip!(tx, TimestampTz: TimestampTz(0), TimestampTz(-1), TimestampTz(i64::MAX));
        // The server understands them, too.
        ensure!(tx.query_one::<bool>(
            "select $1 = (-32768)::int2 and $2 = 'infinity'::timestamptz",
            &[&i16::MIN, &TimestampTz(i64::MAX)]
        )?);
        ensure!(tx.query_one::<bool>(
            "select $1 = 1.5::float8 and $2 = (-1.5)::float4",
            &[&1.5f64, &-1.5f32]
        )?);
        Ok(())
    })
}

fn texts_and_bytes_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let long = "x".repeat(1_000_000);
        for text in ["", "a", "æøå €  𝄞", long.as_str()] {
            ensure_eq!(
                tx.query_one::<String>("select $1", &[&text])?,
                text.to_string()
            );
            ensure_eq!(
                tx.query_one::<i32>("select octet_length($1)", &[&text])?,
                text.len() as i32
            );
        }
        let bytes: Vec<u8> = (0..=255).collect();
        ensure_eq!(tx.query_one::<Vec<u8>>("select $1", &[&bytes])?, bytes);
        let rows = tx.query(
            "select 'borrowed'::text, '\\x00ff'::bytea, 'v'::varchar(3), '{}'::json",
            &[],
        )?;
        for row in rows.iter() {
            ensure_eq!(row.get::<&str>(0)?, "borrowed");
            ensure_eq!(row.get::<&[u8]>(1)?, [0u8, 255]);
            ensure_eq!(row.get::<&str>(2)?, "v");
            ensure_eq!(row.get::<&str>(3)?, "{}");
        }
        Ok(())
    })
}

fn nulls_are_options(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        ensure_eq!(
            tx.query_one::<Option<i32>>("select $1", &[&None::<i32>])?,
            None
        );
        ensure_eq!(
            tx.query_one::<Option<i32>>("select $1", &[&Some(3)])?,
            Some(3)
        );
        ensure_eq!(
            tx.query_one::<Option<String>>("select $1", &[&None::<&str>])?,
            None
        );
        ensure_eq!(
            error(tx.query_one::<i32>("select null::int4", &[]))?.kind(),
            ErrorKind::UnexpectedNull
        );
        // That was an error of the reader, not of the server: the transaction goes on.
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn toasted_text_comes_back_whole(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "create temporary table toasted (plain text, packed text)",
            &[],
        )?;
        tx.execute("alter table toasted alter plain set storage external", &[])?;
        let long: String = (0..300_000)
            .map(|n| char::from(b'a' + (n % 26) as u8))
            .collect();
        tx.execute("insert into toasted values ($1, $1)", &[&long])?;
        for row in tx.query("select * from toasted", &[])?.iter() {
            ensure!(row.get::<&str>("plain")? == long);
            ensure!(row.get::<String>("packed")? == long);
        }
        Ok(())
    })
}

fn wrong_reads_say_what_is_wrong(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query("select 1 as one, 'x'::text as two", &[])?;
        ensure_eq!(rows.columns().collect::<Vec<_>>(), ["one", "two"]);
        for row in rows.iter() {
            let mismatch = error(row.get::<i64>("one"))?;
            ensure_eq!(mismatch.kind(), ErrorKind::TypeMismatch);
            ensure!(mismatch.message().contains("one") && mismatch.hint().is_some());
            let missing = error(row.get::<i32>("three"))?;
            ensure_eq!(missing.kind(), ErrorKind::NotFound);
            ensure!(
                missing
                    .detail()
                    .is_some_and(|detail| detail.contains("one, two"))
            );
            ensure_eq!(error(row.get::<i32>(2))?.kind(), ErrorKind::NotFound);
        }
        ensure_eq!(
            error(tx.query_one::<i32>("select 1 where false", &[]))?.kind(),
            ErrorKind::NotFound
        );
        ensure_eq!(
            error(tx.query_one::<i32>("values (1), (2)", &[]))?.kind(),
            ErrorKind::NotFound
        );
        ensure!(tx.query("select", &[])?.len() == 1);
        ensure!(tx.query("set local work_mem = '5MB'", &[])?.is_empty());
        Ok(())
    })
}

fn many_rows(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query(
            "select n, n::text as name from generate_series(1, 100000) n",
            &[],
        )?;
        ensure_eq!(rows.len(), 100_000);
        let mut sum = 0i64;
        for row in rows.iter() {
            sum += i64::from(row.get::<i32>("n")?) + row.get::<&str>("name")?.parse::<i64>()?;
        }
        ensure_eq!(sum, 2 * 5_000_050_000);
        // A second result while the first one is open.
        ensure_eq!(tx.query_one::<i32>("select 7", &[])?, 7);
        ensure_eq!(
            rows.iter()
                .last()
                .map(|row| row.get::<i32>(0))
                .transpose()?,
            Some(100_000)
        );
        Ok(())
    })
}

fn nul_is_refused_and_nothing_is_lost(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        ensure_eq!(
            error(tx.execute("select 1 \0 drop table x", &[]))?.kind(),
            ErrorKind::InteriorNul
        );
        ensure_eq!(
            error(tx.query_one::<String>("select $1", &[&"a\0b"]))?.kind(),
            ErrorKind::InteriorNul
        );
        tx.log("a NUL \0 in a message");
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}
