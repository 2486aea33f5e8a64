//! Two workers of the example `queue` drain a table.

use std::time::Duration;
use support::{LONG, assert_no_crash, example, requires, since};

#[test]
fn each_job_is_done_once_and_failures_are_recorded() {
    requires!(90_500, "SKIP LOCKED");
    let cluster = start();
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "set role alice;
             create table alice.done (job int, pid int default pg_backend_pid());
             insert into queue.jobs (statement)
             select case when n % 10 = 0 then format('insert into alice.done values (%s); select 1 / 0', n)
                         else format('insert into alice.done values (%s); select pg_sleep(0.005)', n) end
             from generate_series(1, 300) n;
             reset role",
        )
        .unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 0 from queue.jobs where state = 'waiting'",
            LONG,
        )
        .unwrap();
    let row = client
        .query_one(
            "select count(*), count(distinct job), count(distinct pid), count(*) filter (where job % 10 = 0) from alice.done",
            &[],
        )
        .unwrap();
    let [jobs, distinct, workers, failed] = [0, 1, 2, 3].map(|at| row.get::<_, i64>(at));
    assert_eq!((jobs, distinct, failed), (270, 270, 0));
    assert_eq!(workers, 2, "one worker has done everything");
    let errors = client
        .query(
            "select state, error, count(*) from queue.jobs group by 1, 2 order by 1",
            &[],
        )
        .unwrap();
    let errors: Vec<(&str, Option<&str>, i64)> = errors
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(
        errors,
        [
            ("done", None, 270),
            ("failed", Some("division by zero"), 30)
        ]
    );
    assert_no_crash(&cluster);
}

#[test]
fn interrupted_job_returns_to_the_queue() {
    requires!(90_500, "SKIP LOCKED");
    let mut cluster = start();
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "set role alice;
             create table alice.effects (pid int);
             insert into queue.jobs (statement) values ('insert into alice.effects select pg_backend_pid(); select pg_sleep(3600)');
             reset role",
        )
        .unwrap();
    // Only the job takes a second.
    let sleeps = match since(90_600) {
        true => "wait_event = 'PgSleep'",
        false => "state = 'active' and now() > xact_start + interval '1 s'",
    };
    let running =
        format!("from pg_stat_activity where application_name like 'queue %' and {sleeps}");
    for _ in 0..2 {
        cluster
            .poll_query_until(&format!("select count(*) = 1 {running}"), LONG)
            .unwrap();
        let pid: i32 = client
            .query_one(&format!("select pid {running}"), &[])
            .unwrap()
            .get(0);
        client
            .execute("select pg_terminate_backend($1)", &[&pid])
            .unwrap();
        // The other worker, or the same one after its restart.
        cluster
            .poll_query_until(
                &format!("select count(*) = 1 {running} and pid <> {pid}"),
                LONG,
            )
            .unwrap();
        let row = client
            .query_one(
                "select state, error, (select count(*) from alice.effects) from queue.jobs",
                &[],
            )
            .unwrap();
        assert_eq!(
            (
                row.get::<_, &str>(0),
                row.get::<_, Option<&str>>(1),
                row.get::<_, i64>(2)
            ),
            ("waiting", None, 0)
        );
    }
    cluster
        .stop(pg_scratch::cluster::StopMode::Fast, LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

/// Two workers, and alice, who has a schema of her own and may insert jobs.
fn start() -> pg_scratch::cluster::Cluster {
    let cluster = example("queue")
        .setting("queue.workers", "2")
        .start()
        .unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 2 from pg_stat_activity where application_name like 'queue %'",
            LONG,
        )
        .unwrap();
    cluster
        .poll_query_until("select to_regclass('queue.jobs') is not null", LONG)
        .unwrap();
    cluster
        .connect()
        .unwrap()
        .batch_execute(
            "create role alice;
             create schema alice authorization alice;
             grant usage on schema queue to alice;
             grant insert (statement) on queue.jobs to alice;
             grant usage on sequence queue.jobs_id_seq to alice;
             grant alice to queue",
        )
        .unwrap();
    cluster
}

#[test]
fn trigger_wakes_the_workers_which_sleep_otherwise() {
    requires!(90_500, "SKIP LOCKED");
    let cluster = start();
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create function queue.wake() returns trigger language c as 'queue', 'bgworker_function_wake';
             create trigger wake after insert on queue.jobs execute procedure queue.wake()",
        )
        .unwrap();
    // The last short nap, and the first wait of a process.
    client
        .batch_execute("set role alice; insert into queue.jobs (statement) values ('select 1')")
        .unwrap();
    let is_done = "select count(*) = 0 from queue.jobs where state = 'waiting'";
    cluster.poll_query_until(is_done, LONG).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let switches = || {
        let pids: Vec<u32> = cluster.workers().iter().map(|worker| worker.pid).collect();
        pids.iter()
            .map(|pid| {
                let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
                let line = status.lines().find(|line| line.starts_with("voluntary_"));
                line.unwrap().to_string()
            })
            .collect::<Vec<_>>()
    };
    let before = switches();
    assert_eq!(before.len(), 2);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(switches(), before);
    client
        .batch_execute("insert into queue.jobs (statement) values ('select 1')")
        .unwrap();
    cluster.poll_query_until(is_done, LONG).unwrap();
    assert_no_crash(&cluster);
}
