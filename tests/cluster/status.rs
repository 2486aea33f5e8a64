//! The state of workers, as the view shows it.

use pg_abi::binary::Binary;
use pg_abi::inspect::declarations;
use pg_scratch::Cluster;
use postgres::{Client, SimpleQueryMessage};
use std::io::Write;
use std::process::{Command, Stdio};
use support::{LONG, assert_no_crash, count, kill, library};

/// A server with two libraries whose workers show their state.
fn server() -> (Cluster, Client) {
    server_with("0")
}

fn server_with(backtrace: &str) -> (Cluster, Client) {
    let cluster = support::with_slots(150, support::cluster())
        .environment("RUST_BACKTRACE", backtrace)
        .preload("status", library("status"))
        .preload("restarts", library("restarts"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let binary = Binary::read(library("status")).unwrap();
    for text in declarations(&binary) {
        client
            .batch_execute(&text.replace("MODULE_PATHNAME", "status"))
            .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    }
    (cluster, client)
}

/// The rows of a statement, as `a|b, c|d`, or the message of its error.
fn run(client: &mut Client, sql: &str) -> String {
    let rows = match client.simple_query(sql) {
        Err(error) => match error.as_db_error() {
            Some(error) => return error.message().to_owned(),
            None => panic!("{error}"),
        },
        Ok(messages) => messages,
    };
    let rows = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|at| row.get(at).unwrap_or("null"))
                .collect::<Vec<_>>()
                .join("|"),
        ),
        _ => None,
    });
    rows.collect::<Vec<_>>().join(", ")
}

/// Columns of a worker's row.
fn row(client: &mut Client, columns: &str, worker: &str) -> String {
    run(
        client,
        &format!(
            "select {columns} from stat_workers where library = 'status' and name = '{worker}'"
        ),
    )
}

/// Waits until columns of a worker's row have these values.
fn wait_for(cluster: &Cluster, client: &mut Client, columns: &str, worker: &str, wanted: &str) {
    let mut last = String::new();
    let found = cluster.poll_until(wanted, LONG, || {
        last = row(client, columns, worker);
        (last == wanted).then_some(())
    });
    assert!(
        found.is_ok(),
        "{worker}: {columns}: {last}\n{}",
        cluster.log()
    );
}

#[test]
fn workers_of_all_libraries_are_shown() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "kind, database, queue_depth, transactions > 3, waits > 3, idle_time > 100, errors, pid > 0",
        "busy",
        "static|postgres|7|t|t|t|0|t",
    );
    if support::since(90400) {
        wait_for(
            &cluster,
            client,
            "pid, state, last_exit",
            "done",
            "null|stopped|done",
        );
    }
    wait_for(
        &cluster,
        client,
        "state, errors, last_error, last_error_sqlstate, last_error_statement, last_exit",
        "erring",
        "waiting|1|division by zero|22012|select 1 / 0|null",
    );
    for text in ["one", "two", "three"] {
        run(client, &format!("select send('{text}')"));
    }
    wait_for(
        &cluster,
        client,
        "queue_depth, wake_ups > 0",
        "receiver",
        "3|t",
    );
    let mut others = String::new();
    cluster
        .poll_until("the other library", LONG, || {
            others = run(
                client,
                "select name, kind, state from stat_workers where library = 'restarts'
                 and (name, state) in (('steady', 'waiting'), ('waits', 'backing off')) order by name",
            );
            (others == "steady|static|waiting, waits|static|backing off").then_some(())
        })
        .unwrap_or_else(|_| panic!("{others}"));
    // The times are those of the server's clock.
    assert_eq!(
        row(
            client,
            "now() - state_changed_at between '-1 s' and '10 s', now() - started_at between '0 s' and '100 s'",
            "busy"
        ),
        "t|t"
    );
    assert_no_crash(&cluster);
}

#[test]
fn reset_sets_the_counters_to_zero() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(&cluster, client, "transactions > 5", "busy", "t");
    wait_for(&cluster, client, "errors", "erring", "1");
    run(client, "select worker_status_reset()");
    assert_eq!(
        row(
            client,
            "transactions < 3, idle_time < 1000, now() - stats_reset < '10 s'",
            "busy"
        ),
        "t|t|t"
    );
    assert_eq!(
        row(client, "errors, last_error", "erring"),
        "0|division by zero"
    );
    // It goes on counting.
    wait_for(&cluster, client, "transactions > 3", "busy", "t");
}

