//! Settings are read again: very often, and very early.

use super::Tier;
use super::bench::{Bench, Skipped};
use super::lab::{LONG, Lab};
use super::look::Who;
use super::subject::Start;
use nix::sys::signal::Signal;
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

pub(super) fn storm(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let time = Duration::from_secs(if bench.tier == Tier::Pr { 2 } else { 10 });
    one_that_shows_it(bench);
    for _ in 0..runs {
        let go_on = bench.run(|bench, _| {
            let lab = bench.lab()?;
            let workers = lab.running();
            let begin = Instant::now();
            let mut value = 0;
            while begin.elapsed() < time {
                // Every 100 ms a new value, and in between a signal each millisecond.
                value += 1;
                lab.cluster.set(setting(lab), &(value + 1000).to_string())?;
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
                shown(lab, who, value + 1000)?;
            }
            Ok(lab.subject.knows.echo.is_some().then(|| end.elapsed()))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

pub(super) fn early(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    if !matches!(bench.subject.start, Start::Function { restart: 0..=1, .. })
        || !bench.subject.comes_back()
    {
        return Skipped::because(
            "whether and when it is started again is its own: its first moments cannot be caught",
        );
    }
    one_that_shows_it(bench);
    for number in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            let old = lab.pick(moments)?;
            lab.leaves(&old)?;
            // The postmaster does not know of it: the worker begins with the old value.
            let value = 5000 + number;
            lab.cluster
                .write_setting(setting(lab), &value.to_string())?;
            let who = lab
                .newborn(LONG)
                .ok_or_else(|| Error::new("no worker was started again"))?;
            std::thread::sleep(moments.within(Duration::from_millis(5)));
            who.signal(Signal::SIGHUP);
            let begin = Instant::now();
            shown(lab, &who, value)?;
            let took = begin.elapsed();
            std::thread::sleep(Duration::from_millis(50));
            if !who.alive() {
                return Err(Error::new(format!(
                    "process {} left although it was only told to read its settings",
                    who.pid
                )));
            }
            Ok(lab.subject.knows.echo.is_some().then_some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Of the workers of a library that shows a setting, the first does.
fn one_that_shows_it(bench: &mut Bench<'_>) {
    if bench.subject.knows.echo.is_some() {
        bench.workers = Some(1);
    } else {
        bench.note("whether it takes up the new value is not known from outside");
    }
}

/// Without one that the worker shows, any setting will do.
fn setting(lab: &Lab) -> &'static str {
    lab.subject
        .knows
        .echo
        .as_ref()
        .map_or("work_mem", |echo| echo.setting)
}

fn shown(lab: &mut Lab, who: &Who, value: u32) -> Result<()> {
    let Some(echo) = lab.subject.knows.echo.clone() else {
        return Ok(());
    };
    let query = echo.query.replace("$1", &who.pid.to_string());
    let is = format!("select coalesce(({query}) = '{value}', false)");
    lab.cluster.poll_query_until(&is, LONG)
}
