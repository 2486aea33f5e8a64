//! Configuration reloads: very often, and right after the start.

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
                // A new value every 100 ms, and a signal every millisecond in between.
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
                return Err(Error::new(format!("process {} exited on SIGHUP", gone.pid)));
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
            "its restart interval is not known, so its start cannot be caught",
        );
    }
    one_that_shows_it(runner);
    for number in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            let old = test_server.pick(delays)?;
            test_server.leaves(&old)?;
            // The postmaster has not reloaded, so the worker starts with the old value.
            let value = 5000 + number;
            test_server
                .cluster
                .write_setting(setting(test_server), &value.to_string())?;
            let who = test_server
                .newborn(LONG)
                .ok_or_else(|| Error::new("no worker restarted"))?;
            std::thread::sleep(delays.within(Duration::from_millis(5)));
            who.signal(Signal::SIGHUP);
            let begin = Instant::now();
            shown(test_server, &who, value)?;
            let took = begin.elapsed();
            std::thread::sleep(Duration::from_millis(50));
            if !who.alive() {
                return Err(Error::new(format!("process {} exited on SIGHUP", who.pid)));
            }
            Ok(test_server.target.traits.echo.is_some().then_some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Waits until the worker shows the value. Only the first worker of a library shows it.
fn one_that_shows_it(runner: &mut Runner<'_>) {
    if runner.target.traits.echo.is_some() {
        runner.workers = Some(1);
    } else {
        runner.note("it does not show whether it uses the new value");
    }
}

/// Returns the setting that the worker shows, or any other setting.
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
