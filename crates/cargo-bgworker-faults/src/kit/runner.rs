//! Runs one fault after the other on one worker and one server.

use super::delays::SeededDelays;
use super::host::Host;
use super::invariants;
use super::outcome::{Failure, Outcome};
use super::plan::Plan;
use super::target::Target;
use super::test_server::TestServer;
use super::tier::Tier;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One row of the matrix.
#[derive(Debug)]
pub struct Fault {
    /// `F1` …
    pub id: &'static str,
    /// A description of the fault.
    pub name: &'static str,
    /// The expectation, in addition to the invariants.
    pub holds: &'static str,
    /// Number of runs in each tier.
    pub runs: [u32; 3],
    pub(crate) does: Does,
}

/// Runs a fault the given number of times.
pub(crate) type Does = fn(&mut Runner<'_>, u32) -> Result<(), Skipped>;

impl Fault {
    /// Returns the number of runs in this tier; 0 if it is not part of it.
    pub fn runs_in(&self, tier: Tier) -> u32 {
        self.runs[tier as usize]
    }
}

/// The number of failures after which a fault stops.
const ENOUGH: usize = 3;

/// Runs faults on a worker.
pub struct Runner<'a> {
    pub(crate) server: &'a Server,
    pub(crate) target: &'a Target,
    pub(crate) host: Option<&'a Host>,
    pub(crate) tier: Tier,
    seed: u64,
    logs: PathBuf,
    watch: &'a dyn Watch,
    test_server: Option<TestServer>,
    /// How to start the next server.
    pub(crate) workers: Option<u32>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) neighbours: Vec<String>,
    pub(crate) environment: Vec<(String, PathBuf)>,
    /// The outcome of the current fault.
    outcome: Option<Outcome>,
    run: u32,
}

/// A progress reporter.
pub trait Watch {
    /// A fault starts with this number of runs.
    fn begin(&self, fault: &Fault, target: &str, runs: u32);
    /// This number of runs is complete.
    fn progress(&self, done: u32);
    /// Returns whether to stop before the next run.
    fn stop(&self) -> bool;
}

/// The reason why a fault does not apply.
pub(crate) struct Skipped(pub(crate) String);

impl Skipped {
    pub(crate) fn because<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self(why.into()))
    }
}

impl<'a> Runner<'a> {
    /// Creates a runner on `server`, with a directory for the logs of failures.
    pub fn new(
        server: &'a Server,
        target: &'a Target,
        host: Option<&'a Host>,
        tier: Tier,
        seed: u64,
        logs: &Path,
        watch: &'a dyn Watch,
    ) -> Self {
        Self {
            server,
            target,
            host,
            tier,
            seed,
            logs: logs.to_owned(),
            watch,
            test_server: None,
            workers: None,
            settings: Vec::new(),
            neighbours: Vec::new(),
            environment: Vec::new(),
            outcome: None,
            run: 0,
        }
    }

    /// Checks that the server starts and workers run.
    pub fn check(&mut self) -> Result<()> {
        let started = TestServer::launch(&self.plan());
        let target = &self.target.name;
        started
            .map(drop)
            .map_err(|error| error.context(format!("{target} has no running worker")))
    }

    /// Runs one fault as often as the tier specifies.
    pub fn fault(&mut self, fault: &Fault) -> Outcome {
        let begin = Instant::now();
        let runs = fault.runs_in(self.tier);
        self.outcome = Some(Outcome {
            fault: fault.id.to_owned(),
            name: fault.name.to_owned(),
            target: self.target.name.clone(),
            server: self.server.version.full.clone(),
            passed: 0,
            failures: Vec::new(),
            skipped: None,
            notes: Vec::new(),
            times: Vec::new(),
            seconds: 0.0,
        });
        self.run = 0;
        let result = if runs == 0 {
            Skipped::because(format!("not in the tier {}", self.tier.name()))
        } else {
            self.watch.begin(fault, &self.target.name, runs);
            (fault.does)(self, runs)
        };
        self.end();
        self.workers = None;
        self.settings.clear();
        self.neighbours.clear();
        self.environment.clear();
        let mut outcome = self.outcome.take().unwrap_or_else(|| unreachable!());
        if let Err(Skipped(why)) = result {
            outcome.skipped = Some(why);
        }
        outcome.seconds = begin.elapsed().as_secs_f64();
        outcome
    }

    /// Makes one run. An error in it, or a broken invariant after it, is a failure. The server is
    /// kept for the next run. Returns false to stop before the next run.
    pub(crate) fn run(
        &mut self,
        body: impl FnOnce(&mut Self, &mut SeededDelays) -> Result<Option<Duration>>,
    ) -> bool {
        self.run_many(1, body)
    }

