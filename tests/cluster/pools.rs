//! Pools: jobs and their errors, how many workers run, and turns of databases.

use super::bell::{make_functions, session_with};
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use postgres::Client;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, count, requires};

/// A scratch server that runs one scenario of `tests/fixtures/pools.rs`.
fn pools(scenario: &str) -> ClusterBuilder {
    support::with_slots(30, support::cluster())
        .preload("pools", support::library("pools"))
        .role("runner")
        .setting("pools.run", scenario)
}

fn text(client: &mut Client, query: &str) -> String {
    client.query_one(query, &[]).unwrap().get(0)
}

/// The message, the detail and the hint of the error of a query.
fn error(client: &mut Client, query: &str) -> (String, String, String) {
    let error = client.query_one(query, &[]).unwrap_err();
    let error = error.as_db_error().expect("the server's error");
    (
        error.message().to_string(),
        error.detail().unwrap_or_default().to_string(),
        error.hint().unwrap_or_default().to_string(),
    )
}

const RUNNERS: &str = "select count(*) from pg_stat_activity where application_name ~ '^runner'";

fn runners(client: &mut Client) -> i64 {
    client.query_one(RUNNERS, &[]).unwrap().get(0)
}

fn wait_for_runners(cluster: &Cluster, client: &mut Client, number: i64) {
    let found = cluster.poll_until(RUNNERS, LONG, || (runners(client) == number).then_some(()));
    found.unwrap_or_else(|error| panic!("{error}\n{}", cluster.log()));
}

#[test]
fn jobs_return_results_and_errors() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    assert_eq!(runners(&mut client), 0);
    let own: i32 = client
        .query_one("select pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    let result = text(&mut client, "select run_job('sql select ''yes''', 60)");
    let (pid, rest) = result.split_once('|').unwrap();
    assert_eq!(rest, "postgres|yes");
    assert_ne!(pid, own.to_string());
    let user = text(
        &mut client,
        "select run_job('sql select current_user::text', 60)",
    );
    assert!(user.ends_with("|postgres|runner"), "{user}");

    let (message, _, hint) = error(&mut client, "select run_job('fail', 60)");
    assert_eq!(message, "the job fails");
    assert_eq!(hint, "Do not run it.");
    let (message, ..) = error(&mut client, "select run_job('panic', 60)");
    assert_eq!(message, "panicked: the job panics");
    let failed = client
        .query_one("select run_job('sql select (1/0)::text', 60)", &[])
        .unwrap_err();
    assert_eq!(failed.code().unwrap().code(), "22012");
    // None of that has ended the worker. Another one may have begun: the caller has its result
    // before the worker is idle again.
    let again = text(&mut client, "select run_job('sql select ''again''', 60)");
    assert!(again.ends_with("|postgres|again"), "{again}");
    let lives = format!("select count(*) from pg_stat_activity where pid = {pid}");
    assert_eq!(client.query_one(&lives, &[]).unwrap().get::<_, i64>(0), 1);

    // Long inputs and results pass through the rings.
    let long = text(
        &mut client,
        "select run_job('length ' || repeat('x', 3000000), 60)",
    );
    assert!(long.ends_with("|postgres|3000000"), "{long}");
    let long = text(&mut client, "select run_job('many 3000000', 60)");
    assert!(long.len() > 3_000_000);
    assert_no_crash(&cluster);
}

