//! Jobs of another role in the queue.

use super::is_superuser;
use super::schemas::with_eve;
use support::{LONG, assert_no_crash};

/// A job of eve for a queue that runs statements as the worker's role.
#[test]
fn job_attacks_a_worker_that_runs_it_as_itself() {
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

/// Statements that must fail as jobs of eve, and the error messages.
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
fn queue_grants_no_privileges() {
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
    // Eve inserts with her own role. She cannot name another owner, such as bob, as whom the queue
    // may run SQL.
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
    // A trigger backs up the privilege: a role that may insert into all columns is still set as
    // the owner.
    client
        .batch_execute("reset role; grant insert on queue.jobs to eve; set role eve")
        .unwrap();
    client.batch_execute(&forged).unwrap();
    // An owner that is dropped before the job runs.
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
