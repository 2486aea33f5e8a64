//! `cargo bgworker run`: runs a worker in a scratch server and shows its log and state.

mod args;
mod debug;
mod failures;
mod follow;
mod lines;
mod names;
mod report;
mod session;
mod start;
mod states;
mod watch;

pub use args::Args;

use crate::module;
use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::stop::Stop;
use bgworker_cli::term::{self, Progress};
use debug::Debug;
use follow::Follower;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::{Error, Result};
use report::Report;
use start::Plan;
use std::process::{Child, ExitCode};
use std::time::{Duration, Instant};
use watch::{Change, Watch};

/// The time limit for the server to stop. A worker that needs longer does not react to SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Runs a worker until it is told to stop.
pub fn main(args: Args) -> Result<ExitCode> {
    args.check()?;
    let workspace = Workspace::read()?;
    let mut choice = module::choose(&workspace, args.example.as_deref(), args.package.as_deref())?;
    choice.features.clone_from(&args.features);
    let package = workspace.package_of(&choice)?;
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let plan = Plan::new(&args, &choice, package, &server)?;
    term::status(
        "Building",
        format!("{} for PostgreSQL {}", choice.name, server.version),
    );
    let library = std::thread::scope(|scope| {
        if plan.kept.is_none() {
            // The start of the server reports an error.
            scope.spawn(|| Cluster::prepare(&server));
        }
        choice.build(&server, args.release)
    })?;
    module::check(&library)?;
    plan.check(&library)?;
    let watch = match args.watch {
        true => {
            let root = &workspace.workspace_root;
            let watch = Watch::new(&choice, &server, args.release, root, &library)?;
            Some(watch.with(plan.control(), &args.sql))
        }
        false => None,
    };
    // From here on, Ctrl-C requests a stop instead of ending the process. psql has its own use for
    // it.
    let stop = match args.connect {
        true => Stop::on_sigterm()?,
        false => Stop::on_signals()?,
    };
    let progress = if args.connect {
        Progress::hidden()
    } else {
        Progress::new()
    };
    let cluster = plan.start(&library, &progress)?;
    let mut run = Run {
        plan: &plan,
        cluster,
        follower: Follower::new(progress, &args),
        watch,
        open: plan.everything(),
        debug: args.debug.then(Debug::default),
        client: None,
    };
    let stopped = run.follow(&stop)?;
    let report = Report::new(&choice, &server, run.follower, stopped);
    report.print(args.json);
    Ok(match report.ok() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A running server.
struct Run<'a> {
    plan: &'a Plan<'a>,
    cluster: Cluster,
    follower: Follower,
    watch: Option<Watch>,
    /// What is not in use yet.
    open: Change,
    debug: Option<Debug>,
    /// psql.
    client: Option<Child>,
}

impl Run<'_> {
    /// Follows the server to its end. Returns how long it took to stop.
    fn follow(&mut self, stop: &Stop) -> Result<Result<Duration>> {
        let args = self.plan.args;
        self.tick();
        let extension = self.plan.extension.as_ref();
        let prepared = self.plan.prepare(&self.cluster, &mut self.open, extension);
        self.tick();
        // No session is possible while the server recovers from a crash. The crash is reported, and
        // the next restart prepares the rest.
        if !self.follower.crashed() {
            self.follower.has_functions = prepared?;
        }
        self.say_hello();
        if args.connect {
            self.client = Some(session::open(&self.cluster, &args.database)?);
        }
        let end = args.duration.map(|duration| Instant::now() + *duration);
        while !stop.asked() && end.is_none_or(|end| Instant::now() < end) {
            self.tick();
            let over = self.follower.crashed() || !self.cluster.is_running();
            if over && self.watch.is_none() || self.client_has_ended()? {
                break;
            }
            self.restart_if_changed();
            std::thread::sleep(Duration::from_millis(100));
        }
        self.tick();
        let stopped = self.stop();
        self.follower.tick(&self.cluster);
        if let Some(client) = &mut self.client {
            let _ = client.wait();
        }
        Ok(stopped)
    }

    fn tick(&mut self) {
        self.follower.tick(&self.cluster);
        if let Some(debug) = &mut self.debug {
            debug.tick(&self.follower);
        }
    }

    fn say_hello(&self) {
        let args = self.plan.args;
        let end = match (args.connect, args.duration) {
            (true, _) => "stop: the end of psql".to_owned(),
            (_, Some(duration)) => format!("stop: after {duration}, or Ctrl-C"),
            (_, None) => "stop: Ctrl-C".to_owned(),
        };
        let psql = self.cluster.psql(&args.database);
        self.follower
            .say(&format!("connect: {}", pg_scratch::process::show(&psql)));
        if args.connect || self.plan.kept.is_some() {
            self.follower
                .say(&format!("log: {}", self.cluster.log_path().display()));
        }
        self.follower.say(&end);
    }

    fn client_has_ended(&mut self) -> Result<bool> {
        let Some(client) = &mut self.client else {
            return Ok(false);
        };
        let ended = client.try_wait().map_err(|e| Error::io("psql", &e))?;
        Ok(ended.is_some())
    }

    fn stop(&mut self) -> Result<Duration> {
        if !self.cluster.is_running() {
            return Err(Error::new("the server exited unexpectedly"));
        }
        self.follower.asked_to_stop();
        if let Some(debug) = &self.debug {
            debug.release();
        }
        // What is left after a crash is of no interest.
        let mode = match self.follower.crashed() {
            true => StopMode::Immediate,
            false => StopMode::Fast,
        };
        self.cluster.stop(mode, STOP_LIMIT)
    }

    /// Restarts the server with the files that have changed.
    fn restart_if_changed(&mut self) {
        let Some(change) = self.watch.as_mut().and_then(Watch::tick) else {
            return;
        };
        self.open = std::mem::take(&mut self.open).and(change);
        let extension = match self.plan.read_extension() {
            Ok(extension) => extension,
            Err(error) => {
                term::error(&error);
                term::status("Keeping", "the server with the extension before the change");
                return;
            }
        };
        if self.cluster.is_running() {
            if let Err(error) = self.stop() {
                term::error(&error);
            }
        }
        self.follower.tick(&self.cluster);
        self.follower.forget();
        term::status("Starting", "the server with the new files");
        let extension = extension.as_ref();
        let started = self.plan.restart(&mut self.cluster, &self.open, extension);
        self.tick();
        let prepared = started.and_then(|()| {
            self.open.library = None;
            self.plan.prepare(&self.cluster, &mut self.open, extension)
        });
        match prepared {
            Ok(has_functions) => self.follower.has_functions = has_functions,
            Err(error) => {
                term::error(&error);
                self.follower.unprepared = Some(error.message().to_owned());
            }
        }
    }
}
