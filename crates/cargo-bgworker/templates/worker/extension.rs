//! Starts a server with the extension, and looks at it from outside.

use pg_scratch::extension::Extension;
use pg_scratch::{Cluster, Library, Result, Server};
use std::path::Path;
use std::time::Duration;

/// Only catches hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts a server that preloads the library, in which the extension can be created.
fn cluster() -> Result<Cluster> {
    let server = Server::from_env()?;
    let library = Library::build(&server)?;
    Cluster::builder(&server)
        .preload(&library.name, &library.file)
        .role_of_library(&library.name)
        .extension(&Extension::find(Path::new("."), &library.name)?)
        .setting("my_extension.interval", "10ms")
        .start()
}

#[test]
fn rows_arrive_also_after_a_restart() -> Result<()> {
    let mut cluster = cluster()?;
    cluster
        .connect()?
        .batch_execute("create extension my_extension")?;
    cluster.poll_query_until("select my_extension.beats() > 2", LIMIT)?;
    cluster.restart()?;
    cluster
        .connect()?
        .batch_execute("delete from my_extension.beats")?;
    cluster.poll_query_until("select my_extension.beats() > 2", LIMIT)
}

#[test]
fn the_extension_can_be_upgraded() -> Result<()> {
    let cluster = cluster()?;
    cluster
        .connect()?
        .batch_execute("create extension my_extension; alter extension my_extension update to '1.1'")?;
    cluster.poll_query_until("select my_extension.beats() > 2", LIMIT)
}
