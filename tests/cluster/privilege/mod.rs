//! No role gains the privileges of a worker, or of another role, through a worker. The same attacks
//! succeed against workers that have opted out of what protects them, so these tests can fail.

mod jobs;
mod matrix;
mod schemas;

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

/// Everything that a database owner can do to interfere with a superuser's statements. `own` makes
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

/// Creates the prepared database `victim`, which mallory owns, atomically: a worker that
/// waits for it finds it prepared.
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

/// Returns whether a role has become superuser.
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
fn database_setting_of_session_authorization_is_refused_or_ignored() {
    let hostile = "set role mallory; alter database prepared set session_authorization = mallory";
    let cluster = start("fixed");
    prepare_victim_with(&cluster, hostile);
    let refused = "ERROR:  could not connect as the bootstrap superuser";
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
fn database_setting_of_search_path_is_ignored() {
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
        // The owner did not choose the worker's role, either.
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
fn database_setting_of_search_path_attacks_a_worker_that_opts_out() {
    let cluster = start("opted_out");
    let mut client = prepare_victim(&cluster);
    cluster.wait_for_log("unqualified: ", LONG).unwrap();
    assert!(is_superuser(&mut client, "mallory"));
}

#[test]
fn internal_sql_ignores_search_path() {
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
fn run_as_runs_sql_as_that_user() {
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

/// Launchers visit databases of other owners.
#[test]
fn database_owner_gains_nothing_from_a_visiting_worker() {
    support::requires!(90500, "payloads");
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
    // None of mallory's functions was called: with the launcher's role it would have failed with an
    // error.
    let log = cluster.log();
    assert!(!log.contains("alter role mallory superuser"), "{log}");
    assert_no_crash(&cluster);
}
