//! Drops and creates an extension in the worker's database.

use super::databases::timed;
use crate::kit::delays::SeededDelays;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::TestServer;
use pg_scratch::serverlog::Line;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// Number of drops in one run; half of them are rolled back.
const DROPS: usize = 6;

/// An extension that every database has.
const USUAL: &str = "plpgsql";

pub(super) fn dropped(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let named = runner.target.extension.clone();
    if named.is_none() {
        runner.note(format!(
            "used the extension {USUAL}, because none was specified"
        ));
    }
    let name = named.unwrap_or_else(|| USUAL.to_owned());
    let otherwise = "it is not connected to the database postgres";
    runner.runs_connected(runs, otherwise, |test_server, before, delays| {
        let mark = test_server.cluster.log_mark();
        let took = come_and_go(test_server, &name, delays)?;
        if test_server.target.comes_back() {
            test_server.wait_for_connected(before)?;
        } else if test_server.workers().is_empty() {
            test_server.restart()?;
        }
        few_errors(test_server, mark)?;
        Ok(Some(took))
    })
}

/// Drops it for a moment and rolls back a drop, alternately. Returns how long the slowest drop
/// took.
fn come_and_go(
    test_server: &mut TestServer,
    name: &str,
    delays: &mut SeededDelays,
) -> Result<Duration> {
    let mut client = test_server.cluster.connect()?;
    let limit = test_server.limit().as_millis();
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    client.batch_execute(&format!(
        "set statement_timeout = {limit}; create extension if not exists {name}"
    ))?;
    let mut slowest = Duration::ZERO;
    for number in 0..DROPS {
        let (begin, end) = match number % 2 {
            0 => (
                format!("drop extension {name} cascade"),
                format!("create extension {name}"),
            ),
            _ => (
                format!("begin; drop extension {name} cascade"),
                "rollback".to_owned(),
            ),
        };
        std::thread::sleep(delays.within(Duration::from_millis(50)));
        slowest = slowest.max(timed(&mut client, &begin)?);
        std::thread::sleep(delays.within(Duration::from_millis(100)));
        timed(&mut client, &end)?;
    }
    Ok(slowest)
}

fn few_errors(test_server: &TestServer, mark: u64) -> Result<()> {
    let (lines, _) = test_server.cluster.log_lines_after(mark);
    let errors: Vec<&String> = lines
        .iter()
        .filter(|line| {
            Line::parse(line).is_some_and(|line| matches!(line.level, "ERROR" | "FATAL"))
        })
        .collect();
    match errors.last() {
        Some(last) if errors.len() > DROPS * test_server.expected => Err(Error::new(format!(
            "{} error lines from {} workers while the extension was dropped {DROPS} times: {last}",
            errors.len(),
            test_server.expected
        ))),
        _ => Ok(()),
    }
}
