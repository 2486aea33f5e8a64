//! The guards of `postgres-bgworker-sys`, in sessions.

use pg_scratch::Cluster;
use postgres::Client;
use postgres::error::DbError;
use support::{assert_no_crash, cluster, library, requires, since};

const FUNCTIONS: &[(&str, &str)] = &[
    ("guards_add", "integer, integer"),
    ("guards_context", "integer"),
    ("guards_dropped", ""),
    ("guards_execute", "integer"),
    ("guards_goes_on", ""),
    ("guards_holdoff", ""),
    ("guards_kept", ""),
    ("guards_loop", "integer"),
    ("guards_nested", ""),
    ("guards_outlives", ""),
    ("guards_panic", "integer"),
    ("guards_report", "integer"),
    ("guards_restores", ""),
    ("guards_rethrow_held", ""),
    ("guards_seen", ""),
    ("guards_set", "integer"),
];

/// A server with the library, and a session with its functions and a table.
fn server() -> (Cluster, Client) {
    let cluster = cluster()
        .library("guards", library("guards"))
        .setting("log_min_error_statement", "debug1")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    declare(&mut client);
    (cluster, client)
}

fn declare(client: &mut Client) {
    for (name, arguments) in FUNCTIONS {
        client
            .batch_execute(&format!(
                "create function public.{name}({arguments}) returns integer as 'guards' language c"
            ))
            .unwrap();
    }
    client
        .batch_execute(
            "create schema guarded; \
             create table guarded.rows (n integer constraint \"positive\" check (n > 0)); \
             create unique index rows_are_unique on guarded.rows (n); \
             insert into guarded.rows values (1)",
        )
        .unwrap();
}

fn call(client: &mut Client, call: &str) -> Result<i32, Box<DbError>> {
    let row = client.query_one(&format!("select public.{call}"), &[]);
    row.map(|row| row.get(0))
        .map_err(|error| Box::new(error.as_db_error().expect("an error of the server").clone()))
}

fn fails(client: &mut Client, text: &str) -> Box<DbError> {
    call(client, text).expect_err("it fails")
}

#[test]
fn an_error_of_the_server_passes_through_with_all_fields() {
    let (cluster, mut client) = server();
    let error = fails(&mut client, "guards_execute(0)");
    assert_eq!(error.code().code(), "23505");
    assert_eq!(error.schema(), Some("guarded"));
    assert_eq!(error.table(), Some("rows"));
    assert_eq!(error.constraint(), Some("rows_are_unique"));
    assert_eq!(error.detail(), Some("Key (n)=(1) already exists."));
    assert_eq!(
        error.where_(),
        Some("SQL statement \"insert into guarded.rows values (1)\"")
    );
    assert_eq!(error.routine(), Some("_bt_check_unique"));
    assert!(error.file().is_some_and(|file| file.ends_with(".c")));

    // Through two guards.
    let error = fails(&mut client, "guards_execute(1)");
    assert_eq!(error.code().code(), "42883");
    client
        .batch_execute("create function public.guards_nested(integer) returns integer as 'guards', 'guards_nested' language c")
        .unwrap();
    let error = fails(&mut client, "guards_execute(1)");
    assert_eq!(error.constraint(), Some("positive"));
    assert_eq!(
        error.where_(),
        Some(
            "SQL statement \"insert into guarded.rows values (-1)\"\nSQL statement \"select guards_nested(0)\""
        )
    );
    let error = fails(&mut client, "guards_execute(3)");
    let hint = error.hint();
    assert_eq!(
        (error.code().code(), error.message(), error.detail(), hint),
        ("AB012", "m", Some("d"), Some("h"))
    );
    let error = fails(&mut client, "guards_execute(4)");
    assert!(matches!(
        error.position(),
        Some(postgres::error::ErrorPosition::Internal { position: 11, query }) if query == "select 1 +"
    ));
    assert_eq!(call(&mut client, "guards_execute(5)").unwrap(), 2);
    // Each call owned a value, and each one was dropped.
    assert_eq!(call(&mut client, "guards_dropped()").unwrap(), 6);
    assert_no_crash(&cluster);
}

