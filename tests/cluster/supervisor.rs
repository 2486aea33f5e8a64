//! Supervisors: restarts, the order of children, slots, databases, and what outlives what.

use super::bell::session_with;
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use postgres::Client;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, count, kill, requires};

/// A scratch server that runs one scenario of `tests/fixtures/supervisor.rs`.
fn supervisor(name: &str) -> ClusterBuilder {
    support::with_slots(30, support::cluster())
        .preload("supervisor", support::library("supervisor"))
        .role("resident")
        .setting("supervisor.run", name)
}

fn wait_for_count(cluster: &Cluster, line: &str, lines: usize) {
    let found = cluster.poll_until(line, LONG, || (count(cluster, line) >= lines).then_some(()));
    found.unwrap_or_else(|error| panic!("{error}\n{}", cluster.log()));
}

/// Waits until the supervisor says this of its children.
fn wait_for_state(cluster: &Cluster, line: &str) {
    let mut client = session_with(cluster, "supervisor");
    let found = cluster.poll_until(line, LONG, || {
        let row = client.query_one("select supervised()", &[]).unwrap();
        let text: String = row.get(0);
        text.lines()
            .any(|found| found.starts_with(line))
            .then_some(())
    });
    if let Err(error) = found {
        let row = client.query_one("select supervised()", &[]).unwrap();
        panic!("{error}\n{}\n{}", row.get::<_, String>(0), cluster.log());
    }
}

/// The messages of workers in the order of the log.
fn leaves(cluster: &Cluster, mark: u64) -> Vec<String> {
    let lines = messages(cluster, mark, "leaves");
    lines.into_iter().map(|(_, message)| message).collect()
}

/// The messages of workers in the order of their processes, which may differ from that of the log.
fn begins(cluster: &Cluster, mark: u64) -> Vec<String> {
    let mut lines = messages(cluster, mark, "begins");
    lines.sort();
    // The numbers of processes have begun again.
    let wrap = lines
        .windows(2)
        .position(|pair| pair[1].0 - pair[0].0 > 10_000);
    lines.rotate_left(wrap.map_or(0, |at| at + 1));
    lines.into_iter().map(|(_, message)| message).collect()
}

/// The processes and the messages that end with a word.
fn messages(cluster: &Cluster, mark: u64, word: &str) -> Vec<(u32, String)> {
    let log = cluster.log_after(mark);
    let lines = log.lines().filter_map(|line| {
        let (head, message) = line.split_once("] LOG:  ")?;
        let (_, pid) = head.rsplit_once('[')?;
        Some((pid.parse().unwrap(), message.to_string()))
    });
    lines
        .filter(|(_, message)| message.ends_with(word))
        .collect()
}

fn pid_of(cluster: &Cluster, worker: &str) -> u32 {
    let found = cluster.poll_until(worker, LONG, || {
        let workers = cluster.workers();
        workers
            .iter()
            .find(|process| process.title == worker)
            .map(|process| process.pid)
    });
    found.unwrap()
}

const RESIDENTS: &str = "select count(*) from pg_stat_activity
    where application_name = 'resident' and query = 'lives here' and datname = $1";

fn residents(client: &mut Client, database: &str) -> i64 {
    client.query_one(RESIDENTS, &[&database]).unwrap().get(0)
}

/// Waits until this number of workers is in the database. Returns how long that took.
fn wait_for_residents(client: &mut Client, database: &str, number: i64) -> Duration {
    let start = Instant::now();
    while residents(client, database) != number {
        assert!(start.elapsed() < LONG, "not {number} in {database}");
        std::thread::sleep(Duration::from_millis(1));
    }
    start.elapsed()
}

#[test]
fn children_start_in_order_and_the_rest_restarts_with_one() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("tree").start().unwrap();
    wait_for_count(&cluster, "third begins", 1);
    let begun = begins(&cluster, 0);
    assert_eq!(
        begun,
        [
            "first begins",
            "second begins",
            "second 2 begins",
            "third begins"
        ]
    );
    let mark = cluster.log_mark();
    cluster.set("supervisor.fail", "second").unwrap();
    cluster
        .wait_for_log_after(mark, "second fails", LONG)
        .unwrap();
    cluster.set("supervisor.fail", "").unwrap();
    cluster
        .wait_for_log_after(mark, "third begins", LONG)
        .unwrap();
    assert_eq!(
        leaves(&cluster, mark)[..2],
        ["third leaves", "second 2 leaves"]
    );
    let then = begins(&cluster, mark);
    let from = then.iter().rposition(|line| line == "second begins");
    assert_eq!(
        then[from.unwrap()..],
        ["second begins", "second 2 begins", "third begins"],
        "{then:?}"
    );
    assert!(!then.contains(&"first begins".to_string()), "{then:?}");
    assert_no_crash(&cluster);
}

