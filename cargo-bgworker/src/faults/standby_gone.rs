//! A commit that waits for a synchronous standby which will never answer.

use super::bench::{Bench, Skipped};
use super::lab::Lab;
use super::look::Who;
use pg_scratch::cluster::StopMode;
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

const STANDBYS: &str = "synchronous_standby_names";

/// Who does not write by then does not write.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server says so when it gives up waiting, whoever made it: a cancel, or the end of the session.
const WARNING: &str = "wait for synchronous replication";

/// By turns the whole server is stopped, and only the worker.
pub(super) fn stop(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    bench
        .settings
        .push(("synchronous_commit".to_owned(), "on".to_owned()));
    for number in 0..runs {
        let mut writes = true;
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            lab.ready()?;
            lab.cluster.set(STANDBYS, "nobody")?;
            let Some(who) = waiting(lab)? else {
                writes = false;
                lab.cluster.set(STANDBYS, "")?;
                return Ok(None);
            };
            let mark = lab.cluster.log_mark();
            std::thread::sleep(moments.within(Duration::from_millis(200)));
            let took = if number % 2 == 0 {
                stop_server(lab)?
            } else {
                stop_one(lab, &who)?
            };
            let log = lab.cluster.log_after(mark);
            if !log.contains(WARNING) {
                return Err(Error::new(
                    "nobody was warned that a commit may not have been replicated",
                ));
            }
            Ok(Some(took))
        });
        if !writes {
            return bench.does_not_apply("it does not write: no commit of it waits for a standby");
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn stop_server(lab: &mut Lab) -> Result<Duration> {
    lab.close();
    let limit = lab.limit();
    let took = lab.cluster.stop(StopMode::Fast, limit)?;
    lab.cluster.write_setting(STANDBYS, "")?;
    lab.start()?;
    Ok(took)
}

fn stop_one(lab: &mut Lab, who: &Who) -> Result<Duration> {
    let took = lab.leaves(who);
    lab.cluster.set(STANDBYS, "")?;
    took
}

/// A worker whose commit waits: its title says so.
fn waiting(lab: &Lab) -> Result<Option<Who>> {
    let mut client = lab.cluster.connect()?;
    // Ours is not to wait.
    client.batch_execute("set synchronous_commit = local")?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(feed) = &lab.subject.feed {
            client
                .batch_execute(feed)
                .map_err(|error| Error::from(error).context(feed.clone()))?;
        }
        let workers = lab.workers();
        let waits = workers
            .iter()
            .find(|worker| worker.title.contains(" waiting for "));
        if let Some(who) = waits.and_then(|worker| Who::is(worker.pid)) {
            return Ok(Some(who));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}
