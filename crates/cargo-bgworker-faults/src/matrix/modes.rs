//! Servers and sessions that no worker is meant for.

use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::Start;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::serverlog::{Event, Line, is_builtin};
use pg_scratch::{Error, Result};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn other(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = runner.run(|runner, _| {
            let answer = in_a_session(runner)?;
            runner.note(format!("loaded in a session: {answer}"));
            single_user(runner)?;
            binary_upgrade(runner)?;
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// LOAD, and session_preload_libraries: an error is fine, silence too.
fn in_a_session(runner: &Runner<'_>) -> Result<String> {
    let name = runner.target.library_name();
    let cluster = Cluster::builder(runner.server)
        .library(&name, &runner.target.library)
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

fn single_user(runner: &Runner<'_>) -> Result<()> {
    let mut cluster = runner.plan().builder()?.start()?;
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
fn binary_upgrade(runner: &Runner<'_>) -> Result<()> {
    let mut cluster = runner.plan().builder()?.argument("-b").start()?;
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
        Some((line, _)) if runner.target.start == Start::Preloaded => Err(Error::new(
            "a worker is started while pg_upgrade has the server to itself (postgres -b)",
        )
        .note(*line)
        .help("IsBinaryUpgrade tells _PG_init that nothing should be registered")),
        _ => Ok(()),
    }
}
