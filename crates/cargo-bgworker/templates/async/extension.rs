//! Starts a server with the extension, and looks at it from outside.

use pg_scratch::extension::Extension;
use pg_scratch::{Cluster, Library, Result, Server};
use std::path::Path;
use std::time::Duration;

/// Only catches hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts a server that preloads the library, and creates the extension.
fn cluster(interval: &str) -> Result<Cluster> {
    let server = Server::from_env()?;
    let library = Library::build(&server)?;
    let cluster = Cluster::builder(&server)
        .preload(&library.name, &library.file)
        .role_of_library(&library.name)
        .extension(&Extension::find(Path::new("."), &library.name)?)
        .setting("my_extension.interval", interval)
        .start()?;
    cluster
        .connect()?
        .batch_execute("create extension my_extension")?;
    Ok(cluster)
}

#[test]
fn rows_arrive_also_after_a_restart() -> Result<()> {
    let mut cluster = cluster("10ms")?;
    let rows = "select count(*) > 2 from my_extension.events where what = 'tick'";
    cluster.poll_query_until(rows, LIMIT)?;
    cluster.restart()?;
    cluster
        .connect()?
        .batch_execute("delete from my_extension.events")?;
    cluster.poll_query_until(rows, LIMIT)
}

#[test]
fn a_poke_arrives_at_once() -> Result<()> {
    let cluster = cluster("1h")?;
    let statements = "alter extension my_extension update to '1.1'; select my_extension.poke()";
    cluster.connect()?.batch_execute(statements)?;
    cluster.poll_query_until("select what = 'poke' from my_extension.events", LIMIT)
}
