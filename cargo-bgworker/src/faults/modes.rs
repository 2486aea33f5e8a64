//! Servers and sessions that no worker is meant for.

use super::bench::{Bench, Skipped};
use super::subject::Start;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::serverlog::{Event, Line, is_builtin};
use pg_scratch::{Error, Result};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn other(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, _| {
            let answer = in_a_session(bench)?;
            bench.note(format!("loaded in a session: {answer}"));
            single_user(bench)?;
            binary_upgrade(bench)?;
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// LOAD, and session_preload_libraries: an error is fine, silence too.
fn in_a_session(bench: &Bench<'_>) -> Result<String> {
    let name = bench.subject.library_name();
    let cluster = Cluster::builder(bench.server)
        .library(&name, &bench.subject.library)
        .start()?;
    let mut client = cluster.connect()?;
    let answer = match client.batch_execute(&format!("load '{name}'")) {
        Ok(()) => "accepted".to_owned(),
        Err(error) => Error::from(error).message().to_owned(),
    };
    client
        .query_one("select 1", &[])
        .map_err(|error| Error::from(error).context("the session did not survive LOAD"))?;
    client.batch_execute(&format!("create role somebody login superuser; alter role somebody set session_preload_libraries = '{name}'"))?;
    let attempt = postgres::Config::new()
        .host_path(cluster.socket_dir())
        .user("somebody")
        .dbname("postgres")
        .connect(postgres::NoTls);
    drop(attempt);
    client.query_one("select 1", &[]).map_err(|error| {
        Error::from(error).context("another session did not survive session_preload_libraries")
    })?;
    Ok(answer)
}

fn single_user(bench: &Bench<'_>) -> Result<()> {
    let mut cluster = bench.plan().builder()?.start()?;
    cluster.stop(StopMode::Fast, LIMIT)?;
    let said = cluster.single_user("select 6 * 7 as answer\n")?;
    if !said.contains("answer = \"42\"") {
        return Err(
            Error::new("a single-user server with the library preloaded does not answer")
                .note(said),
        );
    }
    cluster.start()
}

/// As `pg_upgrade` starts a server. What the kit registers says nothing about the library.
fn binary_upgrade(bench: &Bench<'_>) -> Result<()> {
    let mut cluster = bench.plan().builder()?.argument("-b").start()?;
    std::thread::sleep(Duration::from_millis(500));
    cluster.stop(StopMode::Fast, LIMIT)?;
    let log = cluster.log();
    let events: Vec<_> = log
        .lines()
        .filter_map(|line| Some((line, Line::parse(line)?.event()?)))
        .collect();
    if let Some((line, _)) = events.iter().find(|(_, event)| *event == Event::Crash) {
        return Err(Error::new(format!(
            "the server crashed in binary upgrade: {line}"
        )));
    }
    let started = events
        .iter()
        .find(|(_, event)| matches!(event, Event::Starting(name) if !is_builtin(name)));
    match started {
        Some((line, _)) if bench.subject.start == Start::Preloaded => Err(Error::new(
            "a worker is started while pg_upgrade has the server to itself (postgres -b)",
        )
        .note(*line)
        .help("IsBinaryUpgrade tells _PG_init that nothing should be registered")),
        _ => Ok(()),
    }
}
