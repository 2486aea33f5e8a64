//! A worker that fails as soon as it starts.

use super::Tier;
use super::bench::{Bench, Skipped};
use super::lab::Lab;
use pg_scratch::serverlog::{Event, Line};
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

/// In the first minute, of one worker.
const MOST_STARTS: usize = 10;

/// Its database refuses connections: a FATAL error, which no worker can handle.
pub(super) fn failure_loop(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    // Where the restart interval is the kit's, it is one that keeps the limit.
    bench
        .settings
        .push(("faults_host.restart".to_owned(), "7".to_owned()));
    let time = Duration::from_secs(if bench.tier == Tier::Pr { 12 } else { 60 });
    let otherwise = "not connected to the database postgres: nothing makes it fail from outside";
    bench.runs_connected(runs, otherwise, |lab, before, _| {
        allow(lab, false)?;
        let result = starts_in(lab, time);
        allow(lab, true)?;
        let starts = result?;
        if starts > MOST_STARTS * lab.expected {
            let seconds = time.as_secs();
            return Err(Error::new(format!(
                "I7: {} workers were started {starts} times in {seconds} s",
                lab.expected
            )));
        }
        let begin = Instant::now();
        if lab.subject.comes_back() {
            lab.wait_for_connected(before)?;
            return Ok(Some(begin.elapsed()));
        }
        lab.restart()?;
        Ok(None)
    })
}

fn allow(lab: &mut Lab, yes: bool) -> Result<()> {
    let sql = format!("alter database postgres with allow_connections {yes}");
    Ok(lab.client()?.batch_execute(&sql)?)
}

/// How often workers are started within `time` after all were told to leave.
fn starts_in(lab: &mut Lab, time: Duration) -> Result<usize> {
    let mark = lab.cluster.log_mark();
    let workers = lab.running();
    for who in &workers {
        lab.terminate(who);
    }
    for who in &workers {
        who.gone_within(lab.limit())?;
    }
    std::thread::sleep(time);
    let (lines, _) = lab.cluster.log_lines_after(mark);
    let starts = lines.iter().filter(|line| {
        matches!(
            Line::parse(line).and_then(|line| line.event()),
            Some(Event::Starting(_))
        )
    });
    Ok(starts.count())
}
