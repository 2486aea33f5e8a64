//! Servers and sessions without workers.

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

/// Tests LOAD and session_preload_libraries: both an error and success are valid.
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
    if runner.server.version.num < 90_400 {
        // It has no session_preload_libraries.
        return Ok(answer);
    }
    client.batch_execute(&format!("create role other_user login superuser; alter role other_user set session_preload_libraries = '{name}'"))?;
    let attempt = postgres::Config::new()
        .host_path(cluster.socket_dir())
        .user("other_user")
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

/// Starts a server like `pg_upgrade`. Does not apply to workers that the kit registers.
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
            "a worker is started during a binary upgrade (postgres -b)",
        )
        .note(*line)
        .help("register nothing in _PG_init if IsBinaryUpgrade is set")),
        _ => Ok(()),
    }
}
