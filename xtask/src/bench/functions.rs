//! The rows that call functions of the libraries in a session.

use super::libraries::Implementation;
use super::rows::Row;
use super::stats::summary;
use pg_scratch::Result;
use postgres::Client;
use postgres::error::SqlState;
use std::time::Instant;

/// The beginning of the names of these rows.
pub(super) const PREFIX: &str = "function_";

/// Each function: its arguments and its result in SQL.
const FUNCTIONS: [(&str, &str); 4] = [
    ("bench_add", "(a int, b int) returns int"),
    ("bench_echo", "(value text) returns text"),
    (
        "bench_pair",
        "(a int, b int, out sum int, out product bigint) returns record",
    ),
    ("bench_numbers", "(last int) returns setof int"),
];

/// Creates the functions of a library in a schema of its own. A library that has none is left
/// alone.
pub(super) fn create(client: &mut Client, who: Implementation) -> Result<()> {
    let schema = who.library();
    client.batch_execute(&format!(
        "create schema {schema};
         create type {schema}.pair as (sum int, product bigint);
         create table if not exists bench.text as select repeat('x', 1024) as value;"
    ))?;
    for (name, signature) in FUNCTIONS {
        let symbol = match who {
            Implementation::C => name.to_owned(),
            Implementation::Safe => format!("bgworker_function_{name}"),
            Implementation::Pgrx => format!("{name}_wrapper"),
            _ => return Ok(()),
        };
        // A function of pgrx names the type of its row.
        let signature = if who == Implementation::Pgrx && name == "bench_pair" {
            "(a int, b int) returns bench_pgrx.pair"
        } else {
            signature
        };
        let created = client.batch_execute(&format!(
            "create function {schema}.{name}{signature}
             language c immutable strict parallel safe as '{schema}', '{symbol}'"
        ));
        match created {
            // The library of an earlier revision.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_FUNCTION) => return Ok(()),
            created => created?,
        }
    }
    Ok(())
}

/// Returns the nanoseconds per call or row, with the executor's share; `None` if the library has no
/// such functions.
pub(super) fn measure(client: &mut Client, who: Implementation, row: &Row) -> Result<Option<f64>> {
    let exists = format!(
        "select to_regproc('{}.bench_numbers') is not null",
        who.library()
    );
    if !client.query_one(&exists, &[])?.get::<_, bool>(0) {
        return Ok(None);
    }
    let (schema, n) = (who.library(), row.n);
    let statement = match row.job.trim_start_matches(PREFIX) {
        "int" => format!("select count({schema}.bench_add(i, 1)) from generate_series(1, {n}) i"),
        "text" => format!(
            "select count({schema}.bench_echo(value)) from bench.text, generate_series(1, {n})"
        ),
        "row" => format!("select count({schema}.bench_pair(i, 2)) from generate_series(1, {n}) i"),
        _ => format!("select count(*) from {schema}.bench_numbers({n})"),
    };
    let prepared = client.prepare(&statement)?;
    client.execute(&prepared, &[])?;
    let mut measured = Vec::new();
    for _ in 0..row.times {
        let begin = Instant::now();
        client.execute(&prepared, &[])?;
        measured.push(begin.elapsed().as_nanos() as f64 / n as f64);
    }
    Ok(summary(&measured).map(|summary| summary.median))
}
