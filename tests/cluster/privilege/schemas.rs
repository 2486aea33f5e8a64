//! Schemas and tables that another role has made before the worker came.

use super::is_superuser;
use pg_scratch::cluster::Cluster;
use postgres::Client;
use support::{LONG, assert_no_crash, cluster, library};

/// Makes eve superuser if it runs with sufficient privileges.
const SQUAT: &str = "create function public.squat() returns trigger language plpgsql as $$ begin
        if current_user <> 'eve' then execute 'alter role eve superuser'; end if;
        return new;
    end $$";

/// A server with this library, in which eve, a role with LOGIN, has prepared something before the
/// worker came for the first time.
pub(super) fn with_eve(name: &str, worker: &str, grants: &str, prepare: &str) -> (Cluster, Client) {
    let mut cluster = cluster()
        .library(name, library(name))
        .role(name)
        .role("careful")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create role eve login").unwrap();
    client.batch_execute(grants).unwrap();
    client
        .batch_execute(&format!(
            "set session authorization eve; {prepare}; reset session authorization"
        ))
        .unwrap();
    drop(client);
    cluster
        .write_setting("shared_preload_libraries", name)
        .unwrap();
    cluster.write_setting("privilege.worker", worker).unwrap();
    cluster
        .write_setting("worker_spi.role", "worker_spi")
        .unwrap();
    cluster.restart().unwrap();
    let client = cluster.connect().unwrap();
    (cluster, client)
}

/// PUBLIC may do this before 15.
const PUBLIC: &str = "grant create on schema public to public";

#[test]
fn table_in_public_attacks_a_worker_that_reuses_it() {
    let (cluster, mut client) = with_eve(
        "privilege",
        "creates_in_public",
        PUBLIC,
        &format!(
            "create table public.heartbeat (at timestamptz not null); {SQUAT};
             create trigger squat before insert on public.heartbeat for each row execute procedure public.squat()"
        ),
    );
    cluster
        .poll_query_until("select count(*) > 0 from public.heartbeat", LONG)
        .unwrap();
    assert!(is_superuser(&mut client, "eve"));
}

#[test]
fn schema_of_another_role_is_refused() {
    for (example, table) in [
        ("heartbeat", "heartbeat.beats (at timestamptz not null)"),
        ("standby", "standby.took_over (at timestamptz not null)"),
        ("worker_spi", "schema1.counted (type text, value integer)"),
        (
            "queue",
            "queue.jobs (id bigserial, owner oid, statement text, state text, error text)",
        ),
    ] {
        let (schema, _) = table.split_once('.').unwrap();
        let name = table.split(' ').next().unwrap();
        let (cluster, mut client) = with_eve(
            example,
            "",
            "grant create on database postgres to eve; grant create on schema public to public",
            &format!(
                "create schema {schema}; create table {table}; grant all on schema {schema} to public; grant all on {name} to public;
                 {SQUAT}; create trigger squat before insert or update on {name} for each row execute procedure public.squat()"
            ),
        );
        cluster
            .wait_for_log(
                &format!("ERROR:  schema \"{schema}\" is owned by another role"),
                LONG,
            )
            .unwrap();
        cluster
            .wait_for_log("DETAIL:  The owner is role \"eve\".", LONG)
            .unwrap();
        let rows: i64 = client
            .query_one(&format!("select count(*) from {name}"), &[])
            .unwrap()
            .get(0);
        assert_eq!(rows, 0, "{example}");
        assert!(!is_superuser(&mut client, "eve"), "{example}");
        assert_no_crash(&cluster);
    }
}

/// Tables of the same names in public, where an unqualified name would find them.
#[test]
fn examples_ignore_tables_in_public() {
    for (example, own, table, grown) in [
        (
            "heartbeat",
            "heartbeat.beats",
            "beats (at timestamptz)",
            "select count(*) > 1 from heartbeat.beats",
        ),
        (
            "standby",
            "standby.took_over",
            "took_over (at timestamptz)",
            "select count(*) = 1 from standby.took_over",
        ),
        (
            "worker_spi",
            "schema1.counted",
            "counted (type text, value integer)",
            "select count(*) = 1 from pg_class where relname = 'counted' and relnamespace = (select oid from pg_namespace where nspname = 'schema1')",
        ),
    ] {
        let name = table.split(' ').next().unwrap();
        let (cluster, mut client) = with_eve(
            example,
            "",
            PUBLIC,
            &format!(
                "create table public.{table}; {SQUAT}; grant all on public.{name} to public;
                 create trigger squat before insert or update on public.{name} for each row execute procedure public.squat()"
            ),
        );
        cluster.poll_query_until(grown, LONG).unwrap();
        assert!(!is_superuser(&mut client, "eve"), "{example}");
        // Eve has no access to the objects of the example, either.
        client.batch_execute("set role eve").unwrap();
        let read = client.query_one(&format!("select count(*) from {own}"), &[]);
        let refused = read.unwrap_err();
        assert_eq!(
            refused.code().map(|code| code.code()),
            Some("42501"),
            "{example}"
        );
        assert_no_crash(&cluster);
    }
}