#[test]
fn pool_grows_with_its_jobs_and_shrinks_without() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    let result = text(
        &mut client,
        "select run_jobs('sql select pg_sleep(0.3)::text', 12)",
    );
    let pids: BTreeSet<&str> = result
        .lines()
        .map(|line| line.split('|').next().unwrap())
        .collect();
    assert_eq!(pids.len(), 4, "{result}");
    assert_eq!(result.lines().count(), 12);
    wait_for_runners(&cluster, &mut client, 0);
    // The numbers take effect with a reload.
    cluster.set("pools.fewest", "2").unwrap();
    // Those that run without a job are not connected, so no view has them.
    let idle = || {
        let workers = cluster.workers();
        workers
            .iter()
            .filter(|worker| worker.title.contains("runner"))
            .count()
    };
    cluster
        .poll_until("two workers", LONG, || (idle() == 2).then_some(()))
        .unwrap();
    cluster.set("pools.fewest", "0").unwrap();
    cluster.set("pools.most", "1").unwrap();
    let result = text(
        &mut client,
        "select run_jobs('sql select pg_sleep(0.1)::text', 8)",
    );
    let pids: Vec<&str> = result
        .lines()
        .map(|line| line.split('|').next().unwrap())
        .collect();
    assert!(pids[4..].iter().all(|pid| *pid == pids[7]), "{result}");
    wait_for_runners(&cluster, &mut client, 0);
    assert_eq!(count(&cluster, "ERROR:"), 0, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn end_of_a_worker_is_noticed_at_once() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    let start = Instant::now();
    let (message, _, hint) = error(&mut client, "select run_job('exit', 100)");
    assert_eq!(
        message,
        "pool \"jobs\": the worker that ran the job has ended"
    );
    assert_eq!(hint, "The server log shows why.");
    assert!(start.elapsed() < Duration::from_secs(50));
    // One that another session ends.
    let mut other = cluster.connect().unwrap();
    let (message, ..) = std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            error(
                &mut client,
                "select run_job('sql select pg_sleep(200)::text', 100)",
            )
        });
        let terminated = "select pg_terminate_backend(pid) from pg_stat_activity
            where application_name ~ '^runner' and state = 'active'";
        let found = cluster.poll_until(terminated, LONG, || {
            let rows = other.query(terminated, &[]).unwrap();
            (!rows.is_empty()).then_some(())
        });
        found.unwrap();
        waits.join().unwrap()
    });
    assert_eq!(
        message,
        "terminating background worker due to administrator command"
    );
    assert!(start.elapsed() < Duration::from_secs(90));
    // Others run the next jobs.
    let result = text(&mut client, "select run_job('sql select ''next''', 60)");
    assert!(result.ends_with("|next"), "{result}");
    assert_no_crash(&cluster);
}