#[test]
fn supervisor_stops_its_children_in_reverse_order() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("tree").start().unwrap();
    wait_for_count(&cluster, "third begins", 1);
    let mark = cluster.log_mark();
    kill("TERM", pid_of(&cluster, "tree"));
    cluster
        .wait_for_log_after(mark, "third begins", LONG)
        .unwrap();
    assert_eq!(
        leaves(&cluster, mark),
        [
            "third leaves",
            "second 2 leaves",
            "second leaves",
            "first leaves"
        ]
    );
    assert_eq!(
        begins(&cluster, mark),
        [
            "first begins",
            "second begins",
            "second 2 begins",
            "third begins"
        ]
    );
    assert_no_crash(&cluster);
}

#[test]
fn children_are_taken_over_by_the_next_supervisor() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("keep").start().unwrap();
    wait_for_count(&cluster, "first begins", 1);
    let (tree, first) = (pid_of(&cluster, "tree"), pid_of(&cluster, "first"));
    kill("TERM", tree);
    cluster
        .poll_until("another supervisor", LONG, || {
            (pid_of(&cluster, "tree") != tree).then_some(())
        })
        .unwrap();
    wait_for_state(&cluster, "tree/first/1 Running launches=1 failures=0");
    assert_eq!(pid_of(&cluster, "first"), first);
    // It notices the end of a process that it has not launched.
    kill("TERM", first);
    wait_for_count(&cluster, "first begins", 2);
    wait_for_state(&cluster, "tree/first/1 Running launches=2 failures=0");
    assert_no_crash(&cluster);
}

#[test]
fn child_that_always_fails_is_given_up_once() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("failing").start().unwrap();
    wait_for_count(&cluster, "giving up", 1);
    wait_for_state(
        &cluster,
        "tree/broken/1 GivenUp launches=4 failures=4 broken fails",
    );
    wait_for_state(&cluster, "tree/good/1 Running launches=1");
    // A new supervisor knows that.
    let mark = cluster.log_mark();
    kill("TERM", pid_of(&cluster, "tree"));
    cluster
        .wait_for_log_after(mark, "good begins", LONG)
        .unwrap();
    wait_for_state(&cluster, "tree/broken/1 GivenUp launches=4 failures=4");
    // A crash of the server is one more failure for all, and does not make it forget.
    let mark = cluster.log_mark();
    kill("KILL", pid_of(&cluster, "good"));
    cluster
        .wait_for_log_after(mark, "good begins", LONG)
        .unwrap();
    wait_for_state(&cluster, "tree/broken/1 GivenUp launches=4 failures=4");
    wait_for_state(&cluster, "tree/good/1 Running launches=3");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(&cluster, "giving up"), 1);
    assert_eq!(count(&cluster, "ERROR:"), 4, "{}", cluster.log());
}

#[test]
fn panic_of_a_child_is_a_failure() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("panic").start().unwrap();
    wait_for_count(&cluster, "on purpose", 3);
    let mut client = session_with(&cluster, "supervisor");
    let row = client.query_one("select supervised()", &[]).unwrap();
    let text: String = row.get(0);
    assert!(text.contains("on purpose"), "{text}");
    assert_no_crash(&cluster);
}

#[test]
fn child_that_is_done_runs_again_if_declared() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("done").start().unwrap();
    wait_for_count(&cluster, "often is done", 4);
    assert_eq!(count(&cluster, "once is done"), 1);
    wait_for_state(&cluster, "tree/once/1 Done launches=1");
    assert_no_crash(&cluster);
}

#[test]
fn child_that_does_not_stop_keeps_its_slot() {
    requires!(90_500, "supervisors");
    let mut cluster = supervisor("stubborn").start().unwrap();
    wait_for_count(&cluster, "does not listen", 1);
    kill("TERM", pid_of(&cluster, "tree"));
    wait_for_count(&cluster, "could not stop 1 worker", 1);
    // The next supervisor waits for its end. There is never a second one.
    wait_for_count(&cluster, "has slept enough", 1);
    let log = cluster.log();
    let (before, _) = log.split_once("has slept enough").unwrap();
    assert_eq!(before.matches("does not listen").count(), 1, "{log}");
    wait_for_count(&cluster, "does not listen", 2);
    cluster.stop(StopMode::Immediate, LONG).unwrap();
}