#[test]
fn texts_are_hidden_from_others() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(&cluster, client, "errors", "erring", "1");
    client
        .batch_execute("create role reader; set role reader")
        .unwrap();
    let columns = "state, last_error, last_error_sqlstate, last_error_statement";
    assert_eq!(
        row(client, columns, "erring"),
        "waiting|<insufficient privilege>|22012|<insufficient privilege>"
    );
    assert_eq!(
        run(client, "select worker_status_reset()"),
        "permission denied for function worker_status_reset"
    );
    if support::since(100_000) {
        client
            .batch_execute("reset role; grant pg_read_all_stats to reader; set role reader")
            .unwrap();
        assert_eq!(
            row(client, columns, "erring"),
            "waiting|division by zero|22012|select 1 / 0"
        );
    }
}

#[test]
fn last_words_are_shown_and_logged_once() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "state, restarts, failures, last_exit, left(last_error, 21), last_error_sqlstate, last_error_waits, \
         last_error_place like 'tests/fixtures/status.rs:%', last_error_backtrace",
        "panicking",
        "waiting|1|1|panic|panicked: on purpose |XX000|2|t|null",
    );
    assert_eq!(row(client, "right(last_error, 1)", "panicking"), "…");
    wait_for(
        &cluster,
        client,
        "state, restarts, last_exit, last_error, last_error_statement",
        "fails",
        "waiting|1|error|relation \"no_such_table\" does not exist|select * from no_such_table",
    );
    wait_for(
        &cluster,
        client,
        "last_exit, last_error, last_error_sqlstate, restarts > 1",
        "lost",
        "FATAL|database \"no such database\" does not exist|3D000|t",
    );
    let before = |name: &str, what: &str| {
        format!("background worker \"{name}\": the run before ended with {what}")
    };
    assert_eq!(
        count(
            &cluster,
            &before("panicking", "a panic: panicked: on purpose")
        ),
        1
    );
    assert_eq!(
        count(
            &cluster,
            &before("fails", "an error: relation \"no_such_table\"")
        ),
        1
    );
    assert!(count(&cluster, &before("lost", "FATAL: database")) >= 2);
    wait_for(
        &cluster,
        client,
        "last_exit, restarts, failures, state",
        "exits",
        "exit|1|1|waiting",
    );
    assert_eq!(count(&cluster, &before("exits", "a call of exit")), 1);
    for quiet in ["done", "erring", "busy"] {
        assert_eq!(count(&cluster, &before(quiet, "")), 0, "{quiet}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn functions_of_a_panic_are_shown_if_backtraces_are_enabled() {
    let (cluster, mut client) = server_with("1");
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "last_exit, restarts",
        "panicking",
        "panic|1",
    );
    let functions = row(client, "last_error_backtrace", "panicking");
    assert!(functions.starts_with("status::work\n"), "{functions}");
    assert_eq!(functions.lines().count(), 8, "{functions}");
    let marker = "Its innermost functions were: status::work, ";
    assert_eq!(count(&cluster, marker), 1, "{}", cluster.log());
}

#[test]
fn crash_of_the_server_keeps_everything() {
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "transactions > 5", "busy", "t");
    wait_for(&cluster, &mut client, "errors", "erring", "1");
    // What was created is on disk.
    run(&mut client, "checkpoint");
    let pid = row(&mut client, "pid", "busy").parse().unwrap();
    kill("KILL", pid);
    drop(client);
    cluster
        .wait_for_log("all server processes terminated", LONG)
        .unwrap();
    let mut client = cluster
        .poll_until("the server is back", LONG, || cluster.connect().ok())
        .unwrap();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "restarts, failures, last_exit, transactions > 5, state in ('waiting', 'running', 'in transaction')",
        "busy",
        "1|1|signal or crash|t|t",
    );
    // Its second transaction has failed, too.
    wait_for(
        &cluster,
        client,
        "restarts, failures, last_exit, errors, last_error",
        "erring",
        "1|1|signal or crash|2|division by zero",
    );
    assert_eq!(
        count(
            &cluster,
            "background worker \"busy\": the run before ended with a signal or a crash of the server"
        ),
        1
    );
}

#[test]
fn stop_request_is_shown() {
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(
        &cluster,
        client,
        "state, stop_requested",
        "blocks",
        "running|f",
    );
    kill("TERM", row(client, "pid", "blocks").parse().unwrap());
    wait_for(
        &cluster,
        client,
        "state, stop_requested",
        "blocks",
        "running|t",
    );
    // It ends a second later, and starts again.
    wait_for(
        &cluster,
        client,
        "state, stop_requested, restarts, failures, last_exit",
        "blocks",
        "running|f|1|0|stopped",
    );
}