#[test]
fn context_has_its_order_and_texts_are_added() {
    let (cluster, mut client) = server();
    let statement = "SQL statement \"insert into guarded.rows values (1)\"";
    let mut fails = |mode| {
        let sql = format!("do $$ begin perform public.guards_context({mode}); end $$");
        let error = client.batch_execute(&sql).unwrap_err();
        let error = error.as_db_error().unwrap().clone();
        assert_eq!(error.code().code(), "23505");
        assert_eq!(error.constraint(), Some("rows_are_unique"));
        let context = error.where_().unwrap().to_owned();
        assert!(
            context.contains("\nPL/pgSQL function inline_code_block line 1 at PERFORM"),
            "{context}"
        );
        (context, error.detail().unwrap().to_owned())
    };
    let (context, detail) = fails(0);
    let begins = format!("{statement}\nline \u{e9}\u{4e00} of 0\nSQL statement \"");
    assert!(context.starts_with(&begins), "{context}");
    assert!(context.ends_with(" at PERFORM"), "{context}");
    assert_eq!(detail, "Key (n)=(1) already exists.");
    let (context, detail) = fails(1);
    let begins = format!("{statement}\nline \u{e9}\u{4e00} of 1\nSQL statement \"");
    assert!(context.starts_with(&begins), "{context}");
    assert!(context.ends_with(" at PERFORM\nafter\nall"), "{context}");
    assert_eq!(detail, "the detail");
    let (context, _) = fails(2);
    assert!(!context.contains("line \u{e9}"), "{context}");
    assert_no_crash(&cluster);
}

#[test]
fn what_the_server_did_before_an_error_is_rolled_back() {
    let (cluster, mut client) = server();
    assert_eq!(call(&mut client, "guards_goes_on()").unwrap(), 2);
    let sql = "select string_agg(n::text, ' ' order by n) from guarded.rows";
    let rows: String = client.query_one(sql, &[]).unwrap().get(0);
    assert_eq!(rows, "1 8 9");
    assert_no_crash(&cluster);
}

/// The server resets the memory in which such an error names its place.
#[test]
fn an_error_of_a_parallel_worker_is_owned() {
    requires!(90_600, "parallel plans");
    let (cluster, mut client) = server();
    let setting = match since(160_000) {
        true => "debug_parallel_query",
        false => "force_parallel_mode",
    };
    client
        .batch_execute(&format!("set {setting} = on"))
        .unwrap();
    let error = fails(&mut client, "guards_kept()");
    assert_eq!(error.message(), "division by zero");
    let lines = error.where_();
    assert!(
        lines.is_some_and(|lines| lines.contains("parallel worker")),
        "{error:?}"
    );
    assert_eq!(error.file(), Some("int.c"));
    assert_eq!(error.routine(), Some("int4div"));
    assert_no_crash(&cluster);
}

#[test]
fn an_error_of_rust_is_raised_when_all_is_dropped() {
    let (cluster, mut client) = server();
    assert_eq!(call(&mut client, "guards_add(40, 2)").unwrap(), 42);
    let error = fails(&mut client, "guards_add(2147483647, 1)");
    assert_eq!(error.code().code(), "22023");
    assert_eq!(
        error.message(),
        "2147483647 and 1 are too large: \u{e9}\\0\u{416}"
    );
    assert_eq!(error.hint(), Some("Take smaller numbers."));
    let error = fails(&mut client, "guards_add(1, null)");
    assert_eq!(error.message(), "argument 1 is missing");
    assert_eq!(call(&mut client, "guards_dropped()").unwrap(), 3);
    // It aborts the innermost subtransaction, and nothing else.
    client
        .batch_execute(
            "do $$ begin \
               insert into guarded.rows values (2); \
               for n in 1..100 loop \
                 begin insert into guarded.rows values (n + 2); perform public.guards_add(2147483647, n); \
                 exception when invalid_parameter_value then null; end; \
               end loop; \
             end $$",
        )
        .unwrap();
    let row = client.query_one("select count(*) from guarded.rows", &[]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 2);
    assert_no_crash(&cluster);
}

