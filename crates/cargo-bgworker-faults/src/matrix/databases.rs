//! Commands that need exclusive access to a database.

use crate::kit::delays::SeededDelays;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::TestServer;
use pg_scratch::{Error, Result};
use postgres::Client;
use postgres::error::SqlState;
use std::time::{Duration, Instant};

pub(super) fn commands(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for number in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            // The kit's own session would block the command, too.
            test_server.close();
            let took = another(test_server, number % 2 == 1, delays)?;
            // The server gives up after 5 s.
            if number % 5 == 0 && !own(test_server)? {
                runner.note("it is not connected to the database postgres, so its own database was not tested");
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn session(test_server: &TestServer) -> Result<Client> {
    let mut client = test_server.cluster.connect_to("template1")?;
    // The timeout reports a command that would wait indefinitely.
    let limit = test_server.limit().as_millis();
    client.batch_execute(&format!("set statement_timeout = {limit}"))?;
    Ok(client)
}

/// Tests a database that the worker does not use. Returns how long dropping it took.
fn another(
    test_server: &mut TestServer,
    cancelled: bool,
    delays: &mut SeededDelays,
) -> Result<Duration> {
    let mut client = session(test_server)?;
    let place = test_server.cluster.data_dir().with_file_name("elsewhere");
    let place = place.display();
    // The server creates the directory, because it must own it.
    client.batch_execute(&format!(
        "copy (select 1) to program 'cat >/dev/null; mkdir -p {place}'"
    ))?;
    for sql in [
        &format!("create tablespace elsewhere location '{place}'"),
        "create database other template template0",
        "alter database other rename to another",
        "alter database another set tablespace elsewhere",
        "create database copied template another",
    ] {
        timed(&mut client, sql)?;
    }
    if cancelled {
        // Uses a separate session: a late cancel must not hit the next command.
        let mut cancelled = session(test_server)?;
        let token = cancelled.cancel_token();
        let after = delays.within(Duration::from_millis(30));
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(after);
            let _ = token.cancel_query(postgres::NoTls);
        });
        // Both outcomes are valid if it can be dropped afterwards.
        let first = cancelled.batch_execute("drop database another");
        let _ = canceller.join();
        drop(cancelled);
        if first.is_ok() {
            timed(&mut client, "create database another template template0")?;
        }
    }
    let took = timed(&mut client, "drop database another")?
        .max(timed(&mut client, "drop database copied")?);
    timed(&mut client, "drop tablespace elsewhere")?;
    Ok(took)
}

pub(super) fn timed(client: &mut Client, sql: &str) -> Result<Duration> {
    let begin = Instant::now();
    client.batch_execute(sql).map_err(|error| {
        Error::from(error).context(format!("{sql}: not within {:?}", begin.elapsed()))
    })?;
    Ok(begin.elapsed())
}

/// Tests the worker's own database. Returns false if it is not known.
fn own(test_server: &mut TestServer) -> Result<bool> {
    let before = test_server.connected()?;
    test_server.close();
    if before == 0 {
        return Ok(false);
    }
    let mut client = session(test_server)?;
    match client.batch_execute("alter database postgres rename to elsewhere") {
        Ok(()) => {
            timed(&mut client, "alter database elsewhere rename to postgres")?;
        }
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
            if test_server.workers().len() < before {
                return Err(Error::new("a command that failed ended a worker"));
            }
        }
        Err(error) => return Err(Error::from(error).context("renaming the worker's database")),
    }
    if test_server.cluster.server().version.num >= 130_000 {
        timed(&mut client, "drop database postgres with (force)")?;
        timed(&mut client, &test_server.target.create_database_postgres())?;
    }
    drop(client);
    if test_server.target.comes_back() {
        test_server.wait_for_connected(before)?;
    } else {
        test_server.restart()?;
    }
    test_server.close();
    Ok(true)
}
