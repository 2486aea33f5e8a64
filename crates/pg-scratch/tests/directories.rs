//! Tests what a scratch server takes from its user's directories, with a real server, if one is
//! found.

use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::extension::Extension;
use pg_scratch::servers::{Server, discover};
use std::fs;
use std::path::{Path, PathBuf};
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
fn an_example_has_a_directory_of_its_own() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for name in ["background", "per_database"] {
        let found = Extension::find(Path::new(examples), name).unwrap();
        assert_eq!(found.name, name);
    }
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

#[test]
fn what_an_interrupted_start_has_left_is_made_again() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("here");
    let builder = || Cluster::builder(&server).directory(&place).role("keeper");
    drop(builder().start().unwrap());
    // As after a kill while the data were copied.
    fs::remove_file(place.join("complete")).unwrap();
    fs::remove_file(place.join("data/PG_VERSION")).unwrap();
    fs::remove_file(place.join("data/bgworker.conf")).unwrap();
    fs::remove_dir_all(place.join("data/base")).unwrap();
    let cluster = builder().start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create table kept (x int)").unwrap();
    // The server is killed.
    client.batch_execute("checkpoint").unwrap();
    drop((client, cluster));
    // A later start that fails removes nothing.
    builder()
        .preload_installed("absent")
        .start()
        .map(drop)
        .unwrap_err();
    let cluster = builder().start().unwrap();
    let found = cluster.connect().unwrap().query("select x from kept", &[]);
    assert!(found.unwrap().is_empty());
    drop(cluster);
    // Without its lock, it may be a directory of something else.
    fs::remove_file(place.join("lock")).unwrap();
    let before = contents(&place);
    builder().start().map(drop).unwrap_err();
    assert_eq!(contents(&place), before);
}

/// Returns the files and directories in a directory, with the contents of files.
fn contents(directory: &Path) -> Vec<(PathBuf, Option<String>)> {
    let entries = fs::read_dir(directory).unwrap();
    let mut all: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            let own = (path.clone(), fs::read_to_string(&path).ok());
            let below = path.is_dir().then(|| contents(&path));
            std::iter::once(own).chain(below.into_iter().flatten())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_directory_with_files_of_its_user_is_left_as_it_is() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    for (at, files) in [
        // A file has the name of the lock.
        vec!["lock", "data/mine", "log", "share/mine"],
        vec!["lock"],
        // A directory that a server has left, and a file beside it.
        vec!["lock", "complete", "data/bgworker.conf", "notes"],
        vec!["data/bgworker.conf", "notes"],
        vec!["data/mine"],
        vec!["complete"],
    ]
    .iter()
    .enumerate()
    {
        let place = parent.path().join(at.to_string());
        for file in files {
            let path = place.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let word = "directory of a pg-scratch server\n1\n";
            let is_ours = *file == "lock" && files.contains(&"notes");
            fs::write(path, if is_ours { word } else { "mine" }).unwrap();
        }
        let before = contents(&place);
        let error = Cluster::builder(&server).directory(&place).start();
        let error = error.map(drop).unwrap_err().to_string();
        assert!(error.contains("no scratch server has left"), "{error}");
        assert_eq!(contents(&place), before, "{files:?}");
    }
}

#[test]
fn a_first_start_that_fails_leaves_an_empty_directory() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("here");
    let builder = || Cluster::builder(&server).directory(&place);
    // The library is missing, so the start fails when the data exist.
    let error = builder().preload_installed("absent").start();
    let error = error.map(drop).unwrap_err().to_string();
    assert!(error.contains("absent"), "{error}");
    assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    drop(builder().start().unwrap());
    assert!(place.join("data/PG_VERSION").is_file());
}

#[test]
fn a_wrong_setting_is_forgotten_by_the_next_start() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("here");
    let builder = || Cluster::builder(&server).directory(&place).role("keeper");
    drop(builder().start().unwrap());
    let error = builder().setting("work_mem", "much").start();
    let error = error.map(drop).unwrap_err().to_string();
    assert!(
        error.contains("invalid value for parameter \"work_mem\""),
        "{error}"
    );
    builder().setting("work_mem", "2MB").start().unwrap();
}

#[test]
fn one_server_uses_a_directory() {
    let Some(server) = server() else { return };
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("here");
    let first = Cluster::builder(&server).directory(&place).start().unwrap();
    let second = Cluster::builder(&server).directory(&place).start();
    let error = second.map(drop).unwrap_err().to_string();
    let expected = format!("in use by another process, PID {}", std::process::id());
    assert!(error.contains(&expected), "{error}");
    // The first one is as before.
    first.connect().unwrap().batch_execute("select 1").unwrap();
    drop(first);
    Cluster::builder(&server).directory(&place).start().unwrap();
}

#[test]
fn a_standby_keeps_its_directory() {
    let Some(server) = server() else { return };
    // Before 10, a new server allows no replication.
    if server.version.num < 100_000 {
        return;
    }
    let parent = pg_scratch::scratch::directory("bgw-kept-").unwrap();
    let place = parent.path().join("standby");
    let primary = Cluster::builder(&server).start().unwrap();
    let standby = || {
        let builder = primary.standby().directory(&place);
        builder.role("keeper").role_of_library("keeper").start()
    };
    drop(standby().unwrap());
    let again = standby().unwrap();
    let row = again
        .connect()
        .unwrap()
        .query_one("select pg_is_in_recovery()", &[]);
    assert!(row.unwrap().get::<_, bool>(0));
    drop(again);
    let alone = Cluster::builder(&server).directory(&place).start();
    let error = alone.map(drop).unwrap_err().to_string();
    assert!(error.contains("has the data of a standby"), "{error}");
}
