//! Tests what a scratch server takes from its user's directories, with a real server, if one is
//! found.

use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::extension::Extension;
use pg_scratch::servers::{Server, discover};
use std::fs;
use std::time::Duration;

/// Returns the server of the environment, else any server.
fn server() -> Option<Server> {
    match std::env::var_os("PG_CONFIG") {
        Some(path) => Some(Server::from_pg_config(path).expect("PG_CONFIG")),
        None => discover().pop(),
    }
}

#[test]
fn an_extension_comes_from_its_sources() {
    let Some(server) = server() else { return };
    let sources = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(sources.path().join(name), text).unwrap();
    write("plain.control", "default_version = '1.0'\n");
    write(
        "plain--1.0.sql",
        "create function plain() returns int language sql as 'select 42';",
    );
    let extension = Extension::find(sources.path(), "plain").unwrap();
    let cluster = Cluster::builder(&server)
        .extension(&extension)
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create extension plain").unwrap();
    let answer: i32 = client.query_one("select plain()", &[]).unwrap().get(0);
    assert_eq!(answer, 42);
    // The server's own extensions are still there, with their libraries.
    client
        .batch_execute("drop extension plpgsql; create extension plpgsql")
        .unwrap();
    client.batch_execute("do 'begin end'").unwrap();
}

#[test]
fn a_directory_keeps_the_data_and_the_socket() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("here");
    let builder = || Cluster::builder(&server).directory(&place).role("keeper");
    let begin = |cluster: &Cluster| {
        assert_eq!(cluster.socket_dir(), place.join("s"));
        cluster.connect().unwrap()
    };
    let mut cluster = builder().start().unwrap();
    begin(&cluster)
        .batch_execute("create table kept as select 42 as x")
        .unwrap();
    cluster
        .stop(StopMode::Fast, Duration::from_secs(30))
        .unwrap();
    drop(cluster);
    // A server that was killed, too.
    let cluster = builder().setting("work_mem", "1MB").start().unwrap();
    drop(cluster);
    let cluster = builder().setting("work_mem", "2MB").start().unwrap();
    let row = begin(&cluster).query_one("select x, current_setting('work_mem') from kept", &[]);
    let row = row.unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (42, "2MB"));
    drop(cluster);

    fs::write(place.join("data/PG_VERSION"), "9.2\n").unwrap();
    let error = builder().start().unwrap_err().to_string();
    assert!(error.contains("has data of PostgreSQL 9.2"), "{error}");
    let foreign = parent.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("PG_VERSION"), "18\n").unwrap();
    let error = Cluster::builder(&server)
        .directory(&foreign)
        .start()
        .unwrap_err();
    assert!(
        error.to_string().contains("no scratch server has left"),
        "{error}"
    );
}