#[test]
fn more_workers_than_slots() {
    support::requires!(90400, "dynamic workers");
    let (cluster, mut client) = server();
    let client = &mut client;
    wait_for(&cluster, client, "state", "done", "stopped");
    assert_eq!(run(client, "select launch(70)"), "");
    let shown = "select count(*), count(distinct slot) from stat_workers where library = 'status'";
    let launched = "select count(*) from stat_workers where name = 'launched' and kind = 'dynamic' and pid is not null";
    cluster
        .poll_until("all slots are in use", LONG, || {
            // The place of the worker that has ended is taken.
            (run(client, launched) == "55").then_some(())
        })
        .unwrap_or_else(|_| panic!("{}", run(client, launched)));
    assert_eq!(run(client, shown), "64|64");
    let pids = run(
        client,
        "select pid from stat_workers where name = 'launched' limit 20",
    );
    for pid in pids.split(", ") {
        kill("TERM", pid.parse().unwrap());
    }
    let those = format!("{launched} and pid in ({pids})");
    cluster
        .poll_until("they have ended", LONG, || {
            (run(client, &those) == "0").then_some(())
        })
        .unwrap();
    assert_eq!(run(client, "select launch(20)"), "");
    cluster
        .poll_until("others have their places", LONG, || {
            (run(client, launched) == "55").then_some(())
        })
        .unwrap_or_else(|_| panic!("{}", run(client, "table stat_workers")));
    assert_eq!(run(client, shown), "64|64");
    let time = "explain (analyze, timing off) select * from stat_workers";
    let best = (0..10)
        .filter_map(|_| {
            let plan = run(client, time);
            let (_, time) = plan
                .split_once("Execution Time: ")
                .or(plan.split_once("Total runtime: "))?;
            time.trim_end_matches(" ms").parse::<f64>().ok()
        })
        .fold(f64::MAX, f64::min);
    eprintln!("64 rows: {best} ms");
    assert_no_crash(&cluster);
}

/// Reads the metrics with the parser of the package prometheus-client, and prints some of them.
const PARSER: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        if sample.labels["library"] == "status" and sample.labels["name"].startswith("quoted"):
            print(family.type, family.unit, sample.name, sample.labels["name"], sample.labels["database"])
"#;

#[test]
fn metrics_are_valid() {
    let python = Command::new("python3")
        .args(["-c", "import prometheus_client.openmetrics.parser"])
        .stderr(Stdio::null())
        .status();
    if !python.is_ok_and(|status| status.success()) {
        eprintln!("NOT TESTED: Python has no package prometheus-client; .ci/install installs it");
        return;
    }
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "state", "quoted \"\\", "waiting");
    let text: String = client
        .query_one("select worker_metrics()", &[])
        .unwrap()
        .get(0);
    let mut python = Command::new("python3")
        .args(["-c", PARSER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    let output = String::from_utf8(output.stdout).unwrap();
    for line in [
        "gauge  bgworker_up quoted \"\\ postgres",
        "counter  bgworker_waits_total quoted \"\\ postgres",
        "counter seconds bgworker_idle_seconds_total quoted \"\\ postgres",
    ] {
        assert!(output.contains(line), "{output}\n{text}");
    }
}

/// Runs `cargo bgworker top`, and returns what it prints.
fn top(cluster: &Cluster, words: &[&str]) -> Result<String, String> {
    let sockets = cluster.socket_dir().display();
    let output = support::cargo()
        .args(["run", "--quiet", "--package", "cargo-bgworker", "--", "top"])
        .arg("--connect")
        .arg(format!("host={sockets} user=postgres dbname=postgres"))
        .args(words)
        .current_dir(support::workspace())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

#[test]
fn top_shows_the_workers() {
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "errors", "erring", "1");
    let text = top(&cluster, &["--once"]).unwrap();
    eprintln!("{text}");
    assert!(text.starts_with("LIBRARY "), "{text}");
    let line = text.lines().find(|line| line.contains("busy")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["status", "busy", "postgres"], "{text}");
    assert!(text.contains("erring  22012  division by zero"), "{text}");
    let json = top(&cluster, &["--once", "--json"]).unwrap();
    assert!(
        json.starts_with("[{\"library\":\"status\",\"slot\":0,\"name\":\"busy\""),
        "{json}"
    );
    client
        .batch_execute("drop function worker_status() cascade")
        .unwrap();
    let error = top(&cluster, &["--once"]).unwrap_err();
    assert!(
        error.contains("this database has no function worker_status()")
            && error.contains("worker_status!();"),
        "{error}"
    );
}