#[test]
fn schemas_are_checked_before_use() {
    let (cluster, mut client) = with_eve(
        "privilege",
        "schemas",
        "grant create on database postgres to eve;
         create schema shared authorization careful; grant create on schema shared to public;
         create role alice; create schema \"to alice\" authorization careful; grant all on schema \"to alice\" to alice;
         create schema planted authorization careful; grant create, usage on schema planted to eve;
         set role eve; create table planted.heartbeat (at timestamptz); reset role;
         revoke create on schema planted from eve",
        "create schema squatted",
    );
    cluster.wait_for_log("schemas done", LONG).unwrap();
    let log = cluster.log();
    for line in [
        "schema fresh: ok []",
        "schema squatted: schema \"squatted\" is owned by another role; The owner is role \"eve\". [SchemaWritable(\"squatted\")]",
        "schema shared: other roles may create objects in schema \"shared\"; The privilege CREATE is granted to: PUBLIC. [SchemaWritable(\"shared\")]",
        "schema to alice: other roles may create objects in schema \"to alice\"; The privilege CREATE is granted to: alice. [SchemaWritable(\"to alice\")]",
        "schema planted: schema \"planted\" contains objects owned by other roles; The owners are: eve. []",
        "schema Ünder \"quotes\": ok []",
    ] {
        assert!(log.contains(line), "{line}\n{log}");
    }
    let owner: String = client
        .query_one(
            "select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = 'Ünder \"quotes\"'",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(owner, "careful");
    // Another account may change the library now.
    let file = cluster.data_dir().with_file_name("lib");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(&file, mode).unwrap();
    client
        .batch_execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'schemas'",
        )
        .unwrap();
    let line = cluster
        .wait_for_log("schema fresh: ok [LibraryWritable(", LONG)
        .unwrap();
    assert!(line.contains("/lib/privilege."), "{line}");
    assert_no_crash(&cluster);
}

/// Objects by kind, as `CREATE` and `ALTER` call it. `SCHEMA` is a schema of its own for each.
const KINDS: &[(&str, &str)] = &[
    ("table SCHEMA.x", "(a int)"),
    ("sequence SCHEMA.x", ""),
    ("view SCHEMA.x", "as select 1"),
    ("type SCHEMA.x", "as (a int)"),
    ("domain SCHEMA.x", "as int"),
    (
        "function SCHEMA.x()",
        "returns int language sql as 'select 1'",
    ),
    (
        "operator SCHEMA.= (int, int)",
        "(procedure = int4eq, leftarg = int, rightarg = int)",
    ),
    ("operator family SCHEMA.x using hash", ""),
    (
        "operator class SCHEMA.x using hash",
        "for type int using hash as operator 1 =",
    ),
    ("collation SCHEMA.x", "from \"C\""),
    (
        "conversion SCHEMA.x",
        "for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
    ),
    ("text search dictionary SCHEMA.x", "(template = simple)"),
    ("text search configuration SCHEMA.x", "(copy = simple)"),
    ("statistics SCHEMA.x", "on a, b from public.two"),
];

#[test]
fn object_of_another_role_is_found_whatever_its_kind() {
    let mut prepare = "create table public.two (a int, b int);".to_owned();
    let mut kinds = Vec::new();
    for (object, rest) in KINDS {
        let (kind, _) = object.split_once(" SCHEMA").unwrap();
        if kind == "statistics" && !support::since(100_000) {
            continue;
        }
        let schema = format!("\"planted {kind}\"");
        let object = object.replace("SCHEMA", &schema);
        // CREATE names the arguments and the access method elsewhere.
        let created = match kind {
            "operator" => object.trim_end_matches(" (int, int)"),
            "operator class" => object.trim_end_matches(" using hash"),
            _ => &object,
        };
        prepare += &format!(
            "create schema {schema} authorization careful; create {created} {rest}; alter {object} owner to eve;"
        );
        kinds.push(kind);
    }
    let (cluster, _client) = with_eve("privilege", "schemas", &prepare, "select 1");
    cluster.wait_for_log("schemas done", LONG).unwrap();
    let log = cluster.log();
    for kind in kinds {
        let line = format!(
            "schema planted {kind}: schema \"planted {kind}\" contains objects owned by other roles; The owners are: eve. []"
        );
        assert!(log.contains(&line), "{line}\n{log}");
    }
}

#[test]
fn workers_can_create_one_schema_concurrently() {
    support::requires!(90500, "SKIP LOCKED");
    for _ in 0..3 {
        let cluster = cluster()
            .preload("queue", library("queue"))
            .role("queue")
            .setting("queue.workers", "12")
            .setting("max_worker_processes", "20")
            .start()
            .unwrap();
        cluster
            .poll_query_until(
                "select count(*) = 12 from pg_stat_activity where application_name like 'queue %' and state = 'idle'",
                LONG,
            )
            .unwrap();
        cluster
            .poll_until("all of them", LONG, || {
                (support::count(&cluster, "taking jobs from the queue") == 12).then_some(())
            })
            .unwrap();
        // The server logs errors that a savepoint catches; no worker has exited because of one.
        assert!(!cluster.log().contains("exited with"), "{}", cluster.log());
    }
}
