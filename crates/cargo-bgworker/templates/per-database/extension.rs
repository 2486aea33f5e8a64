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
fn each_database_with_the_extension_has_a_worker() -> Result<()> {
    let cluster = cluster()?;
    cluster.connect()?.batch_execute("create database other")?;
    for database in ["postgres", "other"] {
        let mut client = cluster.connect_to(database)?;
        client.batch_execute("create extension my_extension")?;
        cluster.poll_until("rows", LIMIT, || {
            let row = client.query_one("select count(*) > 2 from my_extension.sizes", &[]);
            row.is_ok_and(|row| row.get(0)).then_some(())
        })?;
        client.batch_execute("alter extension my_extension update to '1.1'")?;
    }
    cluster.poll_query_until("select my_extension.growth() is not null", LIMIT)?;
    // The workers do not block this.
    cluster.connect()?.batch_execute("drop database other")?;
    Ok(())
}
