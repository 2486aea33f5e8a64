//! A worker that fails immediately after its start.

use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::TestServer;
use crate::kit::tier::Tier;
use pg_scratch::serverlog::{Event, Line};
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

/// The limit of starts in the first minute, per worker.
const MOST_STARTS: usize = 10;

/// Its database refuses connections: a FATAL error, which no worker can handle.
pub(super) fn failure_loop(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    // If the kit sets the restart interval, it sets one that respects the limit.
    runner
        .settings
        .push(("faults_host.restart".to_owned(), "7".to_owned()));
    let time = Duration::from_secs(if runner.tier == Tier::Pr { 12 } else { 60 });
    let otherwise =
        "it is not connected to the database postgres, so it cannot be made to fail from outside";
    runner.runs_connected(runs, otherwise, |test_server, before, _| {
        allow(test_server, false)?;
        let result = starts_in(test_server, time);
        allow(test_server, true)?;
        let starts = result?;
        if starts > MOST_STARTS * test_server.expected {
            let seconds = time.as_secs();
            return Err(Error::new(format!(
                "I7: {} workers were started {starts} times in {seconds} s",
                test_server.expected
            )));
        }
        let begin = Instant::now();
        if test_server.target.comes_back() {
            test_server.wait_for_connected(before)?;
            return Ok(Some(begin.elapsed()));
        }
        test_server.restart()?;
        Ok(None)
    })
}

fn allow(test_server: &mut TestServer, yes: bool) -> Result<()> {
    let sql = match test_server.cluster.server().version.num >= 90_500 {
        true => format!("alter database postgres with allow_connections {yes}"),
        false => format!("update pg_database set datallowconn = {yes} where datname = 'postgres'"),
    };
    Ok(test_server.client()?.batch_execute(&sql)?)
}

/// Returns how often workers start within `time` after all received SIGTERM.
fn starts_in(test_server: &mut TestServer, time: Duration) -> Result<usize> {
    let mark = test_server.cluster.log_mark();
    let workers = test_server.running();
    for who in &workers {
        test_server.terminate(who);
    }
    for who in &workers {
        who.gone_within(test_server.limit())?;
    }
    std::thread::sleep(time);
    let (lines, _) = test_server.cluster.log_lines_after(mark);
    let starts = lines.iter().filter(|line| {
        matches!(
            Line::parse(line).and_then(|line| line.event()),
            Some(Event::Starting(_))
        )
    });
    Ok(starts.count())
}