#[test]
fn a_panic_is_an_error_of_the_server() {
    let (cluster, mut client) = server();
    for (argument, message) in [
        (0, "panicked: a literal"),
        (1, "panicked: number 1"),
        (2, "panicked"),
    ] {
        let error = fails(&mut client, &format!("guards_panic({argument})"));
        assert_eq!((error.code().code(), error.message()), ("XX000", message));
    }
    // It is one in the next guard, too.
    let error = fails(&mut client, "guards_execute(2)");
    assert_eq!(error.message(), "panicked: number 1");
    assert_eq!(
        error.where_(),
        Some("SQL statement \"select guards_panic(1)\"")
    );
    assert_eq!(call(&mut client, "guards_panic(3)").unwrap(), 0);
    assert_eq!(call(&mut client, "guards_dropped()").unwrap(), 5 * 2 + 1);
    assert_no_crash(&cluster);
}

#[test]
fn a_guard_restores_what_the_error_has_changed() {
    let (cluster, mut client) = server();
    assert_eq!(call(&mut client, "guards_restores()").unwrap(), 1);
    assert_eq!(call(&mut client, "guards_outlives()").unwrap(), 1);
    let error = fails(&mut client, "guards_rethrow_held()");
    assert_eq!(error.message(), "raised while interrupts were held off");
    assert_eq!(call(&mut client, "guards_holdoff()").unwrap(), 0);
    assert_no_crash(&cluster);
}

#[test]
fn a_report_has_every_field() {
    let (cluster, mut client) = server();
    let error = fails(&mut client, "guards_report(0)");
    let names = [
        error.schema(),
        error.table(),
        error.column(),
        error.datatype(),
        error.constraint(),
    ];
    let expected = [
        "the schema",
        "the table",
        "the column",
        "the type",
        "the constraint",
    ];
    assert_eq!(names, expected.map(Some));
    let texts = [error.detail(), error.hint(), error.where_()];
    assert_eq!(texts, ["the detail", "the hint", "the context"].map(Some));
    assert_eq!(
        (error.code().code(), error.message()),
        ("AB012", "all fields")
    );
    assert!(matches!(
        error.position(),
        Some(postgres::error::ErrorPosition::Internal { position: 8, query }) if query == "select 'inner'"
    ));
    let place = (error.file(), error.line(), error.routine());
    assert_eq!(place, (Some("file.rs"), Some(42), Some("the_function")));
    let mut entry = |call_of: &str| {
        let mark = cluster.log().len();
        call(&mut client, call_of).unwrap();
        cluster.log()[mark..].to_owned()
    };
    let hidden = entry("guards_report(1)");
    assert!(
        hidden.contains("DETAIL:  the detail of the log"),
        "{hidden}"
    );
    assert!(!hidden.contains("STATEMENT:"), "{hidden}");
    assert_eq!(hidden.contains("CONTEXT:"), !since(90_500), "{hidden}");
    let shown = entry("guards_report(2)");
    assert!(shown.contains("CONTEXT:  the context"), "{shown}");
    assert!(shown.contains("STATEMENT:"), "{shown}");
    assert_eq!(shown.contains("BACKTRACE:"), since(130_000), "{shown}");
    assert!(!hidden.contains("BACKTRACE:"), "{hidden}");
    assert_no_crash(&cluster);
}

