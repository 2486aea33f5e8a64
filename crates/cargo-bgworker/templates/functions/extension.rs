//! Starts a server with the extension, and looks at it from outside.

use pg_scratch::extension::Extension;
use pg_scratch::{Cluster, Library, Result, Server};
use std::path::Path;
use std::time::Duration;

/// Only catches hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts a server in which the extension can be created. Nothing is preloaded.
fn cluster() -> Result<Cluster> {
    let server = Server::from_env()?;
    let library = Library::build(&server)?;
    Cluster::builder(&server)
        .library(&library.name, &library.file)
        .role_of_library(&library.name)
        .extension(&Extension::find(Path::new("."), &library.name)?)
        .start()
}

#[test]
fn old_notes_are_deleted_by_a_worker() -> Result<()> {
    let cluster = cluster()?;
    let mut client = cluster.connect()?;
    let notes = "select my_extension.add(n::text) from generate_series(1, 10) n";
    client.batch_execute("create extension my_extension")?;
    client.batch_execute(notes)?;
    client.batch_execute("select my_extension.tidy(3)")?;
    cluster.poll_query_until("select count(*) = 3 from my_extension.notes", LIMIT)
}

#[test]
fn the_extension_can_be_upgraded() -> Result<()> {
    let cluster = cluster()?;
    let statements = "create extension my_extension;
        select my_extension.add('one');
        alter extension my_extension update to '1.1'";
    cluster.connect()?.batch_execute(statements)?;
    cluster.poll_query_until("select text = 'one' from my_extension.latest", LIMIT)
}