#[test]
fn databases_take_turns_in_a_pool() {
    requires!(90_600, "pools");
    let cluster = pools("pool").setting("pools.most", "1").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    client.batch_execute("create database other").unwrap();
    let mut other = cluster.connect_to("other").unwrap();
    make_functions(&mut other, "pools");
    std::thread::scope(|scope| {
        let many = scope.spawn(|| {
            let start = Instant::now();
            text(
                &mut client,
                "select run_jobs('sql select pg_sleep(0.05)::text', 200)",
            );
            start.elapsed()
        });
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        let result = text(&mut other, "select run_job('sql select ''few''', 60)");
        let few = start.elapsed();
        assert!(result.ends_with("other|few"), "{result}");
        let many = many.join().unwrap();
        assert!(few * 2 < many, "{few:?} {many:?}");
    });
    assert_eq!(count(&cluster, "ERROR:"), 0, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn jobs_that_nobody_waits_for_are_not_run() {
    requires!(90_600, "pools");
    let cluster = pools("pool").setting("pools.slots", "1").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    // The other child has the only slot.
    let (message, detail, _) = error(&mut client, "select run_job('sql select ''x''', 0.3)");
    assert_eq!(
        message,
        "pool \"jobs\": the job did not finish within 300ms"
    );
    assert_eq!(detail, "No worker has taken it.");
    let waiting = |client: &mut Client| -> i64 {
        client
            .query_one("select waiting_jobs()", &[])
            .unwrap()
            .get(0)
    };
    assert_eq!(waiting(&mut client), 0);
    client.batch_execute("create table ran ()").unwrap();
    client
        .batch_execute("grant insert on ran to runner")
        .unwrap();
    client
        .batch_execute("select drop_jobs('sql insert into ran default values returning ''''', 3)")
        .unwrap();
    assert_eq!(waiting(&mut client), 0);
    // A session that is terminated leaves its job behind.
    let mut other = cluster.connect().unwrap();
    std::thread::scope(|scope| {
        let job = "select run_job('sql insert into ran default values returning ''''', 100)";
        let waits = scope.spawn(move || other.query(job, &[]).unwrap_err());
        cluster
            .poll_until("a job", LONG, || (waiting(&mut client) == 1).then_some(()))
            .unwrap();
        let waiting = "select pg_terminate_backend(pid) from pg_stat_activity
            where query ~ '^select run_job' and pid <> pg_backend_pid()";
        client.batch_execute(waiting).unwrap();
        waits.join().unwrap();
    });
    assert_eq!(waiting(&mut client), 1);
    let (message, _, hint) = error(&mut client, "select run_jobs('fail', 256)");
    assert_eq!(message, "pool \"jobs\": too many jobs wait");
    assert_eq!(hint, "Try again later, or raise the number of workers.");
    assert_eq!(waiting(&mut client), 1);
    cluster.set("pools.slots", "10").unwrap();
    let result = text(&mut client, "select run_job('sql select ''y''', 60)");
    assert!(result.ends_with("|y"), "{result}");
    assert_eq!(waiting(&mut client), 0);
    let rows: i64 = client
        .query_one("select count(*) from ran", &[])
        .unwrap()
        .get(0);
    assert_eq!(rows, 0);
    assert_no_crash(&cluster);
}

#[test]
fn databases_come_and_go_under_a_pool() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    client.batch_execute("create database away").unwrap();
    let mut away = cluster.connect_to("away").unwrap();
    make_functions(&mut away, "pools");
    // No role may connect to it.
    client
        .batch_execute("revoke connect on database away from public")
        .unwrap();
    let (message, ..) = error(&mut away, "select run_job('sql select ''x''', 60)");
    assert_eq!(
        message,
        "pool \"jobs\": the worker that ran the job has ended"
    );
    drop(away);
    // An idle worker leaves a database that a command wants.
    client.batch_execute("create database wanted").unwrap();
    let mut wanted = cluster.connect_to("wanted").unwrap();
    make_functions(&mut wanted, "pools");
    let result = text(&mut wanted, "select run_job('sql select ''x''', 60)");
    assert!(result.ends_with("|wanted|x"), "{result}");
    drop(wanted);
    client.batch_execute("drop database wanted").unwrap();
    // The failure of one database does not keep the others waiting.
    let result = text(&mut client, "select run_job('sql select ''x''', 60)");
    assert!(result.ends_with("|postgres|x"), "{result}");
    client.batch_execute("drop database away").unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn missing_role_of_a_pool_is_told() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    client
        .batch_execute("drop owned by runner; drop role runner")
        .unwrap();
    error(&mut client, "select run_job('sql select ''x''', 1)");
    assert!(cluster.log().contains("role \"runner\" does not exist"));
    assert!(cluster.log().contains("Run CREATE ROLE runner LOGIN."));
    client.batch_execute("create role runner login").unwrap();
    let result = text(&mut client, "select run_job('sql select ''x''', 60)");
    assert!(result.ends_with("|x"), "{result}");
    assert_no_crash(&cluster);
}

#[test]
fn invalid_pools_are_refused() {
    requires!(90_600, "pools");
    let cluster = pools("invalid").start().unwrap();
    let log = cluster.log();
    for line in [
        "copies: supervisor \"tree\": child \"runner\": the jobs of a pool determine how many \
         workers run, and when (Leave out Child::copies and Child::every.)",
        "extension: supervisor \"tree\": child \"runner\": a role, an extension or a condition is \
         for a child per database",
        "role: supervisor \"tree\": child \"runner\": the child of a pool needs a role (Use \
         Child::role with a role that has few privileges, or Child::as_superuser.)",
        "twice: pool \"jobs\": it has a supervisor already",
    ] {
        assert!(log.contains(line), "{line}\n{log}");
    }
    let cluster = pools("nothing").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    let (message, ..) = error(&mut client, "select run_job('fail', 1)");
    assert_eq!(message, "shared memory \"jobs\" was not reserved");
    let cluster = pools("wrong").setting("pools.fewest", "1").start().unwrap();
    cluster
        .wait_for_log(
            "pool \"jobs\": this process is not one of its workers",
            LONG,
        )
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn pool_works_again_after_a_crash() {
    requires!(90_600, "pools");
    let cluster = pools("pool").start().unwrap();
    let mut client = session_with(&cluster, "pools");
    let result = text(&mut client, "select run_job('sql select ''x''', 60)");
    let pid: i32 = result.split('|').next().unwrap().parse().unwrap();
    let mark = cluster.log_mark();
    support::kill("KILL", u32::try_from(pid).unwrap());
    cluster
        .wait_for_log_after(mark, "database system is ready", LONG)
        .unwrap();
    let mut client = session_with(&cluster, "pools");
    let result = text(&mut client, "select run_job('sql select ''y''', 60)");
    assert!(result.ends_with("|y"), "{result}");
}
