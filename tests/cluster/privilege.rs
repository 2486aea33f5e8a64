//! No role gains the rights of a worker, or of another role, through one. The same attacks succeed
//! against workers that have opted out of what protects them, so these tests can fail.

use pg_scratch::cluster::Cluster;
use postgres::Client;
use support::{LONG, assert_no_crash, cluster, library};

/// A scratch server with this worker of `tests/fixtures/privilege.rs`.
fn start(worker: &str) -> Cluster {
    cluster()
        .preload("privilege", library("privilege"))
        .setting("privilege.worker", worker)
        .role("careful")
        .start()
        .unwrap()
}

/// Everything that a database owner can put into the way of a superuser's statements. `own` makes
/// mallory superuser if it can.
const HOSTILE: &str = r#"
    create schema evil;
    grant usage on schema evil to public;
    create function evil.own() returns void language plpgsql as $$ begin
        if current_user <> 'mallory' then execute 'alter role mallory superuser'; end if;
    end $$;
    create function evil.same(name, text) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1::text operator(pg_catalog.=) $2; end $$;
    create function evil.same(oid, oid) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1 operator(pg_catalog.=) $2; end $$;
    create function evil.same(name, name) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1 operator(pg_catalog.=) $2; end $$;
    create function evil.same(text, text) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1 operator(pg_catalog.=) $2; end $$;
    create function evil.differs(oid, oid) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1 operator(pg_catalog.<>) $2; end $$;
    create function evil.differs(int, int) returns bool language plpgsql as $$ begin
        perform evil.own(); return $1 operator(pg_catalog.<>) $2; end $$;
    create operator evil.= (procedure = evil.same, leftarg = name, rightarg = text);
    create operator evil.= (procedure = evil.same, leftarg = oid, rightarg = oid);
    create operator evil.= (procedure = evil.same, leftarg = name, rightarg = name);
    create operator evil.= (procedure = evil.same, leftarg = text, rightarg = text);
    create operator evil.<> (procedure = evil.differs, leftarg = oid, rightarg = oid);
    create operator evil.<> (procedure = evil.differs, leftarg = int, rightarg = int);
    create function evil.bait() returns name language plpgsql as $$ begin
        perform evil.own(); return 'plpgsql'; end $$;
    create view evil.pg_extension as select evil.bait() as extname;
    create view evil.pg_database as select oid, evil.bait() as datname, datallowconn, datconnlimit from pg_catalog.pg_database;
    create view evil.pg_namespace as select oid, evil.bait() as nspname, nspowner, nspacl from pg_catalog.pg_namespace;
    create function evil.pg_database_size(name) returns bigint language plpgsql as $$ begin
        perform evil.own(); return 0; end $$;
    create function evil.pg_notify(text, text) returns void language plpgsql as $$ begin perform evil.own(); end $$;
    create function evil.pg_get_userbyid(oid) returns name language plpgsql as $$ begin
        perform evil.own(); return 'mallory'; end $$;
    create function evil.now() returns timestamptz language plpgsql as $$ begin
        perform evil.own(); return pg_catalog.now(); end $$;
"#;

/// Makes database `victim`, which mallory owns and has prepared, appear at once: a worker that
/// waits for it finds it so.
fn prepare_victim(cluster: &Cluster) -> Client {
    prepare_victim_with(cluster, "select 1")
}

fn prepare_victim_with(cluster: &Cluster, settings: &str) -> Client {
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create role mallory login").unwrap();
    client
        .batch_execute("create database prepared owner mallory")
        .unwrap();
    let mut inside = cluster.connect_to("prepared").unwrap();
    inside
        .batch_execute("set session authorization mallory")
        .unwrap();
    inside.batch_execute(HOSTILE).unwrap();
    inside
        .batch_execute(
            "alter database prepared set search_path = evil, pg_catalog;
             alter database prepared set role = mallory;
             reset session authorization;
             create schema chosen;
             alter role postgres set search_path = evil, pg_catalog;
             alter role postgres in database prepared set search_path = evil, pg_catalog;
             alter role careful set search_path = evil, pg_catalog;
             alter role careful in database prepared set search_path = evil, pg_catalog;
             grant create on database prepared to careful",
        )
        .unwrap();
    inside.batch_execute(settings).unwrap();
    drop(inside);
    cluster
        .poll_until("the session to go", LONG, || {
            client
                .execute("alter database prepared rename to victim", &[])
                .ok()
        })
        .unwrap();
    client
}

/// Whether a role has become superuser.
fn is_superuser(client: &mut Client, role: &str) -> bool {
    client
        .query_one(
            "select rolsuper from pg_catalog.pg_roles where rolname = $1",
            &[&role],
        )
        .unwrap()
        .get(0)
}

