//! Starts a server with the extension, and looks at it from outside.

use pg_scratch::extension::Extension;
use pg_scratch::{Cluster, Library, Result, Server};
use std::path::Path;
use std::time::Duration;

/// Only catches hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts a server that preloads the library, and creates the extension.
fn cluster() -> Result<Cluster> {
    let server = Server::from_env()?;
    let library = Library::build(&server)?;
    let cluster = Cluster::builder(&server)
        .preload(&library.name, &library.file)
        .role_of_library(&library.name)
        .extension(&Extension::find(Path::new("."), &library.name)?)
        .start()?;
    cluster
        .connect()?
        .batch_execute("create extension my_extension")?;
    Ok(cluster)
}

#[test]
fn each_job_is_done() -> Result<()> {
    let cluster = cluster()?;
    let add = "select count(my_extension.add(n || ' 1')) from generate_series(1, 100) n";
    cluster.connect()?.batch_execute(add)?;
    let done = "select sum(result) = 5150 and count(*) = 100 from my_extension.jobs";
    cluster.poll_query_until(done, LIMIT)
}

#[test]
fn a_failure_is_recorded() -> Result<()> {
    let cluster = cluster()?;
    let statements = "alter extension my_extension update to '1.1';
        select my_extension.add('one'); select my_extension.add('1')";
    cluster.connect()?.batch_execute(statements)?;
    let failed = "select error = 'not a number: \"one\"' from my_extension.failures";
    cluster.poll_query_until("select result = 1 from my_extension.jobs where input = '1'", LIMIT)?;
    cluster.poll_query_until(failed, LIMIT)
}
