//! A standby: the worker there, recovery conflicts, and the promotion.

use crate::kit::host::{GUEST, has_dynamic_workers};
use crate::kit::plan::{Plan, SLOTS};
use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::{Start, Target};
use crate::kit::test_server::{LONG, left};
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::serverlog::{Event, Line, is_builtin};
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

/// The number of sessions before which the postmaster starts the workers of a standby.
const SESSIONS: usize = 3;

pub(super) fn standby(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let target = reader(runner.target);
    let mut primary = None;
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let primary = match &mut primary {
                Some(primary) => primary,
                none => none.insert(start_primary(runner)?),
            };
            let plan = Plan {
                target: &target,
                ..runner.plan()
            };
            // Replay does not wait for conflicting sessions.
            let standby = plan
                .standby(primary)?
                .setting("max_standby_streaming_delay", "0")
                .start()?;
            let mut life = Life {
                standby,
                target: &target,
                registered: 0,
            };
            life.registered = life.events(|event| matches!(event, Event::Registered(_)));
            let early = life.runs_there()?;
            if early {
                runner.note("it runs on the standby");
                life.conflicts(primary)?;
            } else {
                runner.note("it starts with the promotion");
            }
            std::thread::sleep(delays.within(Duration::from_millis(200)));
            life.promotion().map(Some)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Returns the target for a standby.
fn reader(target: &Target) -> Target {
    let mut target = target.clone();
    if let (Some(reads), Start::Function { name, .. }) = (&target.traits.reads, &mut target.start) {
        name.clone_from(reads);
        let setting = ("faults_host.on_standby".to_owned(), "on".to_owned());
        target.settings.push(setting);
    }
    target
}

fn start_primary(runner: &Runner<'_>) -> Result<Cluster> {
    let builder = Cluster::builder(runner.server).role_of_library(&runner.target.library_name());
    match has_dynamic_workers(runner.server) {
        true => builder.setting("max_worker_processes", SLOTS).start(),
        false => builder.start(),
    }
}

/// Runs a standby from its start to its end.
struct Life<'a> {
    standby: Cluster,
    target: &'a Target,
    registered: usize,
}

impl Life<'_> {
    /// Returns the number of exits of workers under test so far.
    fn events(&self, wanted: impl Fn(&Event<'_>) -> bool) -> usize {
        let log = self.standby.log();
        let events = log.lines().filter_map(|line| Line::parse(line)?.event());
        let ours = |event: &Event<'_>| match event {
            Event::Registered(name)
            | Event::Starting(name)
            | Event::Forgotten(name)
            | Event::Ended { name, .. } => *name != GUEST && !is_builtin(name),
            _ => true,
        };
        events.filter(|event| ours(event) && wanted(event)).count()
    }

    /// Returns the expected number of workers, without those that exited permanently.
    fn expected(&self) -> usize {
        self.registered - self.events(|event| matches!(event, Event::Forgotten(_)))
    }

    /// Returns whether a worker runs on the standby. A newly started server decides this
    /// immediately.
    fn runs_there(&self) -> Result<bool> {
        for _ in 0..SESSIONS {
            self.standby.connect()?;
        }
        if self.events(|event| matches!(event, Event::Starting(_))) == 0 {
            return Ok(false);
        }
        let seen = || match self.expected() {
            0 => Some(false),
            _ => (!self.standby.workers().is_empty()).then_some(true),
        };
        self.standby
            .poll_until("a worker on the standby", LONG, seen)
    }

    fn wait(&self, wanted: usize, limit: Duration) -> Result<()> {
        let what = format!("{wanted} workers");
        self.standby.poll_until(&what, limit, || {
            (self.standby.workers().len() >= wanted).then_some(())
        })
    }

    /// Removes rows on the primary that may still be visible on the standby, and the worker's
    /// database.
    fn conflicts(&self, primary: &Cluster) -> Result<()> {
        let mut client = primary.connect_to("template1")?;
        client.batch_execute("drop table if exists removed")?;
        client.batch_execute("create table removed as select 1 as one")?;
        client.batch_execute("delete from removed")?;
        client.batch_execute("vacuum removed")?;
        client.batch_execute("drop table removed")?;
        client.batch_execute("drop database postgres")?;
        client.batch_execute(&self.target.create_database_postgres())?;
        let has_wal_names = primary.server().version.num >= 100_000;
        let at: String = client
            .query_one(
                match has_wal_names {
                    true => "select pg_current_wal_lsn()::text",
                    false => "select pg_current_xlog_location()::text",
                },
                &[],
            )?
            .try_get(0)?;
        drop(client);
        let replayed = match has_wal_names {
            true => format!("select pg_last_wal_replay_lsn() >= '{at}'"),
            false => {
                format!("select pg_xlog_location_diff(pg_last_xlog_replay_location(), '{at}') >= 0")
            }
        };
        self.standby.poll_query_until(&replayed, LONG)?;
        let seen = || match self.exited_permanently() {
            Some(name) => Some(Err(name)),
            None => (self.standby.workers().len() >= self.expected()).then_some(Ok(())),
        };
        let seen = self.standby.poll_until("all workers", LONG, seen);
        seen.map_err(|error| error.context("after a recovery conflict"))?
            .map_err(|name| {
                Error::new(format!(
                    "a recovery conflict ended {name} permanently: it exited with code 0"
                ))
            })
    }

    /// Returns a worker that exited with code 0, so the postmaster does not restart it.
    fn exited_permanently(&self) -> Option<String> {
        exits(&self.standby.log())
            .find(|(_, code)| *code == 0)
            .map(|(name, _)| name.to_owned())
    }

    /// Promotes the standby, returns how long it takes until all workers run, and stops the server.
    fn promotion(mut self) -> Result<Duration> {
        let begin = Instant::now();
        self.standby.promote()?;
        self.standby
            .poll_query_until("select not pg_is_in_recovery()", LONG)?;
        // A worker that exits because there is no primary restarts.
        self.wait(self.expected(), LONG)
            .map_err(|error| error.context("after the promotion"))?;
        let took = begin.elapsed();
        let workers = self.standby.workers();
        let limit = self.target.budget + crate::kit::test_server::SLACK;
        if let Some(who) = workers.first().and_then(|worker| ProcessId::of(worker.pid)) {
            who.signal(nix::sys::signal::Signal::SIGTERM);
            who.gone_within(limit)?;
        }
        let stopped = self.standby.stop(StopMode::Fast, limit);
        let log = self.standby.log();
        super::scenarios::alive(&log)?;
        stopped?;
        let mut exits = exits(&log);
        match exits.find(|(_, code)| !(0..=1).contains(code)) {
            Some((name, code)) => Err(Error::new(format!("I6: {name} exited with code {code}"))),
            None => Ok(took),
        }
    }
}

/// Returns the exits of workers under test, with their codes.
fn exits(log: &str) -> impl Iterator<Item = (&str, i32)> {
    log.lines()
        .filter_map(|line| Line::parse(line)?.event().and_then(left))
        .filter(|(name, _)| *name != GUEST && !is_builtin(name))
}
