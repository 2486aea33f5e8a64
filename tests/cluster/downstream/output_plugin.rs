//! A framework for plugins of logical decoding: `tests/downstream/output-plugin`.

use super::build;
use super::sql::{fails, raises};
use pg_scratch::cluster::Cluster;
use postgres::Client;
use support::{assert_no_crash, cluster, requires};

#[test]
#[ignore = "reads more of the server's headers"]
fn changes_are_lines_of_json() {
    requires!(130_000, "callbacks of the framework");
    let server = start("json_lines", "output-plugin/json-lines");
    let mut client = server.connect().unwrap();
    client
        .batch_execute(
            "create table t (id int primary key, dropped int, b bool, n numeric, f float8, j jsonb, x text, a int[]);
             alter table t drop dropped;
             create table other (v text);
             create table \"odd \"\"name\" (\"a\\b\" text);
             alter table other replica identity full;
             alter table t alter x set storage external",
        )
        .unwrap();
    slot(&mut client, "json_lines");
    client
        .batch_execute(
            r#"begin;
               insert into t values (1, true, 1.50, 'infinity', '{"k": [1, null]}', E'tab\tquote" back\\slash\n\x01', '{1,2}');
               insert into t (id, b, n, x) values (2, false, 'NaN', repeat('long ', 1000));
               update t set n = 2 where id = 2;
               update t set id = 3, x = 'ü' where id = 1;
               delete from t where id = 3;
               commit"#,
        )
        .unwrap();
    assert_eq!(
        changes(&mut client, "'transactions', 'off'"),
        [
            r#"{"insert":"public.t","new":{"id":1,"b":true,"n":1.50,"f":"Infinity","j":{"k": [1, null]},"x":"tab\tquote\" back\\slash\n\u0001","a":"{1,2}"}}"#.to_string(),
            format!(
                r#"{{"insert":"public.t","new":{{"id":2,"b":false,"n":"NaN","f":null,"j":null,"x":"{}","a":null}}}}"#,
                "long ".repeat(1000)
            ),
            // The long text was not changed, and is not in the log.
            r#"{"update":"public.t","new":{"id":2,"b":false,"n":2,"f":null,"j":null,"a":null}}"#.to_string(),
            r#"{"update":"public.t","old":{"id":1},"new":{"id":3,"b":true,"n":1.50,"f":"Infinity","j":{"k": [1, null]},"x":"ü","a":"{1,2}"}}"#.to_string(),
            r#"{"delete":"public.t","old":{"id":3}}"#.to_string(),
        ]
    );

    // Every line is JSON for the server, too. Transactions, times and the choice of tables.
    client
        .batch_execute(
            r#"insert into other values ('a');
               update other set v = 'b';
               insert into "odd ""name" values ('c');
               truncate other, t"#,
        )
        .unwrap();
    let lines = peek(
        &mut client,
        "'timestamps', 'true', 'tables', 'public.other, public.odd \"name'",
    );
    for line in &lines {
        client.query_one("select $1::text::jsonb", &[line]).unwrap();
    }
    let begin = &lines[0];
    assert!(begin.starts_with(r#"{"begin":"#), "{begin}");
    let commit = lines.last().unwrap();
    let id = begin
        .trim_start_matches(r#"{"begin":"#)
        .trim_end_matches('}');
    assert!(
        commit.starts_with(&format!(r#"{{"commit":{id},"microseconds":"#)),
        "{commit}"
    );
    let is_now = "select abs(extract(epoch from now() - timestamptz '2000-01-01 00:00:00+00') - ($1::text::jsonb->>'microseconds')::float8 / 1e6) < 600";
    assert!(
        client
            .query_one(is_now, &[commit])
            .unwrap()
            .get::<_, bool>(0)
    );
    let rows: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("public."))
        .collect();
    assert_eq!(
        rows,
        [
            r#"{"insert":"public.other","new":{"v":"a"}}"#,
            r#"{"update":"public.other","old":{"v":"a"},"new":{"v":"b"}}"#,
            r#"{"insert":"public.odd \"name","new":{"a\\b":"c"}}"#,
            r#"{"truncate":"public.other"}"#,
        ]
    );

    // What came from elsewhere.
    client
        .batch_execute("select pg_logical_slot_get_changes('s', null, null)")
        .unwrap();
    client
        .batch_execute(
            "select pg_replication_origin_create('elsewhere');
             select pg_replication_origin_session_setup('elsewhere');
             insert into other values ('replicated');
             select pg_replication_origin_session_reset();
             insert into other values ('local');
             begin; select pg_logical_emit_message(true, 'prefix', 'in a transaction'); commit;
             select pg_logical_emit_message(false, 'prefix', 'in none');
             insert into other values ('last')",
        )
        .unwrap();
    let lines = changes(&mut client, "'only_local', 'true', 'transactions', 'false'");
    assert_eq!(lines[0], r#"{"insert":"public.other","new":{"v":"local"}}"#);
    assert!(
        lines[1].starts_with(r#"{"message":"prefix","content":"in a transaction","transaction":"#),
        "{lines:?}"
    );
    assert_eq!(lines[2], r#"{"message":"prefix","content":"in none"}"#);
    assert_eq!(lines.len(), 4, "{lines:?}");

    // Thousands of changes: what a callback allocates is freed.
    client
        .batch_execute(
            "insert into other select repeat(n::text, 100) from generate_series(1, 20000) n",
        )
        .unwrap();
    let lines = changes(&mut client, "'transactions', 'false'");
    assert_eq!(lines.len(), 20000);
    assert_no_crash(&server);
}

#[test]
#[ignore = "reads more of the server's headers"]
fn options_of_decoding_are_checked() {
    requires!(130_000, "callbacks of the framework");
    let server = start("json_lines", "output-plugin/json-lines");
    let mut client = server.connect().unwrap();
    slot(&mut client, "json_lines");
    let sql =
        |options: &str| format!("select pg_logical_slot_get_changes('s', null, null, {options})");
    let error = fails(&mut client, &sql("'timestamp', 'on'"), "22023");
    assert_eq!(error.message(), "option \"timestamp\" is unknown");
    assert_eq!(
        error.hint(),
        Some("The options are: only_local, tables, timestamps, transactions.")
    );
    // An error of the server passes through Rust, which adds to it.
    let error = fails(&mut client, &sql("'timestamps', 'perhaps'"), "42601");
    assert_eq!(error.message(), "timestamps requires a Boolean value");
    assert_eq!(error.detail(), Some("The value is \"perhaps\"."));
    let context = error.where_().unwrap();
    assert!(context.starts_with("option \"timestamps\""), "{context}");
    assert!(context.contains("in the startup callback"), "{context}");
    client.batch_execute(&sql("'timestamps', 'on'")).unwrap();
    assert_no_crash(&server);
}

#[test]
#[ignore = "reads more of the server's headers"]
fn errors_and_panics_of_decoding_cross() {
    requires!(130_000, "callbacks of the framework");
    let server = start("faulty", "output-plugin/faulty");
    let mut client = server.connect().unwrap();
    client.batch_execute("create table t (n int)").unwrap();
    slot(&mut client, "faulty");
    client
        .batch_execute(
            "begin;
             insert into t values (1);
             truncate t;
             select pg_logical_emit_message(true, 'a', 'b');
             commit",
        )
        .unwrap();
    for place in [
        "start", "origin", "begin", "change", "truncate", "message", "commit", "stop",
    ] {
        for how in ["error", "panic"] {
            let options = format!("'place', '{place}', 'how', '{how}'");
            let sql = format!("select pg_logical_slot_peek_changes('s', null, null, {options})");
            let error = raises(&mut client, &sql, place, how);
            let context = error.where_().unwrap_or_default();
            if place == "change" && how == "error" {
                assert!(
                    context.starts_with("the context\ntable \"public.t\"\n"),
                    "{context}"
                );
            } else if how == "error" {
                assert!(context.starts_with("the context"), "{context}");
            }
            if !["stop", "origin"].contains(&place) {
                assert!(
                    context.contains(&format!("in the {} callback", called(place))),
                    "{context}"
                );
            }
            // Nothing is consumed or kept, and the session continues.
            let lines = peek(&mut client, "'place', 'nowhere'");
            assert_eq!(lines, ["1 alive"]);
        }
    }
    assert_no_crash(&server);
}

/// The server's name of a callback.
fn called(place: &str) -> &str {
    match place {
        "start" => "startup",
        place => place,
    }
}

fn start(name: &str, package: &str) -> Cluster {
    let library = build(package, &[]);
    let cluster = cluster()
        .library(name, library)
        .setting("wal_level", "logical")
        // Only what was flushed is decoded.
        .setting("synchronous_commit", "on");
    let cluster = cluster.start().unwrap();
    // The last minors have a list of the plugins that roles may use.
    let mut client = cluster.connect().unwrap();
    let list = "select 1 from pg_settings where name = 'output_plugin_libraries'";
    if !client.query(list, &[]).unwrap().is_empty() {
        cluster.set("output_plugin_libraries", name).unwrap();
    }
    cluster
}

fn slot(client: &mut Client, plugin: &str) {
    client
        .execute(
            "select pg_create_logical_replication_slot('s', $1::text::name)",
            &[&plugin],
        )
        .unwrap();
}

/// Takes the lines from the slot.
fn changes(client: &mut Client, options: &str) -> Vec<String> {
    lines(client, "get", options)
}

fn peek(client: &mut Client, options: &str) -> Vec<String> {
    lines(client, "peek", options)
}

fn lines(client: &mut Client, verb: &str, options: &str) -> Vec<String> {
    let sql =
        format!("select data from pg_logical_slot_{verb}_changes('s', null, null, {options})");
    let rows = client.query(&sql, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