#[test]
fn a_caught_error_is_freed() {
    requires!(140_000, "view of its memory contexts");
    let (cluster, mut client) = server();
    let mut size = |sql: &str| -> i64 {
        client.batch_execute(sql).unwrap();
        let sql = "select sum(used_bytes)::int8 from pg_backend_memory_contexts \
                   where name in ('TopMemoryContext', 'postgres-bgworker error')";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    for sql in [
        "select public.guards_loop(1000)",
        "do $$ begin for n in 1..1000 loop \
           begin perform public.guards_execute(3); exception when others then null; end; \
         end loop; end $$",
    ] {
        size(sql);
        let (before, after) = (size(sql), size(sql));
        assert!(after < before + 10_000, "{sql}: {before} {after}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn hooks_and_callbacks_are_guarded() {
    let (cluster, mut client) = server();
    call(&mut client, "guards_set(1)").unwrap();
    let error = client.query_one("select 1", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(
        (error.message(), error.hint()),
        ("the hook", Some("The hook is on."))
    );
    call(&mut client, "guards_set(2)").unwrap();
    let error = client.query_one("select 1", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.message(), "panicked: the hook panics");
    // An error of the server below the hook.
    client
        .batch_execute("create role reader; set role reader")
        .unwrap();
    let error = client.query("select * from guarded.rows", &[]);
    assert!(error.is_err());
    client.batch_execute("reset role").unwrap();
    let error = client
        .batch_execute("set transaction_read_only = on; insert into guarded.rows values (5)")
        .unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("25006"));
    let seen = call(&mut client, "guards_seen()").unwrap();
    assert!(seen > 0, "{seen}");
    // A hook of the log that fails for the WARNING about its failure, too.
    let at = cluster.log().len();
    call(&mut client, "guards_set(5)").unwrap();
    client
        .batch_execute("do $$ begin raise log 'seen'; end $$")
        .unwrap();
    call(&mut client, "guards_set(0)").unwrap();
    let log = cluster.log()[at..].to_owned();
    assert!(log.contains("WARNING:  the log hook fails"), "{log}");
    assert!(log.contains("LOG:  seen"), "{log}");
    // A callback that must not raise an error: the transaction is committed.
    for (mode, message) in [
        (3, "panicked: the callback panics"),
        (4, "an error in the callback"),
    ] {
        let at = cluster.log().len();
        call(&mut client, &format!("guards_set({mode})")).unwrap();
        assert_eq!(call(&mut client, "guards_set(0)").unwrap(), 0);
        let log = cluster.log();
        assert!(log[at..].contains(&format!("WARNING:  {message}")), "{log}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn functions_return_sets() {
    let (cluster, mut client) = server();
    client
        .batch_execute(
            "create function rows_of(n integer, out a integer, out b text) returns setof record \
               as 'guards', 'guards_rows' language c; \
             create function count_to(n integer) returns setof integer \
               as 'guards', 'guards_count' language c; \
             create function no_set(n integer, out a integer, out b text) returns record \
               as 'guards', 'guards_rows' language c",
        )
        .unwrap();
    let mut one = |sql: &str| -> Result<String, String> {
        let row = client.query_one(sql, &[]);
        row.map(|row| row.get(0)).map_err(|error| {
            let error = error.as_db_error().expect("an error of the server");
            format!("{}: {}", error.code().code(), error.message())
        })
    };
    for (sql, expected) in [
        (
            "select string_agg(r::text, ' ') from rows_of(3) r",
            "(1,\"a row\") (2,) (3,\"a row\")",
        ),
        ("select count(*)::text from rows_of(0)", "0"),
        (
            "select string_agg(n::text, ' ') from count_to(4) n",
            "1 2 3 4",
        ),
        (
            "select string_agg(n::text, ' ') from (select count_to(3) n) q",
            "1 2 3",
        ),
        ("select count(*)::text from count_to(0)", "0"),
        (
            "select count(*)::text from (select count_to(100) limit 5) q",
            "5",
        ),
    ] {
        assert_eq!(one(sql).as_deref(), Ok(expected), "{sql}");
    }
    assert_eq!(
        one("select no_set(1)::text"),
        Err("0A000: set-valued function called in context that cannot accept a set".to_owned())
    );
    let missing = one("select count(*)::text from rows_of(null)");
    assert_eq!(missing, Err("22023: argument 0 is missing".to_owned()));
    assert_no_crash(&cluster);
}

#[test]
fn texts_are_in_the_encoding_of_the_database() {
    let (cluster, mut client) = server();
    client
        .batch_execute("create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0")
        .unwrap();
    let mut client = cluster.connect_to("latin").unwrap();
    declare(&mut client);
    let error = fails(&mut client, "guards_add(2147483647, 1)");
    assert_eq!(
        error.message(),
        "2147483647 and 1 are too large: \u{e9}\\0?"
    );
    // Before 14, the server's conversion raises an error for a character that has none.
    let line = match since(140_000) {
        true => "\nline \u{e9}? of 0\n",
        false => "\nline ?? of 0\n",
    };
    for _ in 0..2 {
        let error = client.batch_execute("do $$ begin perform public.guards_context(0); end $$");
        let error = error.unwrap_err().as_db_error().unwrap().clone();
        assert_eq!(error.constraint(), Some("rows_are_unique"));
        let context = error.where_();
        assert!(
            context.is_some_and(|lines| lines.contains(line)),
            "{context:?}"
        );
    }
    assert_no_crash(&cluster);
}
