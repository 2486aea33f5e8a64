//! Settings are read again: very often, and very early.

use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::Start;
use crate::kit::test_server::{LONG, TestServer};
use crate::kit::tier::Tier;
use nix::sys::signal::Signal;
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

pub(super) fn storm(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let time = Duration::from_secs(if runner.tier == Tier::Pr { 2 } else { 10 });
    one_that_shows_it(runner);
    for _ in 0..runs {
        let go_on = runner.run(|runner, _| {
            let test_server = runner.test_server()?;
            let workers = test_server.running();
            let begin = Instant::now();
            let mut value = 0;
            while begin.elapsed() < time {
                // Every 100 ms a new value, and in between a signal each millisecond.
                value += 1;
                test_server
                    .cluster
                    .set(setting(test_server), &(value + 1000).to_string())?;
                for _ in 0..100 {
                    workers.iter().for_each(|who| who.signal(Signal::SIGHUP));
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            let end = Instant::now();
            if let Some(gone) = workers.iter().find(|who| !who.alive()) {
                return Err(Error::new(format!(
                    "process {} left although it was only told to read its settings",
                    gone.pid
                )));
            }
            for who in &workers {
                shown(test_server, who, value + 1000)?;
            }
            Ok(test_server
                .target
                .traits
                .echo
                .is_some()
                .then(|| end.elapsed()))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

pub(super) fn early(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    if !matches!(runner.target.start, Start::Function { restart: 0..=1, .. })
        || !runner.target.comes_back()
    {
        return Skipped::because(
            "whether and when it is started again is its own: its first moments cannot be caught",
        );
    }
    one_that_shows_it(runner);
    for number in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            let old = test_server.pick(delays)?;
            test_server.leaves(&old)?;
            // The postmaster does not know of it: the worker begins with the old value.
            let value = 5000 + number;
            test_server
                .cluster
                .write_setting(setting(test_server), &value.to_string())?;
            let who = test_server
                .newborn(LONG)
                .ok_or_else(|| Error::new("no worker was started again"))?;
            std::thread::sleep(delays.within(Duration::from_millis(5)));
            who.signal(Signal::SIGHUP);
            let begin = Instant::now();
            shown(test_server, &who, value)?;
            let took = begin.elapsed();
            std::thread::sleep(Duration::from_millis(50));
            if !who.alive() {
                return Err(Error::new(format!(
                    "process {} left although it was only told to read its settings",
                    who.pid
                )));
            }
            Ok(test_server.target.traits.echo.is_some().then_some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Of the workers of a library that shows a setting, the first does.
fn one_that_shows_it(runner: &mut Runner<'_>) {
    if runner.target.traits.echo.is_some() {
        runner.workers = Some(1);
    } else {
        runner.note("whether it takes up the new value is not known from outside");
    }
}

/// Without one that the worker shows, any setting will do.
fn setting(test_server: &TestServer) -> &'static str {
    test_server
        .target
        .traits
        .echo
        .as_ref()
        .map_or("work_mem", |echo| echo.setting)
}

fn shown(test_server: &mut TestServer, who: &ProcessId, value: u32) -> Result<()> {
    let Some(echo) = test_server.target.traits.echo.clone() else {
        return Ok(());
    };
    let query = echo.query.replace("$1", &who.pid.to_string());
    let is = format!("select coalesce(({query}) = '{value}', false)");
    test_server.cluster.poll_query_until(&is, LONG)
}
