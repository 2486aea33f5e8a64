//! Statements that begin, end or change what a transaction rests on, each in each way of running one.

use crate::prelude::*;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (way, run) in WAYS {
        for (name, text) in TEXTS {
            let name = format!("text_{way}_{name}");
            let body = move |w: &mut Attacker| {
                let outcome = w.transaction(|tx| run(tx, text));
                // Again: the first one may have left something behind.
                let again = w.transaction(|tx| run(tx, text));
                works(w)?;
                outcome.and(again)
            };
            all.push(Attack::stays(name, Expect::Survives, body).family(way));
        }
    }
    all
}

type Way = fn(&mut Transaction<'_>, &str) -> Result<()>;

/// How a statement runs. What comes after it is as it must be: an error without a call, or a result.
const WAYS: &[(&str, Way)] = &[
    ("execute", |tx, sql| {
        let first = tx.execute(sql, &[]).map(drop);
        then(tx, first)
    }),
    ("query", |tx, sql| {
        let first = tx.query(sql, &[]).map(drop);
        then(tx, first)
    }),
    ("cursor", |tx, sql| {
        let first = tx.cursor(sql, &[]).and_then(|mut cursor| {
            let rows = cursor.fetch(1)?;
            drop(rows);
            cursor.fetch(10).map(drop)
        });
        then(tx, first)
    }),
    ("prepare", |tx, sql| {
        let first = tx.prepare::<()>(sql).and_then(|plan| {
            tx.execute(&plan, &[])?;
            tx.execute(&plan, &[]).map(drop)
        });
        then(tx, first)
    }),
    ("savepoint", |tx, sql| {
        let first = tx.savepoint(|inner| inner.execute(sql, &[]).map(drop));
        let two: i32 = tx.query_one("select 1 + 1", &[])?;
        ensure_eq!(two, 2);
        first
    }),
];

/// A statement has failed, or it has not.
fn then(tx: &Transaction<'_>, first: Result<()>) -> Result<()> {
    let next = tx.query_one::<i32>("select 1 + 1", &[]);
    match (first, next) {
        (Ok(()), Ok(two)) => {
            ensure_eq!(two, 2);
            Ok(())
        }
        (Err(first), Err(_)) => Err(first),
        // What the layer refuses does not end the transaction.
        (Err(first), Ok(_)) if first.kind() != ErrorKind::Server => Err(first),
        (first, next) => Err(wrong(line!(), format!("{first:?}, and then {next:?}"))),
    }
}

const TEXTS: &[(&str, &str)] = &[
    ("begin", "begin"),
    ("start", "start transaction isolation level serializable"),
    ("commit", "commit"),
    ("commit_chain", "commit and chain"),
    ("end", "end"),
    ("rollback", "rollback"),
    ("rollback_chain", "rollback and chain"),
    ("abort", "abort"),
    ("savepoint", "savepoint s"),
    ("release", "release s"),
    ("release_ours", "release savepoint pgbgw"),
    ("rollback_to", "rollback to s"),
    ("rollback_to_ours", "rollback to savepoint pgbgw"),
    ("prepare_transaction", "prepare transaction 'x'"),
    ("commit_prepared", "commit prepared 'x'"),
    ("rollback_prepared", "rollback prepared 'x'"),
    ("two", "select 1; select 2"),
    ("two_with_commit", "select 1; commit; select 2"),
    ("begin_commit", "begin; commit"),
    ("empty", ""),
    ("blank", "  \n\t "),
    ("semicolons", ";;;"),
    ("comment", "-- nothing"),
    ("open_comment", "/* nothing"),
    ("open_string", "select 'nothing"),
    ("open_dollar", "select $x$nothing"),
    ("nul", "select 1\0"),
    ("do_commit", "do $$ begin commit; end $$"),
    ("do_rollback", "do $$ begin rollback; end $$"),
    ("do_nothing", "do $$ begin null; end $$"),
    ("do_raise", "do $$ begin raise 'no'; end $$"),
    (
        "do_caught",
        "do $$ begin perform 1 / 0; exception when others then null; end $$",
    ),
    (
        "do_fatal_level",
        "do $$ begin raise exception 'no' using errcode = '57P01'; end $$",
    ),
    ("do_warning", "do $$ begin raise warning 'w'; end $$"),
    (
        "do_loop",
        "do $$ begin for i in 1..3 loop perform pg_sleep(0.001); end loop; end $$",
    ),
    ("call", "call nothing()"),
    ("copy_to_stdout", "copy (select 1) to stdout"),
    ("copy_from_stdin", "copy pg_temp.t from stdin"),
    ("copy_to_file", "copy (select 1) to '/nowhere/file'"),
    ("copy_program", "copy (select 1) to program 'exit 1'"),
    ("listen", "listen attacks"),
    ("unlisten", "unlisten *"),
    ("notify", "notify attacks"),
    ("discard_all", "discard all"),
    ("discard_plans", "discard plans"),
    ("discard_temp", "discard temp"),
    ("discard_sequences", "discard sequences"),
    ("deallocate", "deallocate all"),
    ("prepare", "prepare p as select 1"),
    ("execute", "execute p"),
    ("vacuum", "vacuum"),
    ("analyze", "analyze pg_class"),
    ("cluster", "cluster"),
    ("reindex", "reindex database postgres"),
    ("create_database", "create database another"),
    ("drop_database", "drop database latin1"),
    (
        "create_index_concurrently",
        "create index concurrently i on pg_class (relname)",
    ),
    ("alter_system", "alter system set work_mem = '1MB'"),
    ("checkpoint", "checkpoint"),
    ("load", "load 'plpgsql'"),
    ("load_missing", "load 'missing'"),
    (
        "set_transaction",
        "set transaction isolation level serializable",
    ),
    ("set_read_only", "set transaction read only"),
    ("set_role", "set role pg_monitor"),
    ("set_local_role", "set local role pg_monitor"),
    (
        "set_session_authorization",
        "set session authorization default",
    ),
    ("reset_all", "reset all"),
    ("set_search_path", "set search_path = nowhere"),
    ("set_encoding", "set client_encoding = 'LATIN1'"),
    ("set_constraints", "set constraints all immediate"),
    ("declare", "declare c cursor for select 1"),
    (
        "declare_hold",
        "declare ch cursor with hold for select generate_series(1, 1000)",
    ),
    ("fetch", "fetch all from c"),
    ("move", "move all from c"),
    ("close_all", "close all"),
    ("close", "close c"),
    ("lock", "lock table pg_class in access share mode"),
    ("temp_table", "create temp table t (a int) on commit drop"),
    ("explain_analyze", "explain analyze select 1"),
    ("show", "show all"),
    ("select_into", "select 1 as a into temp table into_t"),
    ("terminate_other", "select pg_terminate_backend(0)"),
    ("advisory", "select pg_advisory_xact_lock(1234567)"),
    ("export_snapshot", "select pg_export_snapshot()"),
    (
        "set_snapshot",
        "set transaction snapshot '00000000-00000000-1'",
    ),
    ("currtid", "select ctid, xmin from pg_class limit 1"),
    (
        "recursion",
        "with recursive r as (select 1 union all select * from r) select * from r limit 10",
    ),
    ("stack", "select repeat('(', 20000)::text::xml"),
    (
        "set_config_timeout",
        "select set_config('statement_timeout', '1', true)",
    ),
    (
        "into_outside",
        "create temp table cc as select generate_series(1, 100) a",
    ),
];