#[test]
fn number_of_slots_takes_effect_with_a_reload() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("tree")
        .setting("supervisor.slots", "0")
        .start()
        .unwrap();
    wait_for_count(&cluster, "because its number of slots is 0", 1);
    assert_eq!(count(&cluster, " begins"), 0);
    cluster.set("supervisor.slots", "2").unwrap();
    wait_for_count(&cluster, " begins", 2);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(&cluster, " begins"), 2, "{}", cluster.log());
    cluster.set("supervisor.slots", "4").unwrap();
    wait_for_count(&cluster, " begins", 4);
    cluster.set("supervisor.slots", "1").unwrap();
    wait_for_count(&cluster, " leaves", 3);
    let left = leaves(&cluster, 0);
    assert_eq!(left.len(), 3);
    assert!(!left.contains(&"first leaves".to_string()), "{left:?}");
    assert_eq!(count(&cluster, "because its number of slots is 0"), 1);
    assert_no_crash(&cluster);
}

#[test]
fn children_wait_for_free_slots_of_the_server() {
    requires!(90_500, "supervisors");
    // One for the supervisor, one for the launcher of logical replication, and two.
    let slots = if support::since(100_000) { "4" } else { "3" };
    let cluster = supervisor("tree")
        .setting("max_worker_processes", slots)
        .start()
        .unwrap();
    wait_for_count(
        &cluster,
        "waiting for a free slot of max_worker_processes for 1 worker",
        1,
    );
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(
        count(&cluster, "waiting for a free slot"),
        1,
        "{}",
        cluster.log()
    );
    assert_eq!(count(&cluster, "ERROR:"), 0);
    assert_no_crash(&cluster);
}

#[test]
fn some_children_run_on_a_standby() {
    requires!(90_500, "supervisors");
    let primary = support::cluster().start().unwrap();
    let standby = primary
        .standby()
        .preload("supervisor", support::library("supervisor"))
        .setting("supervisor.run", "standby")
        .start()
        .unwrap();
    standby.wait_for_log("everywhere begins", LONG).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(&standby, "on the primary begins"), 0);
    standby.promote().unwrap();
    standby.wait_for_log("on the primary begins", LONG).unwrap();
    assert_eq!(count(&standby, "everywhere begins"), 1);
    assert_no_crash(&standby);
}

