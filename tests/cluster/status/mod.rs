//! The state of workers, as the view shows it.

mod last_words;
mod outputs;

use pg_abi::binary::Binary;
use pg_abi::inspect::declarations;
use pg_scratch::Cluster;
use postgres::{Client, SimpleQueryMessage};
use support::{LONG, assert_no_crash, kill, library};

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
    wait_for(
        &cluster,
        client,
        "transactions, state, errors, last_error, last_error_statement",
        "top level",
        "6|waiting|1|relation \"no_such_table\" does not exist|vacuum no_such_table",
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
            (run(client, launched) == "54").then_some(())
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
            (run(client, launched) == "54").then_some(())
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
