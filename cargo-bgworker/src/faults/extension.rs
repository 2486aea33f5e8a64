//! An extension that comes and goes in the worker's database.

use super::bench::{Bench, Skipped};
use super::databases::timed;
use super::lab::Lab;
use super::moment::Moments;
use pg_scratch::serverlog::Line;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// Drops in one run; half of them are rolled back.
const DROPS: usize = 6;

/// Every database has it.
const USUAL: &str = "plpgsql";

pub(super) fn dropped(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let named = bench.subject.extension.clone();
    if named.is_none() {
        bench.note(format!(
            "the extension was {USUAL}: which one the worker needs was not said"
        ));
    }
    let name = named.unwrap_or_else(|| USUAL.to_owned());
    let otherwise = "not connected to the database postgres";
    bench.runs_connected(runs, otherwise, |lab, before, moments| {
        let mark = lab.cluster.log_mark();
        let took = come_and_go(lab, &name, moments)?;
        if lab.subject.comes_back() {
            lab.wait_for_connected(before)?;
        } else if lab.workers().is_empty() {
            lab.restart()?;
        }
        few_errors(lab, mark)?;
        Ok(Some(took))
    })
}

/// By turns it stays dropped for a moment, and the drop is rolled back; how long the slowest drop took.
fn come_and_go(lab: &mut Lab, name: &str, moments: &mut Moments) -> Result<Duration> {
    let mut client = lab.cluster.connect()?;
    let limit = lab.limit().as_millis();
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
        std::thread::sleep(moments.within(Duration::from_millis(50)));
        slowest = slowest.max(timed(&mut client, &begin)?);
        std::thread::sleep(moments.within(Duration::from_millis(100)));
        timed(&mut client, &end)?;
    }
    Ok(slowest)
}

fn few_errors(lab: &Lab, mark: u64) -> Result<()> {
    let (lines, _) = lab.cluster.log_lines_after(mark);
    let errors: Vec<&String> = lines
        .iter()
        .filter(|line| {
            Line::parse(line).is_some_and(|line| matches!(line.level, "ERROR" | "FATAL"))
        })
        .collect();
    match errors.last() {
        Some(last) if errors.len() > DROPS * lab.expected => Err(Error::new(format!(
            "{} error lines from {} workers while the extension was dropped {DROPS} times: {last}",
            errors.len(),
            lab.expected
        ))),
        _ => Ok(()),
    }
}
