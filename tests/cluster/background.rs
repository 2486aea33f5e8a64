//! The example `background`, which runs statements in workers.

use pg_scratch::Cluster;
use postgres::{Client, NoTls};
use std::sync::{Arc, Mutex};
use support::{LONG, assert_no_crash, cluster, library, since, workspace};

/// A server in which alice may call the functions. The library is not preloaded.
fn server() -> (Cluster, Client) {
    let cluster = support::with_slots(20, cluster())
        .library("background", library("background"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let script = workspace().join("examples/background/background--1.0.sql");
    let script = std::fs::read_to_string(script).unwrap();
    client
        .batch_execute(&script.replace("MODULE_PATHNAME", "background"))
        .unwrap();
    client
        .batch_execute(
            "create role alice login; create role bob login; create role carol;
             grant execute on function background_launch(text), background_result(integer),
                 background_cancel(integer), background_detach(integer) to alice, bob, carol;
             create schema of_alice authorization alice",
        )
        .unwrap();
    (cluster, client)
}

fn launch(client: &mut Client, sql: &str) -> i32 {
    client
        .query_one("select background_launch($1)", &[&sql])
        .unwrap()
        .get(0)
}

fn result(
    client: &mut Client,
    handle: i32,
) -> Result<Vec<Vec<Option<String>>>, Box<postgres::error::DbError>> {
    client
        .query("select * from background_result($1)", &[&handle])
        .map(|rows| rows.iter().map(|row| row.get(0)).collect())
        .map_err(|error| Box::new(error.as_db_error().expect("an error of the server").clone()))
}

fn run(client: &mut Client, sql: &str) -> Vec<Vec<Option<String>>> {
    let handle = launch(client, sql);
    result(client, handle).unwrap()
}

fn texts(row: &[&str]) -> Vec<Option<String>> {
    row.iter().map(|text| Some((*text).to_string())).collect()
}

#[test]
fn background_returns_rows_and_tags() {
    if !since(90500) {
        return;
    }
    let (cluster, mut client) = server();
    let rows = run(
        &mut client,
        "select n, case when n > 1 then 'é' || n end from generate_series(1, 2) n",
    );
    assert_eq!(rows, [vec![Some("1".into()), None], texts(&["2", "é2"])]);
    assert_eq!(
        run(&mut client, "create table public.things as select 1 as a"),
        [texts(&["SELECT 1"])]
    );
    // It cannot run in a transaction.
    assert_eq!(
        run(&mut client, "vacuum public.things"),
        [texts(&["VACUUM"])]
    );
    assert_eq!(
        run(&mut client, "select 1; select 2 where false"),
        Vec::<Vec<Option<String>>>::new()
    );
    // A megabyte, and two calls at the same time.
    let (one, other) = (
        launch(&mut client, "select repeat('x', 1000000)"),
        launch(&mut client, "select 2"),
    );
    assert_eq!(result(&mut client, other).unwrap(), [texts(&["2"])]);
    let long = result(&mut client, one).unwrap();
    assert_eq!(long[0][0].as_ref().unwrap().len(), 1_000_000);
    // The names are those of the session.
    client.batch_execute("set search_path = public").unwrap();
    assert_eq!(
        run(&mut client, "select count(*) from things"),
        [texts(&["1"])]
    );
    assert_eq!(
        result(&mut client, other).unwrap_err().message(),
        format!("unknown handle: {other}")
    );
    assert_no_crash(&cluster);
}

#[test]
fn background_passes_errors_and_notices() {
    if !since(90500) {
        return;
    }
    let (cluster, mut client) = server();
    client
        .batch_execute("create table public.things (a int constraint positive check (a > 0))")
        .unwrap();
    let handle = launch(&mut client, "insert into public.things values (-1)");
    let error = result(&mut client, handle).unwrap_err();
    assert_eq!(error.code().code(), "23514");
    assert_eq!(
        (error.schema(), error.table(), error.constraint()),
        (Some("public"), Some("things"), Some("positive"))
    );
    assert_eq!(error.detail(), Some("Failing row contains (-1)."));
    assert!(
        error
            .where_()
            .is_some_and(|text| text.contains("background worker \"background\"")),
        "{error:?}"
    );
    let handle = launch(&mut client, "select 1 / (");
    assert_eq!(
        result(&mut client, handle).unwrap_err().code().code(),
        "42601"
    );
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let mut listening = format!(
        "host={} user=postgres dbname=postgres",
        cluster.socket_dir().display()
    )
    .parse::<postgres::Config>()
    .unwrap();
    let mut listening = listening
        .notice_callback(move |notice| {
            let text = format!("{} {:?}", notice.message(), notice.hint());
            heard.lock().unwrap().push(text);
        })
        .connect(NoTls)
        .unwrap();
    run(
        &mut listening,
        "do $$ begin raise notice 'hello' using hint = 'listen'; end $$",
    );
    assert_eq!(*said.lock().unwrap(), ["hello Some(\"listen\")"]);
    assert_no_crash(&cluster);
}

#[test]
fn background_gives_no_privileges() {
    if !since(90500) {
        return;
    }
    let (cluster, mut client) = server();
    client
        .batch_execute("create table public.secret (a int); set session authorization alice")
        .unwrap();
    assert_eq!(
        run(
            &mut client,
            "select session_user, current_user, current_database()"
        ),
        [texts(&["alice", "alice", "postgres"])]
    );
    for attempt in [
        "select * from public.secret",
        "reset role; select * from public.secret",
        "reset session authorization; select * from public.secret",
        "set session authorization postgres",
        "set role bob",
        "alter role alice superuser",
    ] {
        let handle = launch(&mut client, attempt);
        let error = result(&mut client, handle).unwrap_err();
        assert_eq!(error.code().code(), "42501", "{attempt}: {error:?}");
    }
    // Another user in the same session, and another session.
    let handle = launch(&mut client, "select 1");
    client
        .batch_execute("set session authorization bob")
        .unwrap();
    for function in [
        "background_result",
        "background_cancel",
        "background_detach",
    ] {
        let error = client
            .batch_execute(&format!("select {function}({handle})"))
            .unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(error.code().code(), "42501", "{function}: {error:?}");
    }
    let mut other = cluster.connect().unwrap();
    assert!(result(&mut other, handle).is_err());
    client
        .batch_execute("set session authorization alice")
        .unwrap();
    assert_eq!(result(&mut client, handle).unwrap(), [texts(&["1"])]);
    // carol cannot log in.
    client
        .batch_execute("reset session authorization; set role carol")
        .unwrap();
    let handle = launch(&mut client, "select session_user");
    let answer = result(&mut client, handle);
    if since(170_000) {
        assert_eq!(answer.unwrap(), [texts(&["carol"])]);
    } else {
        assert!(answer.is_err());
    }
    assert_no_crash(&cluster);
}

#[test]
fn background_ends_with_its_session() {
    if !since(90500) {
        return;
    }
    let (cluster, mut client) = server();
    let none_runs =
        "select count(*) = 0 from pg_stat_activity where application_name = 'background'";
    let handle = launch(&mut client, "select pg_sleep(3600)");
    client
        .batch_execute(&format!("select background_cancel({handle})"))
        .unwrap();
    cluster.poll_query_until(none_runs, LONG).unwrap();
    // A wait that is canceled.
    let handle = launch(&mut client, "select pg_sleep(3600)");
    client
        .batch_execute("set statement_timeout = '1s'")
        .unwrap();
    assert_eq!(
        result(&mut client, handle).unwrap_err().code().code(),
        "57014"
    );
    client.batch_execute("reset statement_timeout").unwrap();
    cluster.poll_query_until(none_runs, LONG).unwrap();
    // A handle that is forgotten, and a session that ends: what has begun is completed.
    let begun = "select count(*) = 1 from pg_stat_activity
        where application_name = 'background' and query like 'select pg_sleep(3)%'";
    let handle = launch(
        &mut client,
        "select pg_sleep(3); create table public.detached ()",
    );
    cluster.poll_query_until(begun, LONG).unwrap();
    client
        .batch_execute(&format!("select background_detach({handle})"))
        .unwrap();
    cluster.poll_query_until(none_runs, LONG).unwrap();
    let mut other = cluster.connect().unwrap();
    launch(
        &mut other,
        "select pg_sleep(3); create table public.abandoned ()",
    );
    cluster.poll_query_until(begun, LONG).unwrap();
    drop(other);
    for table in ["detached", "abandoned"] {
        cluster
            .poll_query_until(
                &format!("select to_regclass('public.{table}') is not null"),
                LONG,
            )
            .unwrap();
    }
    cluster.poll_query_until(none_runs, LONG).unwrap();
    assert_no_crash(&cluster);
}