#[test]
fn the_session_authorization_of_a_database_is_refused_or_has_no_effect() {
    let hostile = "set role mallory; alter database prepared set session_authorization = mallory";
    let cluster = start("fixed");
    prepare_victim_with(&cluster, hostile);
    let refused = "ERROR:  a setting of the database makes this worker another role";
    cluster.wait_for_log(refused, LONG).unwrap();
    assert!(
        !cluster.log().contains("the worker is"),
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);

    let cluster = start("as_role");
    prepare_victim_with(&cluster, hostile);
    let role = "the worker is careful of careful";
    cluster.wait_for_log(role, LONG).unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn the_search_path_of_a_database_has_no_effect() {
    for (worker, path, local) in [
        ("fixed", "pg_catalog, pg_temp", "public"),
        ("as_role", "pg_catalog, pg_temp", "public"),
        ("chosen", "pg_catalog, chosen, pg_temp", "public"),
    ] {
        let cluster = start(worker);
        let mut client = prepare_victim(&cluster);
        cluster
            .wait_for_log(
                &format!("search_path is <{path}>, local <{local}>, then <{path}>, reset <{path}>, all <{path}>; 1 extensions"),
                LONG,
            )
            .unwrap();
        assert!(!is_superuser(&mut client, "mallory"), "{worker}");
        // Nor did the owner choose who the worker is.
        let role = if worker == "as_role" {
            "careful"
        } else {
            "postgres"
        };
        let line = format!("the worker is {role} of {role}");
        assert!(cluster.log().contains(&line), "{}", cluster.log());
        assert_no_crash(&cluster);
    }
}

#[test]
fn the_search_path_of_a_database_is_an_attack_on_who_opts_out() {
    let cluster = start("opted_out");
    let mut client = prepare_victim(&cluster);
    cluster.wait_for_log("unqualified: ", LONG).unwrap();
    assert!(is_superuser(&mut client, "mallory"));
}

#[test]
fn the_crates_own_sql_means_the_same_in_every_search_path() {
    let cluster = start("calls_of_the_crate");
    let mut client = prepare_victim(&cluster);
    cluster
        .wait_for_log("the crate's own SQL has run: true", LONG)
        .unwrap();
    assert!(!is_superuser(&mut client, "mallory"));
    assert_no_crash(&cluster);
}

/// Roles and tables of `tests/fixtures/privilege/run_as.rs`.
fn prepare_roles(cluster: &Cluster) -> Client {
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create role alice; create role amanda; create role bob; create role stranger;
             grant amanda to alice; grant alice, bob to careful;
             create schema alice authorization alice;
             set role alice;
             create table alice.kept (n int);
             create table alice.deferrable (n int unique deferrable);
             create table alice.deferred (n int);
             create function alice.later() returns trigger language plpgsql as 'begin return null; end';
             create constraint trigger later after insert on alice.deferred deferrable initially deferred
                 for each row execute procedure alice.later();
             reset role",
        )
        .unwrap();
    if cluster.server().version.num >= 160_000 {
        // A member that may not SET ROLE.
        client
            .batch_execute("grant stranger to careful with set false, inherit true")
            .unwrap();
    }
    client.batch_execute("create role ready").unwrap();
    client
}

#[test]
fn sql_of_another_user_runs_as_that_user() {
    for (worker, role) in [
        ("run_as_member", "careful"),
        ("run_as_superuser", "postgres"),
    ] {
        let mut cluster = start(worker);
        let mut client = prepare_roles(&cluster);
        cluster.wait_for_log("run_as done", LONG).unwrap();
        let log = cluster.log();
        let cases = log.matches("LOG:  run_as ").count();
        let passed = log
            .lines()
            .filter(|line| line.contains("LOG:  run_as ") && line.ends_with(": ok"));
        assert_eq!((cases, passed.count()), (16, 15), "{worker}: {log}");
        let sleeping = format!(
            "select count(*) = 1 from pg_stat_activity where application_name = '{worker}' and query like '%pg_sleep%' and state = 'active'"
        );
        cluster.poll_query_until(&sleeping, LONG).unwrap();
        let oid: u32 = client
            .query_one("select oid from pg_roles where rolname = $1", &[&role])
            .unwrap()
            .get(0);
        drop(client);
        cluster
            .stop(pg_scratch::cluster::StopMode::Fast, LONG)
            .unwrap();
        let interrupted = format!("interrupted as {oid} in context 0");
        assert!(cluster.log().contains(&interrupted), "{}", cluster.log());
        assert_no_crash(&cluster);
    }
}

/// What makes eve superuser when it runs with the rights of somebody who may do that.
const SQUAT: &str = "create function public.squat() returns trigger language plpgsql as $$ begin
        if current_user <> 'eve' then execute 'alter role eve superuser'; end if;
        return new;
    end $$";

