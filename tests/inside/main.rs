//! Turns the lines that `tests/fixtures/inside/` writes into tests: each case ran in a worker of a
//! real server.

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::time::Duration;

/// Only catches hangs: under valgrind the cases take minutes.
const LIMIT: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut cluster = support::cluster().setting("max_prepared_transactions", "4");
    if support::since(90_400) {
        cluster = cluster
            .setting("wal_level", "logical")
            .setting("max_replication_slots", "4");
    }
    let cluster = cluster
        .preload("inside", support::library("inside"))
        .preload("parity", support::library("parity"))
        .start()
        .expect("the server starts");
    let ended = |log: &str| log.contains("case done: all") && log.contains("parity cases done");
    let finished = cluster.poll_until("the last case", LIMIT, || {
        let log = cluster.log();
        (ended(&log) || support::crashed(&log).is_some()).then_some(())
    });
    let log = cluster.log();
    let finished = match support::crashed(&log) {
        Some(line) => Err(format!("the server crashed: {line}")),
        None => finished.map_err(|error| error.to_string()),
    };
    let mut trials: Vec<Trial> = log
        .lines()
        .filter_map(|line| line.split_once("LOG:  case ")?.1.split_once(": "))
        .filter(|(name, _)| *name != "done")
        .map(|(name, outcome)| {
            let outcome = if outcome == "ok" {
                Ok(())
            } else {
                Err(Failed::from(outcome))
            };
            Trial::test(name, move || outcome)
        })
        .collect();
    trials.push(Trial::test("all_cases_ran", move || {
        finished.map_err(Failed::from)
    }));
    let freed = no_rows_are_freed_twice(&log);
    trials.push(Trial::test("no_rows_are_freed_twice", move || freed));
    trials.push(Trial::test("log_shows_all_fields", move || {
        all_fields(&log)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The server only warns.
fn no_rows_are_freed_twice(log: &str) -> Result<(), Failed> {
    match log
        .lines()
        .find(|line| line.contains("invalid SPITupleTable"))
    {
        Some(line) => Err(line.into()),
        None => Ok(()),
    }
}

fn all_fields(log: &str) -> Result<(), Failed> {
    for part in [
        "WARNING:  all fields",
        "DETAIL:  the detail",
        "HINT:  the hint",
        "CONTEXT:  the context",
        "a NUL \\0 in a message",
        match support::since(90_500) {
            true => "payload [97, 0, 98], other TypeMismatch",
            false => "",
        },
    ] {
        if !log.contains(part) {
            return Err(format!("the log does not contain {part:?}").into());
        }
    }
    Ok(())
}
