//! A commit that waits for a synchronous standby that never replies.

use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::TestServer;
use pg_scratch::cluster::StopMode;
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

const STANDBYS: &str = "synchronous_standby_names";

/// How long to wait for the worker to write.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server's warning when a cancel or the end of the session interrupts the wait.
const WARNING: &str = "wait for synchronous replication";

/// Stops the whole server and only the worker, alternately.
pub(super) fn stop(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    runner
        .settings
        .push(("synchronous_commit".to_owned(), "on".to_owned()));
    for number in 0..runs {
        let mut writes = true;
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            test_server.ready()?;
            test_server.cluster.set(STANDBYS, "nobody")?;
            let Some(who) = waiting(test_server)? else {
                writes = false;
                test_server.cluster.set(STANDBYS, "")?;
                return Ok(None);
            };
            let mark = test_server.cluster.log_mark();
            std::thread::sleep(delays.within(Duration::from_millis(200)));
            let took = if number % 2 == 0 {
                stop_server(test_server)?
            } else {
                stop_one(test_server, &who)?
            };
            let log = test_server.cluster.log_after(mark);
            if !log.contains(WARNING) {
                return Err(Error::new(
                    "the log has no warning that a commit may not have been replicated",
                ));
            }
            Ok(Some(took))
        });
        if !writes {
            return runner
                .does_not_apply("it does not write, so its commits do not wait for a standby");
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn stop_server(test_server: &mut TestServer) -> Result<Duration> {
    test_server.close();
    let limit = test_server.limit();
    let took = test_server.cluster.stop(StopMode::Fast, limit)?;
    test_server.cluster.write_setting(STANDBYS, "")?;
    test_server.start()?;
    Ok(took)
}

fn stop_one(test_server: &mut TestServer, who: &ProcessId) -> Result<Duration> {
    let took = test_server.leaves(who);
    test_server.cluster.set(STANDBYS, "")?;
    took
}

/// Returns a worker whose commit waits, as its process title shows.
fn waiting(test_server: &TestServer) -> Result<Option<ProcessId>> {
    let mut client = test_server.cluster.connect()?;
    // The kit's own commit does not wait.
    client.batch_execute("set synchronous_commit = local")?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(feed) = &test_server.target.feed {
            client
                .batch_execute(feed)
                .map_err(|error| Error::from(error).context(feed.clone()))?;
        }
        let workers = test_server.workers();
        let waits = workers
            .iter()
            .find(|worker| worker.title.contains(" waiting for "));
        if let Some(who) = waits.and_then(|worker| ProcessId::of(worker.pid)) {
            return Ok(Some(who));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}