#[test]
fn children_follow_extensions() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").start().unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    assert!(
        cluster.log().contains("lives in postgres as resident"),
        "{}",
        cluster.log()
    );
    let (mut starts, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        client.batch_execute("drop extension plpgsql").unwrap();
        stops.push(wait_for_residents(&mut client, "postgres", 0));
        client
            .batch_execute("begin; create extension plpgsql")
            .unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(residents(&mut client, "postgres"), 0);
        client.batch_execute("commit").unwrap();
        starts.push(wait_for_residents(&mut client, "postgres", 1));
    }
    println!("start {starts:?}, stop {stops:?}");
    // A change that is rolled back does not restart it. A worker that found the extension just
    // before the event of its creation is restarted for that event: another attempt is without it.
    let mut stays = || {
        let before = count(&cluster, "leaves postgres");
        client
            .batch_execute("begin; drop extension plpgsql; rollback")
            .unwrap();
        std::thread::sleep(Duration::from_millis(200));
        count(&cluster, "leaves postgres") == before
    };
    assert!((0..5).any(|_| stays()), "{}", cluster.log());
    assert_eq!(count(&cluster, "ERROR:"), 0, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn children_follow_databases() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").start().unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    let mut times = Vec::new();
    for _ in 0..3 {
        client.batch_execute("create database home").unwrap();
        wait_for_residents(&mut client, "home", 1);
        let start = Instant::now();
        client.batch_execute("drop database home").unwrap();
        times.push(start.elapsed());
    }
    println!("DROP DATABASE took {times:?}");
    client.batch_execute("create database home").unwrap();
    wait_for_residents(&mut client, "home", 1);
    // It comes back after a command that has failed, and under the new name.
    let session = cluster.connect_to("home").unwrap();
    client.batch_execute("drop database home").unwrap_err();
    drop(session);
    wait_for_residents(&mut client, "home", 1);
    client
        .batch_execute("alter database home rename to away")
        .unwrap();
    wait_for_residents(&mut client, "away", 1);
    client
        .batch_execute("create database copy template away")
        .unwrap();
    wait_for_residents(&mut client, "away", 1);
    wait_for_residents(&mut client, "copy", 1);
    client
        .batch_execute("alter database away allow_connections false")
        .ok();
    if support::since(90_500) {
        wait_for_residents(&mut client, "away", 0);
        wait_for_state(&cluster, "tree/resident/");
        client
            .batch_execute("alter database away allow_connections true")
            .unwrap();
        wait_for_residents(&mut client, "away", 1);
    }
    if support::since(130_000) {
        client
            .batch_execute("drop database copy with (force)")
            .unwrap();
    }
    assert_eq!(count(&cluster, "ERROR:"), 1, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn databases_are_skipped_for_a_reason() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("version").start().unwrap();
    let mut client = cluster.connect().unwrap();
    let oid = |client: &mut Client, name: &str| -> u32 {
        let row = client.query_one("select oid from pg_database where datname = $1", &[&name]);
        row.unwrap().get(0)
    };
    let (postgres, template1, template0) = (
        oid(&mut client, "postgres"),
        oid(&mut client, "template1"),
        oid(&mut client, "template0"),
    );
    for (database, state) in [
        (
            postgres,
            "NotNeeded launches=1 failures=0 extension \"plpgsql\" has version 1.0, and 99.0 is needed",
        ),
        (
            template1,
            "Skipped launches=0 failures=0 the database is a template",
        ),
        (
            template0,
            "Skipped launches=0 failures=0 the database does not allow connections",
        ),
    ] {
        wait_for_state(&cluster, &format!("tree/resident/{database} {state}"));
    }
    client.batch_execute("create database closed").unwrap();
    let closed = oid(&mut client, "closed");
    wait_for_state(&cluster, &format!("tree/resident/{closed} NotNeeded"));
    client
        .batch_execute("revoke connect on database closed from public")
        .unwrap();
    client.batch_execute("create database other").unwrap();
    wait_for_state(
        &cluster,
        &format!(
            "tree/resident/{closed} Skipped launches=1 failures=0 the role of the child may not connect"
        ),
    );
    assert_eq!(
        count(&cluster, "ERROR:") + count(&cluster, "FATAL:"),
        0,
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}

#[test]
fn condition_decides_too() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("condition").start().unwrap();
    let mut client = session_with(&cluster, "supervisor");
    wait_for_state(&cluster, "tree/resident/");
    client.batch_execute("create table wanted ()").unwrap();
    // It is looked at when an extension changes.
    client.batch_execute("drop extension plpgsql").unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    client
        .batch_execute("drop table wanted; create extension plpgsql")
        .unwrap();
    wait_for_residents(&mut client, "postgres", 0);
    assert_no_crash(&cluster);
}

#[test]
fn databases_take_turns() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("turns")
        .setting("supervisor.slots", "1")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create database one").unwrap();
    client.batch_execute("create database two").unwrap();
    wait_for_count(&cluster, "lives in two", 3);
    for database in ["postgres", "one", "two"] {
        assert!(
            count(&cluster, &format!("lives in {database}")) >= 2,
            "{}",
            cluster.log()
        );
    }
    assert_no_crash(&cluster);
}

#[test]
fn visits_are_silent_and_happen_once() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("visits").start().unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_count(&cluster, "has visited postgres", 1);
    client.batch_execute("create database home").unwrap();
    wait_for_count(&cluster, "has visited home", 1);
    // It depends on no extension.
    client.batch_execute("drop extension plpgsql").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(count(&cluster, "has visited postgres"), 1);
    assert_eq!(
        count(&cluster, "exited with exit code"),
        0,
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}

#[test]
fn invalid_descriptions_are_refused() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("invalid").start().unwrap();
    let log = cluster.log();
    for line in [
        "nothing: supervisor \"invalid\": there are no children",
        "twice: supervisor \"invalid\": two children have the name \"one\"",
        "no role: supervisor \"invalid\": child \"one\": a child per database needs a role",
        "no events: supervisor \"invalid\": child \"resident\": the supervisor does not follow databases",
        "role: supervisor \"invalid\": child \"resident\": a role, an extension or a condition is for",
        "copies: supervisor \"invalid\": child \"resident\": a child per database has one worker",
        "no copies: supervisor \"invalid\": child \"one\": a child needs at least one copy",
        "failures: supervisor \"invalid\": child \"one\": the number of failures must be 1 to 15",
        "version: supervisor \"invalid\": child \"resident\": a version is that of an extension",
        "the name must have 1 to 36 bytes",
        "5000 workers are too many",
    ] {
        assert!(log.contains(line), "{line}\n{log}");
    }
}

