//! The scheduler in `examples/pg_sched`, built like the package of a user.

use super::downstream::build;
use pg_scratch::cluster::Cluster;
use pg_scratch::extension::Extension;
use postgres::Client;
use support::{LONG, assert_no_crash, count, requires, workspace};

fn start() -> Cluster {
    let control = workspace().join("examples/pg_sched/pg_sched.control");
    support::cluster()
        .preload("pg_sched", build("pg_sched", &[]))
        .extension(&Extension::of_control_file(&control).unwrap())
        .role("sched")
        .role("alice")
        .role("bob")
        .start()
        .unwrap()
}

fn as_role(cluster: &Cluster, role: &str) -> Client {
    let mut client = cluster.connect().unwrap();
    let role = format!("set session authorization {role}");
    client.batch_execute(&role).unwrap();
    client
}

/// Adds a job, and returns its number.
fn schedule(client: &mut Client, command: &str, every: &str, timeout: &str) -> i64 {
    let sql = "insert into sched.jobs (command, every, timeout)
        values ($1, $2::text::interval, $3::text::interval) returning id";
    let row = client.query_one(sql, &[&command, &every, &timeout]);
    row.unwrap().get(0)
}

/// Waits until the job has run this often, and returns the last error.
fn ran(cluster: &Cluster, client: &mut Client, job: i64, times: usize) -> Option<String> {
    let sql = "select error from sched.runs where job = $1 order by started";
    let found = cluster.poll_until("runs", LONG, || {
        let rows = client.query(sql, &[&job]).unwrap();
        (rows.len() >= times).then(|| rows.last().unwrap().get(0))
    });
    found.unwrap_or_else(|error| panic!("{error}\n{}", cluster.log()))
}

#[test]
fn jobs_run_as_their_owners() {
    requires!(90_500, "row security, and payloads");
    let cluster = start();
    let mut admin = cluster.connect().unwrap();
    admin.batch_execute("create extension pg_sched").unwrap();
    let mut alice = as_role(&cluster, "alice");
    alice
        .batch_execute(
            "create schema alice; create table alice.log (who text default current_user)",
        )
        .unwrap();
    let job = schedule(
        &mut alice,
        "insert into log default values",
        "1 hour",
        "1 minute",
    );
    assert_eq!(ran(&cluster, &mut alice, job, 1), None);
    let who: String = alice
        .query_one("select who from alice.log", &[])
        .unwrap()
        .get(0);
    assert_eq!(who, "alice");

    // VACUUM, and a procedure that commits.
    let job = schedule(&mut alice, "vacuum alice.log", "1 hour", "1 minute");
    assert_eq!(ran(&cluster, &mut alice, job, 1), None);
    if support::since(110_000) {
        let commits = "do $$ begin insert into log default values; commit;
            perform 1 / 0; end $$";
        let job = schedule(&mut alice, commits, "1 hour", "1 minute");
        let error = ran(&cluster, &mut alice, job, 1).unwrap();
        assert!(error.contains("division by zero"), "{error}");
        let rows: i64 = alice
            .query_one("select count(*) from alice.log", &[])
            .unwrap()
            .get(0);
        assert_eq!(rows, 2);
    }

    // A timeout, a job that runs again, and one that runs at once.
    let job = schedule(&mut alice, "select pg_sleep(100)", "1 hour", "300 ms");
    let error = ran(&cluster, &mut alice, job, 1).unwrap();
    assert!(error.contains("statement timeout"), "{error}");
    alice
        .query_one("select sched.run_now($1)", &[&job])
        .unwrap();
    ran(&cluster, &mut alice, job, 2);
    let often = schedule(&mut alice, "select 1", "1 second", "1 minute");
    assert_eq!(ran(&cluster, &mut alice, often, 3), None);

    // Others see nothing of it, and cannot make jobs of others.
    let mut bob = as_role(&cluster, "bob");
    assert!(bob.query("select from sched.jobs", &[]).unwrap().is_empty());
    assert!(bob.query("select from sched.runs", &[]).unwrap().is_empty());
    let error = bob.query_one("select sched.run_now($1)", &[&job]);
    let error = error.unwrap_err();
    let message = error.as_db_error().unwrap().message();
    assert_eq!(message, format!("you have no job {job}"));
    let steal = "insert into sched.jobs (command, every, owner) values ('x', '1 hour', 'alice')";
    assert!(bob.batch_execute(steal).is_err());
    assert!(
        alice
            .batch_execute("update sched.jobs set owner = 'bob'")
            .is_err()
    );

    // The extension can go, and come back.
    admin.batch_execute("drop extension pg_sched").unwrap();
    admin.batch_execute("create extension pg_sched").unwrap();
    let job = schedule(&mut alice, "select 1", "1 hour", "1 minute");
    assert_eq!(ran(&cluster, &mut alice, job, 1), None);
    assert!(
        count(
            &cluster,
            "starting background worker process \"pg_sched job"
        ) < 20
    );
    assert_no_crash(&cluster);
}