/// A server with this library, in which eve, who may log in, has prepared something before the
/// worker came for the first time.
fn with_eve(name: &str, worker: &str, grants: &str, prepare: &str) -> (Cluster, Client) {
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
    cluster.restart().unwrap();
    let client = cluster.connect().unwrap();
    (cluster, client)
}

/// PUBLIC may do this before 15.
const PUBLIC: &str = "grant create on schema public to public";

#[test]
fn a_table_in_public_is_an_attack_on_who_takes_it() {
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
fn a_schema_that_another_role_has_made_is_refused() {
    for (example, table) in [
        ("heartbeat", "heartbeat.beats (at timestamptz not null)"),
        ("standby", "standby.took_over (at timestamptz not null)"),
        (
            "worker_spi",
            "worker_spi_1.counted (kind text not null, amount bigint not null)",
        ),
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
                &format!("ERROR:  schema \"{schema}\" belongs to another role"),
                LONG,
            )
            .unwrap();
        cluster
            .wait_for_log("DETAIL:  Its owner is \"eve\".", LONG)
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
fn tables_in_public_are_not_taken_for_an_examples_own() {
    for (example, table, grown) in [
        (
            "heartbeat",
            "beats (at timestamptz)",
            "select count(*) > 1 from heartbeat.beats",
        ),
        (
            "standby",
            "took_over (at timestamptz)",
            "select count(*) = 1 from standby.took_over",
        ),
        (
            "worker_spi",
            "counted (kind text, amount bigint)",
            "select count(*) = 1 from worker_spi_1.counted",
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
        // Nor may eve touch what the example has made.
        client.batch_execute("set role eve").unwrap();
        let (query, _) = grown.split_once(" from ").unwrap();
        assert!(
            client
                .query_one(&grown.replace(query, "select count(*)"), &[])
                .is_err()
        );
        assert_no_crash(&cluster);
    }
}

#[test]
fn schemas_are_looked_at_before_they_are_used() {
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
        "schema squatted: schema \"squatted\" belongs to another role; Its owner is \"eve\". [SchemaWritable(\"squatted\")]",
        "schema shared: others may create objects in schema \"shared\"; They are: PUBLIC. [SchemaWritable(\"shared\")]",
        "schema to alice: others may create objects in schema \"to alice\"; They are: alice. [SchemaWritable(\"to alice\")]",
        "schema planted: objects in schema \"planted\" belong to other roles; Their owners are: eve. []",
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

#[test]
fn several_workers_may_make_the_same_schema_at_the_same_time() {
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
        // The server writes a line for what a savepoint has caught; nobody has left because of one.
        assert!(!cluster.log().contains("exited with"), "{}", cluster.log());
    }
}

/// Launchers visit databases of other owners.
#[test]
fn the_owner_of_a_database_gains_nothing_from_a_visit() {
    support::requires!(90400, "dynamic workers");
    let cluster = cluster()
        .preload("launcher", library("launcher"))
        .role("launcher")
        .role("careful")
        .setting("launcher.workers", "10")
        .setting("launcher.turn", "3600")
        .start()
        .unwrap();
    let mut client = prepare_victim(&cluster);
    cluster
        .poll_query_until(
            "select count(*) = 1 from pg_stat_activity where application_name = 'turn' and datname = 'victim'
             and usename = 'launcher' and state = 'idle' and query like '%pg_database_size%'",
            LONG,
        )
        .unwrap();
    assert!(!is_superuser(&mut client, "mallory"));
    // Nothing of mallory's was called: as launcher it would have failed, and said so.
    let log = cluster.log();
    assert!(!log.contains("alter role mallory superuser"), "{log}");
    assert_no_crash(&cluster);
}

/// What eve does with a queue that runs her statements itself.
#[test]
fn a_job_is_an_attack_on_who_runs_it_itself() {
    let (cluster, mut client) = with_eve(
        "privilege",
        "runs_jobs_itself",
        "create table public.jobs (statement text); grant insert on public.jobs to public",
        "insert into public.jobs values ('reset role; alter role eve superuser')",
    );
    cluster
        .poll_query_until("select count(*) = 0 from public.jobs", LONG)
        .unwrap();
    assert!(is_superuser(&mut client, "eve"));
}

/// Statements of eve that must fail, each as a job of hers, and what the error says.
const JOBS: &[(&str, &str)] = &[
    ("alter role eve superuser", ""),
    (
        "reset role; alter role eve superuser",
        "cannot set parameter",
    ),
    (
        "set role bob; insert into eve.loot select secret from bob.secrets",
        "cannot set parameter",
    ),
    (
        "set session authorization queue; update queue.jobs set state = 'done'",
        "cannot set parameter",
    ),
    (
        "reset session authorization; grant queue to eve",
        "cannot set parameter",
    ),
    (
        "insert into eve.loot select secret from bob.secrets",
        "permission denied",
    ),
    ("update queue.jobs set owner = 10", "permission denied"),
    ("select queue.stamp()", ""),
    ("create table queue.mine ()", "permission denied"),
    (
        "create temp table jobs (id bigint, owner oid, statement text, state text, error text)",
        "temporary table",
    ),
    ("insert into eve.deferred values (1)", "deferred trigger"),
    ("grant queue to eve", ""),
    ("commit; alter role eve superuser", ""),
    (
        "do $$ begin raise exception '%', repeat('é', 3000000); end $$",
        "éééé",
    ),
    (
        r#"do $$ begin raise exception using message = E'a\u0001\n "quoted"'; end $$"#,
        "\"quoted\"",
    ),
];

#[test]
fn nobody_gains_anything_through_the_queue() {
    support::requires!(90500, "SKIP LOCKED");
    let cluster = support::example("queue")
        .setting("queue.workers", "2")
        .start()
        .unwrap();
    cluster
        .poll_query_until(
            "select exists (select 1 from pg_tables where schemaname = 'queue' and tablename = 'jobs')",
            LONG,
        )
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create role eve login; create role bob; create role carol;
             grant eve, bob to queue;
             create schema eve authorization eve; create schema bob authorization bob;
             grant usage on schema queue to eve, carol;
             grant insert (statement) on queue.jobs to eve, carol;
             grant usage on sequence queue.jobs_id_seq to eve, carol;
             set role bob;
             create table bob.secrets (secret text); insert into bob.secrets values ('of bob');
             set role eve;
             create table eve.loot (what text); create table eve.deferred (n int);
             create function eve.later() returns trigger language plpgsql as $$ begin
                 if current_user <> 'eve' then execute 'alter role eve superuser'; end if; return null; end $$;
             create constraint trigger later after insert on eve.deferred deferrable initially deferred
                 for each row execute procedure eve.later();
             reset role",
        )
        .unwrap();
    // Eve inserts as herself, and cannot name another owner: bob, as whom the queue may run SQL.
    let bob: u32 = client
        .query_one("select oid from pg_roles where rolname = 'bob'", &[])
        .unwrap()
        .get(0);
    let forged = format!(
        "insert into queue.jobs (owner, statement)
         values ({bob}, 'grant usage on schema bob to eve; grant select on bob.secrets to eve')"
    );
    client
        .batch_execute("set session authorization eve")
        .unwrap();
    assert!(client.batch_execute(&forged).is_err());
    let insert = "insert into queue.jobs (statement) values ($1)";
    for (job, _) in JOBS {
        client.execute(insert, &[job]).unwrap();
    }
    client
        .execute(insert, &[&"insert into eve.loot select current_user::text"])
        .unwrap();
    client
        .batch_execute("reset session authorization; set role carol")
        .unwrap();
    client.execute(insert, &[&"select 1"]).unwrap();
    // A trigger stands behind the privilege: whoever may insert into all columns is the owner all
    // the same.
    client
        .batch_execute("reset role; grant insert on queue.jobs to eve; set role eve")
        .unwrap();
    client.batch_execute(&forged).unwrap();
    // An owner who is gone before the job runs.
    client
        .batch_execute(
            "reset role; create role dave; grant usage on schema queue to dave;
             grant insert (statement) on queue.jobs to dave; grant usage on sequence queue.jobs_id_seq to dave",
        )
        .unwrap();
    client
        .batch_execute(
            "begin; set local role dave; insert into queue.jobs (statement) values ('select 2'); reset role;
             revoke insert (statement) on queue.jobs from dave; revoke usage on sequence queue.jobs_id_seq from dave;
             revoke usage on schema queue from dave; drop role dave; commit",
        )
        .unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 0 from queue.jobs where state = 'waiting'",
            LONG,
        )
        .unwrap();
    let mut outcome = |job: &str| -> (String, String) {
        let sql = "select state, coalesce(error, '') from queue.jobs where statement = $1 order by id desc limit 1";
        let row = client.query_one(sql, &[&job]).unwrap();
        (row.get(0), row.get(1))
    };
    for (job, expected) in JOBS {
        let (state, error) = outcome(job);
        assert_eq!(state, "failed", "{job}");
        assert!(error.contains(expected), "{job}: {error:.200}");
    }
    assert_eq!(
        outcome("select 1").1,
        "role \"queue\" may not run SQL as role \"carol\""
    );
    let (state, error) = outcome("select 2");
    assert!(
        state == "failed" && error.ends_with("does not exist"),
        "{error}"
    );
    let loot: Vec<String> = client
        .query("select what from eve.loot", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(loot, ["eve"]);
    let reads: bool = client
        .query_one(
            "select has_table_privilege('eve', 'bob.secrets', 'select')",
            &[],
        )
        .unwrap()
        .get(0);
    assert!(!reads);
    assert!(!is_superuser(&mut client, "eve"));
    assert_no_crash(&cluster);
}