/// Each kill makes the server restart all processes. `SUPERVISOR_KILLS=100` kills more often.
#[test]
fn killed_child_loses_no_slot() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("tree")
        .setting("restart_after_crash", "on")
        .start()
        .unwrap();
    let wanted = std::env::var("SUPERVISOR_KILLS").ok();
    let kills: usize = wanted.map_or(5, |text| text.parse().unwrap());
    wait_for_count(&cluster, "third begins", 1);
    for kill_number in 1..=kills {
        // Shorter runs count as failures.
        std::thread::sleep(Duration::from_millis(100));
        kill("KILL", pid_of(&cluster, "first"));
        wait_for_count(&cluster, "third begins", kill_number + 1);
    }
    for (worker, launches) in [("first/1", kills + 1), ("second/2", kills + 1)] {
        wait_for_state(
            &cluster,
            &format!("tree/{worker} Running launches={launches}"),
        );
    }
    let workers = cluster.workers();
    let children = ["first", "second 1", "second 2", "third"];
    let alive = workers
        .iter()
        .filter(|worker| children.contains(&worker.title.as_str()));
    assert_eq!(alive.count(), 4, "{workers:?}");
    assert_eq!(count(&cluster, "first begins"), kills + 1);
    assert_eq!(count(&cluster, "giving up"), 0, "{}", cluster.log());
}

#[test]
fn children_start_again_after_the_supervisor_was_killed() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("keep").start().unwrap();
    wait_for_count(&cluster, "first begins", 1);
    std::thread::sleep(Duration::from_millis(100));
    kill("KILL", pid_of(&cluster, "tree"));
    wait_for_count(&cluster, "first begins", 2);
    wait_for_state(&cluster, "tree/first/1 Running launches=2 failures=");
}

#[test]
fn two_libraries_have_supervisors() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases")
        .preload("launcher", support::library("launcher"))
        .role("launcher")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let turns = "select count(*) = 1 from pg_stat_activity where application_name = 'turn'";
    for _ in 0..2 {
        client.batch_execute("create database home").unwrap();
        wait_for_residents(&mut client, "home", 1);
        cluster
            .poll_query_until(&format!("{turns} and datname = 'home'"), LONG)
            .unwrap();
        client.batch_execute("drop database home").unwrap();
    }
    assert_eq!(count(&cluster, "ERROR:"), 0, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn child_comes_back_after_a_command_was_canceled() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create database home").unwrap();
    wait_for_residents(&mut client, "home", 1);
    // The command waits for this session.
    let session = cluster.connect_to("home").unwrap();
    let mut other = cluster.connect().unwrap();
    let cancel = other.cancel_token();
    std::thread::scope(|scope| {
        let command = scope.spawn(|| other.batch_execute("drop database home"));
        wait_for_residents(&mut client, "home", 0);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(residents(&mut client, "home"), 0);
        cancel.cancel_query(postgres::NoTls).unwrap();
        command.join().unwrap().unwrap_err();
    });
    wait_for_residents(&mut client, "home", 1);
    drop(session);
    client.batch_execute("drop database home").unwrap();
    assert_no_crash(&cluster);
}

/// Any role can run commands that fail.
#[test]
fn failing_commands_do_not_restart_children_all_the_time() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").start().unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    client.batch_execute("create role nobody login").unwrap();
    client.batch_execute("set role nobody").unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        client
            .batch_execute("alter database postgres rename to mine")
            .unwrap_err();
        std::thread::sleep(Duration::from_millis(10));
    }
    let starts = count(&cluster, "lives in postgres");
    // A supervisor that is slow may see the ends of all commands together with their begins.
    assert!(starts < 20, "{starts} starts");
    client.batch_execute("reset role").unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    assert_no_crash(&cluster);
}

/// A failed command in a subtransaction does not keep children away until the end.
#[test]
fn child_comes_back_during_a_transaction() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create database home").unwrap();
    wait_for_residents(&mut client, "home", 1);
    // The command waits for this session, and then fails.
    let session = cluster.connect_to("home").unwrap();
    let mut other = cluster.connect().unwrap();
    other.batch_execute("begin; savepoint s").unwrap();
    std::thread::scope(|scope| {
        let other = &mut other;
        let command = scope.spawn(|| other.batch_execute("alter database home rename to away"));
        wait_for_residents(&mut client, "home", 0);
        command.join().unwrap().unwrap_err();
    });
    // The transaction is still open.
    wait_for_residents(&mut client, "home", 1);
    drop((session, other));
    assert_no_crash(&cluster);
}

