//! Each example in a database where four roles have prepared everything that they can: a role with
//! LOGIN, the owner of the database, the owner of tables, and a role that may create objects in
//! `public`.

use super::{HOSTILE, is_superuser};
use pg_scratch::cluster::Cluster;
use postgres::Client;
use support::{LONG, assert_no_crash, cluster, library};

const ROLES: [&str; 4] = ["visitor", "mallory", "tabby", "eve"];

/// The tables that examples use, by the names that an unqualified statement would use.
const TABLES: &[(&str, &str)] = &[
    ("beats", "at timestamptz"),
    ("heartbeat", "at timestamptz"),
    ("took_over", "at timestamptz"),
    ("counted", "type text, value integer"),
    (
        "jobs",
        "id bigint, owner oid, statement text, state text, error text",
    ),
];

/// An example, its schema and table, and what is true once it does its work.
const EXAMPLES: &[(&str, Option<&str>, &str)] = &[
    ("channel", None, "select true"),
    (
        "heartbeat",
        Some("heartbeat.beats"),
        "select count(*) > 1 from heartbeat.beats",
    ),
    (
        "launcher",
        None,
        "select count(*) = 1 from pg_stat_activity where application_name = 'turn' and datname = 'postgres' and query like '%pg_database_size%'",
    ),
    (
        "naptime",
        None,
        "select count(*) = 1 from pg_stat_activity where application_name = 'naptime' and query like 'select count%'",
    ),
    (
        "queue",
        Some("queue.jobs"),
        "select count(*) = 1 from pg_class where oid = to_regclass('queue.jobs')",
    ),
    (
        "standby",
        Some("standby.took_over"),
        "select count(*) = 1 from standby.took_over",
    ),
    (
        "worker_spi",
        Some("schema1.counted"),
        "select count(*) = 1 from pg_class where oid = to_regclass('schema1.counted')",
    ),
];

/// A trigger that makes the role superuser if it runs with sufficient privileges, on tables in this
/// schema.
fn trap(role: &str, schema: &str) -> String {
    let mut sql = format!(
        "create function {schema}.trap_{role}() returns trigger language plpgsql as $$ begin
             if current_user <> '{role}' then execute 'alter role {role} superuser'; end if; return new; end $$;"
    );
    for (table, columns) in TABLES {
        sql += &format!(
            "create table {schema}.{table} ({columns}); grant all on {schema}.{table} to public;
             create trigger trap before insert or update on {schema}.{table}
                 for each row execute procedure {schema}.trap_{role}();"
        );
    }
    sql
}

/// A server whose database `postgres` is hostile. The session has none of its settings. The role of
/// the worker does not exist before all of this does, so the worker fails until then.
fn start(library_name: &str, worker: &str) -> (Cluster, Client) {
    let cluster = support::with_slots(20, cluster())
        .preload(library_name, library(library_name))
        .setting("privilege.worker", worker)
        .setting("naptime.interval", "1")
        .setting("launcher.workers", "10")
        .setting("launcher.turn", "3600")
        .setting("worker_spi.role", "worker_spi")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for role in ROLES {
        client
            .batch_execute(&format!("create role {role} login"))
            .unwrap();
    }
    let as_role = |client: &mut Client, role: &str, sql: &str| {
        let sql = format!("set session authorization {role}; {sql}; reset session authorization");
        client.batch_execute(&sql).unwrap();
    };
    client
        .batch_execute(
            "alter database postgres owner to mallory;
             create schema of_tabby; grant all on schema of_tabby to tabby;
             grant create on schema public to eve",
        )
        .unwrap();
    let evil = format!("{HOSTILE}; {}", trap("mallory", "evil"));
    as_role(&mut client, "mallory", &evil);
    as_role(&mut client, "tabby", &trap("tabby", "of_tabby"));
    as_role(&mut client, "eve", &trap("eve", "public"));
    client
        .batch_execute(&format!(
            "grant usage on schema of_tabby to public;
             alter database postgres set search_path = evil, of_tabby, public, pg_catalog;
             alter database postgres set role = mallory;
             create role {library_name} login; grant create on database postgres to {library_name};
             alter role {library_name} set search_path = evil, of_tabby, public, pg_catalog"
        ))
        .unwrap();
    (cluster, client)
}

fn wait_until(client: &mut Client, cluster: &Cluster, sql: &str) {
    // The schema does not exist from the start.
    let done = || {
        client
            .query_one(sql, &[])
            .ok()?
            .get::<_, bool>(0)
            .then_some(())
    };
    cluster.poll_until(sql, LONG, done).unwrap();
}

#[test]
fn no_role_gains_privileges_from_an_example() {
    support::requires!(90500, "SKIP LOCKED, payloads");
    for (example, table, works) in EXAMPLES {
        if !support::since(90500) && ["channel", "queue", "launcher"].contains(example) {
            continue;
        }
        let (cluster, mut client) = start(example, "");
        match *example {
            "channel" => drop(cluster.wait_for_log("checksums equal", LONG).unwrap()),
            _ => wait_until(&mut client, &cluster, works),
        }
        for role in ROLES {
            client
                .batch_execute(&format!("set session authorization {role}"))
                .unwrap();
            let mut attempts = vec![
                format!("set role {example}"),
                format!("grant {example} to {role}"),
                format!("alter role {example} superuser"),
                format!("alter role {role} superuser"),
                format!("reassign owned by {example} to {role}"),
            ];
            if let Some(table) = table {
                let (schema, _) = table.split_once('.').unwrap();
                attempts.extend([
                    format!("select * from {table}"),
                    format!("delete from {table}"),
                    format!("drop schema {schema} cascade"),
                    format!("alter schema {schema} owner to {role}"),
                    format!("create table {schema}.more (a int)"),
                    format!("alter table {table} add more int"),
                    format!("create trigger trap before insert on {table} for each row execute procedure public.trap_eve()"),
                ]);
            }
            for attempt in attempts {
                let refused = client.batch_execute(&attempt);
                assert!(refused.is_err(), "{example}, {role}: {attempt}");
            }
            client.batch_execute("reset session authorization").unwrap();
        }
        if *example == "heartbeat" {
            // It goes on.
            wait_until(
                &mut client,
                &cluster,
                "select count(*) > 4 from heartbeat.beats",
            );
        }
        for role in ROLES {
            assert!(!is_superuser(&mut client, role), "{example}: {role}");
        }
        let log = cluster.log();
        // With the role of an example the trap would only fail.
        assert!(!log.contains("\"alter role"), "{example}: {log}");
        assert_no_crash(&cluster);
    }
}

/// The roles do gain something from a worker that trusts the database.
#[test]
fn roles_gain_privileges_from_a_worker_that_opts_out() {
    let (cluster, mut client) = start("privilege", "trusts");
    for (role, gains) in [
        ("mallory", true),
        ("tabby", true),
        ("eve", true),
        ("visitor", false),
    ] {
        let sql = format!("select rolsuper = {gains} from pg_roles where rolname = '{role}'");
        wait_until(&mut client, &cluster, &sql);
    }
    cluster
        .wait_for_log("has trusted all of them", LONG)
        .unwrap();
    assert!(!is_superuser(&mut client, "visitor"));
}