    /// Makes one run that counts as several.
    pub(crate) fn run_many(
        &mut self,
        times: u32,
        body: impl FnOnce(&mut Self, &mut SeededDelays) -> Result<Option<Duration>>,
    ) -> bool {
        if self.watch.stop() || self.failures() >= ENOUGH {
            return false;
        }
        let (seed, run) = (self.seed, self.run);
        let mut delays = SeededDelays::new(seed, &self.outcome().fault, run);
        let took = body(self, &mut delays).and_then(|took| {
            if let Some(test_server) = &mut self.test_server {
                invariants::after_run(test_server)?;
            }
            Ok(took)
        });
        match took {
            Ok(took) => {
                let outcome = self.outcome();
                outcome.passed += times;
                if let Some(took) = took {
                    outcome.took(took);
                }
            }
            Err(error) => {
                // A server that restarts all sessions rejects queries meanwhile; the restart is the
                // more important failure.
                let crash = self.test_server.as_ref().map(invariants::no_crash);
                match crash {
                    Some(Err(crash)) => self.failed(&crash.note(error.to_string())),
                    _ => self.failed(&error),
                }
            }
        }
        self.run += times;
        self.watch.progress(self.run);
        true
    }

    /// Makes runs with a server and the number of workers connected to its database `postgres`. If
    /// there is none, the fault does not apply.
    pub(crate) fn runs_connected(
        &mut self,
        runs: u32,
        otherwise: &str,
        mut body: impl FnMut(&mut TestServer, usize, &mut SeededDelays) -> Result<Option<Duration>>,
    ) -> Result<(), Skipped> {
        for _ in 0..runs {
            let mut connected = true;
            let go_on = self.run(|runner, delays| {
                let test_server = runner.test_server()?;
                test_server.ready()?;
                let before = test_server.connected()?;
                connected = before > 0;
                if !connected {
                    return Ok(None);
                }
                body(test_server, before, delays)
            });
            if !connected {
                return self.does_not_apply(otherwise);
            }
            if !go_on {
                break;
            }
        }
        Ok(())
    }

    /// Returns the server under test, and starts one if there is none.
    pub(crate) fn test_server(&mut self) -> Result<&mut TestServer> {
        if self.test_server.is_none() {
            self.test_server = Some(TestServer::launch(&self.plan())?);
        }
        match &mut self.test_server {
            Some(test_server) => Ok(test_server),
            None => Err(Error::new("no server")),
        }
    }

    pub(crate) fn plan(&self) -> Plan<'a> {
        Plan {
            server: self.server,
            target: self.target,
            host: self.host,
            workers: self.workers,
            settings: self.settings.clone(),
            neighbours: self.neighbours.clone(),
            environment: self.environment.clone(),
        }
    }

    /// Discards the server after the final checks.
    pub(crate) fn end(&mut self) {
        let Some(mut test_server) = self.test_server.take() else {
            return;
        };
        if test_server.cluster.is_running() {
            if let Err(error) = invariants::at_end(&mut test_server) {
                self.test_server = Some(test_server);
                self.failed(&error);
            }
        }
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        let notes = &mut self.outcome().notes;
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Discards the durations, because they measure different things.
    pub(crate) fn forget_times(&mut self) {
        self.outcome().times.clear();
    }

    /// Discards the counted runs, because the fault does not apply.
    pub(crate) fn does_not_apply(&mut self, why: impl Into<String>) -> Result<(), Skipped> {
        self.outcome().passed = 0;
        Skipped::because(why)
    }

    pub(crate) fn failures(&mut self) -> usize {
        self.outcome().failures.len()
    }

    fn outcome(&mut self) -> &mut Outcome {
        self.outcome
            .as_mut()
            .unwrap_or_else(|| unreachable!("a run is of a fault"))
    }

    /// Saves the log, and discards the server.
    fn failed(&mut self, error: &Error) {
        let run = self.run;
        let fault = self.outcome().fault.clone();
        let log = self.test_server.take().and_then(|test_server| {
            let place = format!(
                "{}-{}-{fault}-{run}.log",
                self.server.version.major,
                self.target.name.replace(['/', ' '], "-"),
            );
            let path = self.logs.join(place);
            std::fs::create_dir_all(&self.logs).ok()?;
            std::fs::write(&path, test_server.cluster.log()).ok()?;
            Some(path)
        });
        let what = error.to_string();
        self.outcome().failures.push(Failure { run, what, log });
    }
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("target", &self.target)
            .field("tier", &self.tier)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