#[test]
fn prepared_transaction_tells_of_its_extension() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases")
        .setting("max_prepared_transactions", "2")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    client.batch_execute("drop extension plpgsql").unwrap();
    wait_for_residents(&mut client, "postgres", 0);
    client
        .batch_execute("begin; create extension plpgsql; prepare transaction 'p'")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(residents(&mut client, "postgres"), 0);
    client.batch_execute("commit prepared 'p'").unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    assert_no_crash(&cluster);
}

#[test]
fn library_can_have_two_supervisors() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("two").start().unwrap();
    let mut client = cluster.connect().unwrap();
    wait_for_residents(&mut client, "postgres", 1);
    wait_for_state(&cluster, "tree/first/1 Running launches=1");
    wait_for_state(&cluster, "other/resident/");
    let mark = cluster.log_mark();
    kill("TERM", pid_of(&cluster, "other"));
    cluster
        .wait_for_log_after(mark, "lives in postgres", LONG)
        .unwrap();
    wait_for_state(&cluster, "tree/first/1 Running launches=1");
    assert_no_crash(&cluster);
}

#[test]
fn supervisors_with_the_same_name_are_refused() {
    requires!(90_500, "supervisors");
    let failure = supervisor("same name").try_start().unwrap_err();
    let log = failure.log;
    assert!(
        log.contains("shared memory \"supervisor tree\" is already reserved"),
        "{log}"
    );
}

/// The second version of a library cannot have the names of the first one, and says so.
#[test]
fn two_versions_of_a_library_are_refused() {
    requires!(90_500, "supervisors");
    let failure = supervisor("tree")
        .preload("supervisor_2", support::library("supervisor"))
        .try_start()
        .unwrap_err();
    let log = failure.log;
    assert!(
        log.contains("attempt to redefine parameter \"supervisor.run\""),
        "{log}"
    );
}

#[test]
fn workers_without_a_supervisor_get_an_error() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("strangers").start().unwrap();
    wait_for_count(&cluster, "no database was assigned to this worker", 1);
    wait_for_count(&cluster, "the description of this supervisor is unknown", 1);
    assert_no_crash(&cluster);
}

#[test]
fn binary_upgrade_runs_no_supervisor() {
    requires!(90_500, "supervisors");
    let cluster = supervisor("databases").argument("-b").start().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let titles: Vec<String> = cluster
        .workers()
        .into_iter()
        .map(|worker| worker.title)
        .collect();
    assert!(!titles.contains(&"tree".to_string()), "{titles:?}");
    assert!(!titles.contains(&"resident".to_string()), "{titles:?}");
}

/// The server stops, or crashes, in the middle of whatever the supervisor does.
#[test]
fn restarts_of_the_server_leave_the_right_workers() {
    requires!(90_500, "supervisors");
    // A crash must not lose what was committed.
    let mut cluster = supervisor("databases")
        .setting("synchronous_commit", "on")
        .start()
        .unwrap();
    for round in 0..12_u64 {
        let mut client = cluster.connect().unwrap();
        client.batch_execute("create database home").unwrap();
        std::thread::sleep(Duration::from_millis(round * 3));
        client.batch_execute("drop extension plpgsql").unwrap();
        std::thread::sleep(Duration::from_millis(round * 2));
        client.batch_execute("create extension plpgsql").unwrap();
        match round % 3 {
            0 => cluster.restart().unwrap(),
            1 => {
                cluster.stop(StopMode::Immediate, LONG).unwrap();
                cluster.start().unwrap();
            }
            _ => {
                let crashed = cluster.log_mark();
                let row = client.query_one("select pg_backend_pid()", &[]).unwrap();
                kill("KILL", u32::try_from(row.get::<_, i32>(0)).unwrap());
                cluster
                    .wait_for_log_after(crashed, "ready to accept connections", LONG)
                    .unwrap();
            }
        }
        let mut client = cluster
            .poll_until("a session", LONG, || cluster.connect().ok())
            .unwrap();
        wait_for_residents(&mut client, "postgres", 1);
        wait_for_residents(&mut client, "home", 1);
        client.batch_execute("drop database home").unwrap();
    }
    assert_eq!(count(&cluster, "PANIC:"), 0);
}
