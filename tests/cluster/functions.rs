//! Functions that SQL calls, from sessions.

use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, declarations as declarations_of, inspect};
use pg_scratch::Cluster;
use postgres::Client;
use std::time::Duration;
use support::{LONG, assert_no_crash, cluster, library, since};

/// A server with the library, which is not preloaded, and its functions.
fn server() -> (Cluster, Client) {
    let cluster = cluster()
        .library("functions", library("functions"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute("create type public.pair as (a int, b int)")
        .unwrap();
    for text in declarations() {
        let lacks = |name: &str| text.contains(name) && !since(90400);
        if lacks("\"value\" pg_lsn") || lacks("\"value\" jsonb") {
            continue;
        }
        client
            .batch_execute(&text.replace("MODULE_PATHNAME", "functions"))
            .unwrap_or_else(|error| panic!("{}\n{text}", described(&error)));
    }
    (cluster, client)
}

fn declarations() -> Vec<String> {
    let binary = Binary::read(library("functions")).unwrap();
    declarations_of(&binary)
        .into_iter()
        .map(Into::into)
        .collect()
}

/// The error as psql shows it, in one line.
fn described(error: &postgres::Error) -> String {
    let Some(error) = error.as_db_error() else {
        return error.to_string();
    };
    let mut text = format!("{}: {}", error.code().code(), error.message());
    for (label, field) in [
        ("DETAIL", error.detail()),
        ("HINT", error.hint()),
        ("CONTEXT", error.where_()),
    ] {
        if let Some(field) = field {
            text += &format!(" | {label}: {}", field.replace('\n', " / "));
        }
    }
    text
}

/// Waits until a cancel request has taken effect. The server sends the signal twice, and the second
/// one can cancel the next statement.
fn settle(client: &mut Client) {
    for _ in 0..3 {
        run(client, "select pg_sleep(0.05)");
    }
}

/// The rows of a statement, or its error.
fn run(client: &mut Client, sql: &str) -> String {
    match client.simple_query(sql) {
        Err(error) => described(&error),
        Ok(messages) => {
            let rows = messages.iter().filter_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|at| row.get(at).unwrap_or("null").to_string())
                        .collect::<Vec<_>>()
                        .join("|"),
                ),
                _ => None,
            });
            rows.collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn script_is_compared_with_the_library() {
    let binary = Binary::read(library("functions")).unwrap();
    let problems = |script: String| -> Vec<(&str, String)> {
        let against = Against {
            scripts: &[script],
            ..Against::default()
        };
        let problems = inspect(&binary, &against).problems.into_iter();
        problems
            .filter(|problem| problem.code.starts_with("function"))
            .map(|problem| (problem.code, problem.text))
            .collect()
    };
    let script = declarations().join("");
    assert_eq!(problems(script.clone()), []);
    let misspelled = script.replace("'bgworker_function_add'", "'bgworker_function_ad'");
    assert_eq!(
        problems(misspelled),
        [
            ("function-missing", "the script declares add as the symbol bgworker_function_ad, which the library does not export".into()),
            ("function-undeclared", "the script does not declare the function add".into()),
        ]
    );
    let other = "create function init() returns void as 'MODULE_PATHNAME', '_PG_init' language c"
        .to_string();
    // Up to 9.6, a function without a record has the older calling convention.
    let expected = since(100_000).then(|| {
        let text = "the library exports _PG_init, but not pg_finfo__PG_init";
        ("function-without-record", text.into())
    });
    assert_eq!(problems(script + &other), Vec::from_iter(expected));
}

#[test]
fn every_type_is_passed_and_returned() {
    let (cluster, mut client) = server();
    let mut types = vec![
        ("bool", "boolean", vec!["true", "false"]),
        ("char", "\"char\"", vec!["'a'", "''"]),
        ("int2", "int2", vec!["0", "-32768"]),
        ("int4", "int4", vec!["0", "2147483647"]),
        ("int8", "int8", vec!["0", "-9223372036854775808"]),
        ("float4", "float4", vec!["0", "1.5", "'-Infinity'"]),
        ("float8", "float8", vec!["0", "1e300", "'NaN'"]),
        (
            "text",
            "text",
            vec!["''", "'ä'", "repeat('x', 3000)", "repeat(md5('1'), 32768)"],
        ),
        (
            "bytea",
            "bytea",
            vec!["''", "'\\x00ff'", "decode(repeat('00ff', 500000), 'hex')"],
        ),
        ("oid", "oid", vec!["0", "4294967295"]),
        (
            "numeric",
            "numeric",
            vec!["0", "-1.50", "'NaN'", "10::numeric ^ 1000"],
        ),
        (
            "uuid",
            "uuid",
            vec!["'00000000-0000-0000-0000-000000000001'"],
        ),
        (
            "date",
            "date",
            vec!["'2000-01-01'", "'infinity'", "'4713-01-01 BC'"],
        ),
        ("time", "time", vec!["'00:00'", "'23:59:59.999999'"]),
        (
            "timestamp",
            "timestamp",
            vec!["'2000-01-01'", "'-infinity'"],
        ),
        (
            "timestamptz",
            "timestamptz",
            vec!["'2000-01-01 UTC'", "'infinity'"],
        ),
        ("interval", "interval", vec!["'0'", "'1 year -2 days 3 s'"]),
        ("xid", "xid", vec!["'3'"]),
        ("inet", "inet", vec!["'10.0.0.1/8'", "'::1'"]),
        ("int4_array", "int4[]", vec!["'{}'", "'{1,null,3}'"]),
        (
            "text_array",
            "text[]",
            vec!["'{}'", "'{a,null,\"\"}'", "array[repeat('x', 100000)]"],
        ),
    ];
    if since(90400) {
        types.push(("pg_lsn", "pg_lsn", vec!["'0/0'", "'FFFFFFFF/FFFFFFFF'"]));
        types.push(("jsonb", "jsonb", vec!["'null'", "'{\"a\": [1, 2]}'"]));
    }
    client
        .batch_execute("create table kept (id serial, value text)")
        .unwrap();
    for (name, sql_type, values) in types {
        client
            .batch_execute(&format!(
                "create table stored (value {sql_type}); {}",
                if ["text", "bytea", "numeric", "text[]", "jsonb"].contains(&sql_type) {
                    "alter table stored alter value set storage external"
                } else {
                    ""
                }
            ))
            .unwrap();
        for value in values.into_iter().chain(["null"]) {
            client
                .batch_execute(&format!(
                    "truncate stored; insert into stored values (({value})::{sql_type})"
                ))
                .unwrap();
            for argument in [format!("({value})::{sql_type}"), "value".to_string()] {
                let sql = format!(
                    "select echo_{name}({argument}) is not distinct from value and \
                     (echo_{name}({argument})::text is not distinct from value::text) from stored"
                );
                assert_eq!(run(&mut client, &sql), "t", "{sql}");
            }
        }
        client.batch_execute("drop table stored").unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn functions_return_values() {
    let (cluster, mut client) = server();
    for (sql, expected) in [
        ("select add(1, 2)", "3"),
        ("select add(null, 2)", "null"),
        ("select borrowed('ä')", "ä"),
        ("select longest('a', null), longest('a', 'bb')", "a|bb"),
        ("select nothing()", ""),
        ("select \"Named \"\"so\"\"\"()", "t"),
        ("select (sums(2, 3)).*", "5|6"),
        ("select * from sums(2, 3)", "5|6"),
        (
            "select * from anonymous(1, 'x') as row (a int, b text)",
            "1|x",
        ),
        ("select * from words(' a  bc d')", "1|a, 2|bc, 3|d"),
        ("select word from words('a b') where position = 2", "b"),
        ("select count(*) from words('')", "0"),
        ("select * from up_to(3)", "1, 2, 3"),
        ("select * from up_to(3) limit 1", "1"),
        (
            "select sum(x), count(*) from up_to(200000) x",
            "20000100000|200000",
        ),
        ("select * from sometimes()", "a, null"),
        ("select * from lazy(3)", "10, 20, 30"),
        (
            "select * from mixed(4)",
            "1|null|null, 2|1|xx, 3|null|null, 4|2|xxxx",
        ),
        (
            "select d from (select described(i) d from generate_series(0, 3) i offset 0) s",
            "null, (,1), (t,2), (,3)",
        ),
        (
            "select (d).* from (select described(i) d from generate_series(1, 2) i offset 0) s",
            "null|1, t|2",
        ),
        ("select pair(1), (pair(2)).b", "(1,2)|3"),
        (
            "select * from ignores_late('select count(*) from up_to(100)')",
            "1, 2, 3",
        ),
        (
            "select echo_slice('') = '', echo_slice('\\x0001') = '\\x0001', echo_slice(null)",
            "t|t|null",
        ),
        ("select a, b from up_to(2) a, lazy(a) b", "1|10, 2|10, 2|20"),
        ("select fields(row(1, 'x', null))", "f1=1 f2=x f3=null"),
        ("select fields(null)", "null"),
        ("select length(large(1000000))", "1000000"),
        ("select greet()", "hello"),
        ("set functions.greeting = 'hi'; select greet()", "hi"),
        (
            "select runs('create temp table t as select generate_series(1, 3) a')",
            "3",
        ),
        ("select runs('delete from t where a > 1')", "2"),
        (
            "select volatile_runs('select string_agg(a::text, '','') from t')",
            "1",
        ),
        (
            "select with_cursor('select generate_series(1, 25)', null)",
            "25",
        ),
        (
            "select with_cursor('select generate_series(1, 25)', 'select with_cursor(''select 1'', null)')",
            "28",
        ),
        (
            "select obj_description(p.oid) from pg_proc p where proname = 'add' and provolatile = 'i' and proisstrict",
            "Adds two numbers. It's strict.",
        ),
    ] {
        assert_eq!(run(&mut client, sql), expected, "{sql}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn errors_have_all_fields() {
    let (cluster, mut client) = server();
    assert_eq!(
        run(&mut client, "select fails('no')"),
        "22012: no | DETAIL: A detail. | HINT: A hint."
    );
    let panic = run(&mut client, "select panics()");
    assert!(
        panic.starts_with("XX000: panicked: as asked | CONTEXT: panic at ")
            && panic.contains("functions.rs:"),
        "{panic}"
    );
    // The lines of the callers appear once, whoever raised the error.
    client
        .batch_execute(
            "create function through(sql text) returns text language plpgsql as
             $$ begin return volatile_runs(sql); end $$;
             create function raises() returns text language plpgsql as
             $$ begin raise exception 'raised' using detail = 'of plpgsql'; end $$",
        )
        .unwrap();
    let context = |text: &str| text.matches("through(text)").count();
    let error = run(&mut client, "select through('select raises()')");
    assert!(
        error.starts_with("P0001: raised | DETAIL: of plpgsql | CONTEXT: ")
            && error.contains("SQL statement \"select raises()\""),
        "{error}"
    );
    assert_eq!(context(&error), 1, "{error}");
    let error = run(&mut client, "select through('select panics()::text')");
    assert_eq!(context(&error), 1, "{error}");
    let error = run(&mut client, "select through('selec 1')");
    assert!(
        error.starts_with("42601: syntax error at or near \"selec\""),
        "{error}"
    );
    // A function cannot ignore the error of a statement, and can catch it.
    let error = run(&mut client, "select ignores('select 1/0')");
    assert!(
        error.starts_with(
            "25P02: transaction or savepoint is aborted because an earlier statement failed"
        ),
        "{error}"
    );
    assert_eq!(run(&mut client, "select ignores('select 1')"), "ignored");
    assert_eq!(
        run(
            &mut client,
            "select caught('select 1/0'), caught('select 1')"
        ),
        "22012 division by zero|1 rows"
    );
    let error = run(&mut client, "select * from ignores_late('select 1/0')");
    assert!(
        error.starts_with("25P02: transaction or savepoint is aborted"),
        "{error}"
    );
    // The session goes on, in a block too.
    assert_eq!(
        run(
            &mut client,
            "begin; savepoint a; select caught('insert into nowhere values (1)'); select add(1, 1); commit"
        ),
        "42P01 relation \"nowhere\" does not exist, 2"
    );
    assert_eq!(
        run(
            &mut client,
            "do $$ begin perform panics(); exception when others then raise notice '%', sqlerrm; end $$; select add(1, 1)"
        ),
        "2"
    );
    for sql in [
        "select * from fails_late(100000)",
        "select * from panics_late()",
    ] {
        let error = run(&mut client, sql);
        assert!(
            error.contains("too late") || error.contains("five"),
            "{error}"
        );
    }
    assert_eq!(run(&mut client, "select add(1, 1)"), "2");
    assert_no_crash(&cluster);
}

#[test]
fn row_has_the_columns_that_its_type_has_now() {
    let (cluster, mut client) = server();
    client
        .batch_execute(
            "create table numbers as select generate_series(1, 3) a;
             create function alters(a int) returns int language plpgsql as
             $$ begin if a = 2 then alter type pair add attribute c text; end if; return a; end $$",
        )
        .unwrap();
    // The second row is made with a type that the first one did not have.
    let error = run(&mut client, "select pair(alters(a)) from numbers");
    assert!(
        error.starts_with("42804: declaration of function pair does not match the library"),
        "{error}"
    );
    assert_eq!(run(&mut client, "select pair(1)"), "(1,2)");
    assert_no_crash(&cluster);
}

#[test]
fn function_can_neither_commit_nor_abort() {
    let (cluster, mut client) = server();
    for sql in ["commit", "rollback", "begin", "prepare transaction ''x''"] {
        let error = run(&mut client, &format!("select runs('{sql}')"));
        assert!(error.contains("SPI_ERROR_TRANSACTION"), "{error}");
    }
    client.batch_execute("create table kept (a int)").unwrap();
    client
        .batch_execute("begin; select runs('insert into kept values (1)'); rollback")
        .unwrap();
    assert_eq!(run(&mut client, "select count(*) from kept"), "0");
    assert_no_crash(&cluster);
}

#[test]
fn stable_function_sees_what_its_caller_sees() {
    let (cluster, mut client) = server();
    client
        .batch_execute("create table numbers as select generate_series(1, 3) a")
        .unwrap();
    let count = "'select count(*)::text from numbers'";
    client
        .batch_execute(
            "create function volatile_plpgsql(sql text) returns text language plpgsql as
             $$ declare result text; begin execute sql into result; return result; end $$;
             create function stable_plpgsql(sql text) returns text language plpgsql stable as
             $$ declare result text; begin execute sql into result; return result; end $$",
        )
        .unwrap();
    for kind in ["volatile", "stable"] {
        let mut seen_by = |function: &str| {
            let sql = format!(
                "begin;
                 with added as (insert into numbers select generate_series(4, 6) returning {kind}_{function}({count}) seen)
                 select string_agg(seen, ' ') from added;
                 update numbers set a = a returning {kind}_{function}({count});
                 select {kind}_{function}({count});
                 rollback"
            );
            run(&mut client, &sql)
        };
        assert_eq!(seen_by("runs"), seen_by("plpgsql"), "{kind}");
    }
    // What the volatile function writes is seen by a volatile one only.
    assert_eq!(
        run(
            &mut client,
            &format!(
                "select runs('delete from numbers where a = 1'), volatile_runs({count}), stable_runs({count})"
            )
        ),
        "1|2|3"
    );
    let error = run(
        &mut client,
        "select stable_runs('delete from numbers returning a::text')",
    );
    assert!(
        error.starts_with("0A000: DELETE is not allowed in a non-volatile function"),
        "{error}"
    );
    assert_no_crash(&cluster);
}

#[test]
fn wrong_declarations_are_errors() {
    let (cluster, mut client) = server();
    let declare = |client: &mut Client, declaration: &str, symbol: &str| {
        client
            .batch_execute(&format!(
                "drop function if exists wrong(int, int); drop function if exists wrong(int); drop function if exists wrong(int, text);
                 create function wrong{declaration} language c as 'functions', 'bgworker_function_{symbol}'"
            ))
            .unwrap();
    };
    for (declaration, call) in [
        ("(int) returns int", "wrong(1)"),
        ("(int, text) returns int", "wrong(1, 'x')"),
        ("(int, int) returns bigint", "wrong(1, 1)"),
        ("(int, int) returns setof int", "wrong(1, 1)"),
        (
            "(int, int, out a int, out b int) returns record",
            "wrong(1, 1)",
        ),
    ] {
        declare(&mut client, declaration, "add");
        let error = run(&mut client, &format!("select {call}"));
        assert!(
            error.starts_with("42804: declaration of function add does not match the library | DETAIL: It was declared as wrong(integer"),
            "{declaration}: {error}"
        );
        assert!(
            error.contains(
                "The library declares \"add\"(\"a\" integer, \"b\" integer) returns integer."
            ),
            "{error}"
        );
    }
    // A smaller type can be read.
    client
        .batch_execute("create function narrow(int2, int4) returns int language c strict as 'functions', 'bgworker_function_add'")
        .unwrap();
    assert_eq!(run(&mut client, "select narrow(1::int2, 2)"), "3");
    // STRICT was forgotten.
    declare(&mut client, "(int, int) returns int", "add");
    assert_eq!(run(&mut client, "select wrong(1, 2)"), "3");
    assert_eq!(
        run(&mut client, "select wrong(1, null)"),
        "22004: argument 2 (\"b\") of function add is NULL | HINT: Declare the function STRICT."
    );
    let error = run(&mut client, "select longest(null, 'x')");
    assert!(
        error.starts_with("22004: argument 1 (\"a\") of function longest is NULL"),
        "{error}"
    );
    // Rows in places that cannot take them.
    let error = run(&mut client, "select anonymous(1, 'x')");
    assert!(
        error.starts_with(
            "0A000: function anonymous returns a record, which its caller does not accept"
        ),
        "{error}"
    );
    let error = run(
        &mut client,
        "select * from anonymous(1, 'x') as row (a text, b text)",
    );
    assert!(error.starts_with("42804: "), "{error}");
    assert_no_crash(&cluster);
}

#[test]
fn cancel_and_limits_end_a_function() {
    let (cluster, mut client) = server();
    let error = run(&mut client, "select limited(100, 'select pg_sleep(1000)')");
    assert!(
        error.starts_with("57014: canceling statement due to the time limit of 100 ms"),
        "{error}"
    );
    assert_eq!(run(&mut client, "select limited(100000, 'select 1')"), "1");
    run(&mut client, "set statement_timeout = '100ms'");
    let error = run(&mut client, "select runs('select pg_sleep(1000)')");
    assert!(
        error.starts_with("57014: canceling statement due to statement timeout"),
        "{error}"
    );
    assert_eq!(run(&mut client, "reset statement_timeout"), "");
    assert_eq!(run(&mut client, "select add(1, 1)"), "2");
    let token = client.cancel_token();
    let thread = std::thread::spawn(move || {
        let error = run(&mut client, "select count(*) from lazy(100000000)");
        (error, client)
    });
    cluster
        .poll_query_until(
            "select count(*) = 1 from pg_stat_activity where query like '%lazy(100000000)%' and state = 'active' and pid <> pg_backend_pid()",
            LONG,
        )
        .unwrap();
    token.cancel_query(postgres::NoTls).unwrap();
    let (error, mut client) = thread.join().unwrap();
    settle(&mut client);
    assert!(
        error.starts_with("57014: canceling statement due to user request"),
        "{error}"
    );
    assert_eq!(run(&mut client, "select add(1, 1)"), "2");
    assert_no_crash(&cluster);
}

#[test]
fn session_launches_workers_and_calls_them() {
    if !since(90500) {
        return;
    }
    let (cluster, mut client) = server();
    assert_eq!(run(&mut client, "select launches()"), "1");
    assert_eq!(
        run(&mut client, "select in_worker('select 6 * 7 || ''''')"),
        "42"
    );
    let error = run(&mut client, "select in_worker('select (1/0)::text')");
    assert!(error.starts_with("22012: division by zero"), "{error}");
    assert!(error.contains("background worker \"runner\""), "{error}");
    // A session that is canceled while it waits.
    let token = client.cancel_token();
    let thread = std::thread::spawn(move || (run(&mut client, "select waits()"), client));
    cluster
        .poll_query_until(
            "select count(*) = 1 from pg_stat_activity where query = 'select waits()'",
            LONG,
        )
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    token.cancel_query(postgres::NoTls).unwrap();
    let (error, mut client) = thread.join().unwrap();
    settle(&mut client);
    assert!(error.starts_with("57014: "), "{error}");
    assert_eq!(run(&mut client, "select add(1, 1)"), "2");
    assert_no_crash(&cluster);
}

#[test]
fn triggers_are_called() {
    let (cluster, mut client) = server();
    client
        .batch_execute(
            "create table audited (number serial, text text, old text, new text);
             create table items (gone text, id int, value text);
             alter table items drop column gone;
             create view shown as select * from items;
             create trigger b before insert or update or delete on items for each row execute procedure audit('x', 'y z');
             create trigger a after insert or update or delete or truncate on items for each statement execute procedure audit();
             create constraint trigger d after insert on items deferrable initially deferred for each row execute procedure audit();
             create trigger i instead of insert on shown for each row execute procedure audit()",
        )
        .unwrap();
    let mut audited = |sql: &str| {
        client.batch_execute(sql).unwrap();
        let rows = run(
            &mut client,
            "select text || ': ' || coalesce(old, '-') || ' > ' || coalesce(new, '-') from audited order by number",
        );
        client.batch_execute("truncate audited").unwrap();
        rows
    };
    assert_eq!(
        audited("insert into items values (1, repeat('x', 3))"),
        "Before Insert row public.items b [\"x\", \"y z\"]: - > 1 xxx, \
         After Insert statement public.items a []: - > -, \
         After Insert row public.items d []: - > 1 xxx"
    );
    assert_eq!(
        audited("update items set value = null"),
        "Before Update row public.items b [\"x\", \"y z\"]: 1 xxx > 1 null, After Update statement public.items a []: - > -"
    );
    assert_eq!(
        audited("delete from items"),
        "Before Delete row public.items b [\"x\", \"y z\"]: 1 null > -, After Delete statement public.items a []: - > -"
    );
    assert_eq!(
        audited("truncate items"),
        "After Truncate statement public.items a []: - > -"
    );
    assert_eq!(
        audited("insert into shown values (2, 'v')"),
        "InsteadOf Insert row public.shown i []: - > 2 v"
    );
    // A large value that is stored out of line.
    let large = audited(
        "insert into items values (3, (select string_agg(md5(i::text), '') from generate_series(1, 1000) i)); truncate audited;
         update items set id = 4",
    );
    assert!(large.len() > 64_000, "{}", large.len());
    client
        .batch_execute(
            "create table even (id int, value text);
             create trigger even before insert or update or delete on even for each row execute procedure only_even()",
        )
        .unwrap();
    for (sql, expected) in [
        (
            "insert into even select generate_series(1, 6) returning id",
            "2, 4, 6",
        ),
        ("update even set id = id + 1 where id = 2 returning id", ""),
        ("update even set id = id + 2 where id = 2 returning id", "4"),
        ("delete from even where id = 6 returning id", "6"),
        ("insert into even values (13)", "22023: 13 is refused"),
    ] {
        assert_eq!(run(&mut client, sql), expected, "{sql}");
    }
    let error = run(&mut client, "insert into even values (17)");
    assert!(error.contains("17 panics"), "{error}");
    client
        .batch_execute("create function no_trigger() returns int language c as 'functions', 'bgworker_function_audit'")
        .unwrap();
    let error = run(&mut client, "select no_trigger()");
    assert!(
        error.starts_with("39P01: function audit was not called by a trigger"),
        "{error}"
    );
    client
        .batch_execute(
            "create function not_for_triggers() returns trigger language c as 'functions', 'bgworker_function_add';
             create table plain (id int);
             create trigger plain after insert on plain for each row execute procedure not_for_triggers()",
        )
        .unwrap();
    let error = run(&mut client, "insert into plain values (1)");
    assert!(
        error.starts_with("42804: declaration of function add does not match"),
        "{error}"
    );
    assert_no_crash(&cluster);
}

#[test]
fn memory_stays_the_same() {
    if !since(140000) {
        return;
    }
    let (cluster, mut client) = server();
    let used = |client: &mut Client| -> i64 {
        run(
            client,
            "select sum(used_bytes) from pg_backend_memory_contexts",
        )
        .parse()
        .unwrap()
    };
    let calls = "do $$ begin for i in 1..20000 loop
            perform add(i, 1), borrowed('text'), longest('a', null), caught('select 1/0'), echo_numeric(1.5),
                    fields(row(1, 'x')), (select count(*) from words('a b c'));
            begin perform panics(); exception when others then null; end;
        end loop; end $$";
    run(&mut client, calls);
    let before = used(&mut client);
    run(&mut client, calls);
    let after = used(&mut client);
    assert!(after < before + 200_000, "{before} -> {after}");
    assert_no_crash(&cluster);
}

/// The memory that the process of a session has mapped for data, in kilobytes. It includes the
/// server's memory contexts and Rust's heap.
fn mapped(client: &mut Client) -> Option<i64> {
    let pid = run(client, "select pg_backend_pid()");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmData:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[test]
fn calls_of_each_kind_leave_memory_flat() {
    let (cluster, mut client) = server();
    if mapped(&mut client).is_none() {
        return;
    }
    client
        .batch_execute(
            "create table texts as select repeat(md5('1'), 32) as text;
             create table watched (id int, value text);
             create trigger only_even before insert or delete on watched
                 for each row execute procedure only_even();
             insert into watched values (2, 'x')",
        )
        .unwrap();
    let each = |call: &str| format!("select count({call}) from texts, generate_series(1, COUNT) i");
    let caught = |call: &str| {
        format!(
            "do $$ begin for i in 1..COUNT loop
                 begin perform {call}; exception when others then null; end;
             end loop; end $$"
        )
    };
    let cheap = [
        each("add(i, 1)"),
        each("borrowed(text)"),
        each("echo_text(text)"),
        each("longest(text, null)"),
        each("echo_bytea('\\x0001')"),
        each("echo_numeric(1.5)"),
        each("echo_text_array('{a,null}')"),
        each("sums(i, 2)"),
        each("described(i)"),
        each("pair(i)"),
        each("fields(row(1, 'x'))"),
        "select count(*) from up_to(COUNT)".to_string(),
        "select count(*) from mixed(COUNT) where number < 0".to_string(),
        "select count(u) from generate_series(1, COUNT) i, lateral up_to(i % 3) u".to_string(),
        "insert into watched select 1 from generate_series(1, COUNT)".to_string(),
    ];
    // Calls that run statements, or that fail.
    let others = [
        each("volatile_runs('select 1::text')"),
        each("caught('select 1')"),
        caught("panics()"),
        caught("fails('no')"),
        caught("ignores('select 1/0')"),
        caught("count(*) from fails_late(3)"),
        caught("count(*) from panics_late()"),
    ];
    let cheap = cheap.map(|sql| sql.replace("COUNT", "10000"));
    let others = others.map(|sql| sql.replace("COUNT", "1000"));
    for sql in cheap.into_iter().chain(others) {
        let mut before = 0;
        // The first runs fill caches, and what the allocators keep.
        for number in 0..13 {
            if number == 3 {
                before = mapped(&mut client).unwrap();
            }
            let result = run(&mut client, &sql);
            assert!(!result.contains(": "), "{sql}\n{result}");
        }
        let grown = mapped(&mut client).unwrap() - before;
        assert!(grown < 1000, "{sql} has taken {grown} kB");
    }
    assert_no_crash(&cluster);
}
