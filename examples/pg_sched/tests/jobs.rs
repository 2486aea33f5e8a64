//! Starts a server with the scheduler, and lets it run a job.

use pg_scratch::extension::Extension;
use pg_scratch::{Cluster, Library, Result, Server};
use std::path::Path;
use std::time::Duration;

/// Only catches hangs.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_job_runs_when_it_is_added() -> Result<()> {
    let server = Server::from_env()?;
    let library = Library::build(&server)?;
    let cluster = Cluster::builder(&server)
        .preload(&library.name, &library.file)
        .extension(&Extension::find(Path::new("."), &library.name)?)
        .role("sched")
        .start()?;
    let mut client = cluster.connect()?;
    client.batch_execute("create extension pg_sched; create table done (x int)")?;
    client.batch_execute(
        "insert into sched.jobs (command, every) values ('insert into done values (42)', '1 day')",
    )?;
    cluster.poll_query_until("select exists (select 1 from done where x = 42)", LIMIT)?;
    let recorded = "select count(*) = 1 from sched.runs where error is null";
    cluster.poll_query_until(recorded, LIMIT)
}
