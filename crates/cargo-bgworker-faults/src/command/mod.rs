//! `cargo bgworker faults`: runs the fault matrix against a worker.

mod args;
mod notes;
mod page;
mod progress;
mod results;
mod table;
mod targets;

pub(crate) use args::Args;
use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term;
use cargo_bgworker_faults::{self as faults, Fault, Host, Outcome, Runner, Target, Verdict, Watch};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use progress::ProgressReporter;
use results::{Entry, Results};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let chosen = faults::chosen(&args.only).map_err(Error::new)?;
    if args.list {
        table::list(&chosen);
        return Ok(ExitCode::SUCCESS);
    }
    if !cfg!(target_os = "linux") {
        return Err(Error::new(
            "cargo bgworker faults needs Linux, because it reads /proc",
        ));
    }
    let run = Run::new(&args, chosen)?;
    if args.save.is_some() {
        // Reports an unreadable file before hours of work.
        run.kept()?;
    }
    let scratch = tempfile::tempdir()
        .map_err(|error| Error::new(format!("could not create a directory: {error}")))?;
    let mut work = Vec::new();
    for server in choose::several(&args.pg, args.pg_config.as_deref())? {
        let wanted = |name: &str| !run.left(&server, name).is_empty();
        let targets = targets::on(&args, &server, scratch.path(), &wanted)?;
        work.push((server, targets));
    }
    // From here on Ctrl-C requests a stop after the current run.
    let progress = ProgressReporter::new()?;
    let mut outcomes = Vec::new();
    for (server, targets) in &work {
        if !targets.is_empty() {
            let place = scratch.path().join(&server.version.major);
            run.on(server, targets, &place, &progress, &mut outcomes)?;
        }
    }
    if let Some(directory) = &args.save {
        page::save(&run.kept()?, directory)?;
        let open: usize = work
            .iter()
            .flat_map(|(server, targets)| targets.iter().map(move |target| (server, target)))
            .map(|(server, target)| run.missing(server, &target.name).len())
            .sum();
        if open > 0 {
            term::warning(format!(
                "{open} faults are left; --resume continues with them"
            ));
        }
    }
    table::report(&outcomes, run.seed, args.json);
    let any = |verdict| outcomes.iter().any(|outcome| outcome.verdict() == verdict);
    let nothing_left = args.resume && outcomes.is_empty();
    let good = (any(Verdict::Passed) || nothing_left) && !any(Verdict::Failed);
    Ok(if good && !progress.stop() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The options that do not depend on the worker.
struct Run<'a> {
    args: &'a Args,
    chosen: Vec<&'static Fault>,
    seed: u64,
    logs: PathBuf,
    begin: Instant,
}

impl<'a> Run<'a> {
    fn new(args: &'a Args, chosen: Vec<&'static Fault>) -> Result<Self> {
        let seed = args.seed.unwrap_or_else(new_seed);
        let logs = args
            .logs
            .clone()
            .unwrap_or_else(|| match Workspace::read() {
                Ok(workspace) => workspace.target_directory.join("bgworker-faults"),
                Err(_) => PathBuf::from("bgworker-faults"),
            });
        term::status(
            "Seed",
            format!("{seed}; logs of failures are saved in {}", logs.display()),
        );
        Ok(Self {
            args,
            chosen,
            seed,
            logs,
            begin: Instant::now(),
        })
    }

    /// The saved outcomes of this run and of earlier ones.
    fn kept(&self) -> Result<Results> {
        Results::read(&self.logs.join("results.jsonl"))
    }

    /// Returns the selected faults without a saved outcome.
    fn missing(&self, server: &Server, target: &str) -> Vec<&'static Fault> {
        let kept = self.kept().unwrap_or_default();
        let tier = self.args.tier.tier();
        let missing = |fault: &&&Fault| {
            let kept = kept.has(tier, &server.version.full, target, fault.id);
            !kept && fault.runs_in(tier) > 0
        };
        self.chosen.iter().filter(missing).copied().collect()
    }

    /// Returns the selected faults.
    fn left(&self, server: &Server, target: &str) -> Vec<&'static Fault> {
        if self.args.resume {
            self.missing(server, target)
        } else {
            self.chosen.clone()
        }
    }

    fn on(
        &self,
        server: &Server,
        targets: &[Target],
        place: &Path,
        progress: &ProgressReporter,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<()> {
        let host = std::fs::create_dir_all(place)
            .map_err(|error| Error::new(format!("{}: {error}", place.display())))
            .and_then(|()| Host::compile(server, place));
        if let Err(error) = &host {
            term::warning(format!(
                "I2, F11, F25, F27, F28 and --function are not available: {error}"
            ));
        }
        for target in targets {
            let (tier, host) = (self.args.tier.tier(), host.as_ref().ok());
            let mut runner =
                Runner::new(server, target, host, tier, self.seed, &self.logs, progress);
            runner.check()?;
            for fault in self.left(server, &target.name) {
                let late = self
                    .args
                    .limit
                    .is_some_and(|limit| self.begin.elapsed() > *limit);
                if late || progress.stop() {
                    return Ok(());
                }
                let outcome = runner.fault(fault);
                progress.end(&outcome);
                // An interrupted fault is not saved, nor one that is not part of the tier.
                let whole = !progress.stop() && fault.runs_in(tier) > 0;
                if self.args.save.is_some() && whole {
                    let mut kept = self.kept()?;
                    kept.add(Entry::new(tier, self.seed, server, outcome.clone()));
                    kept.write()?;
                }
                outcomes.push(outcome);
            }
        }
        Ok(())
    }
}

fn new_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(1, |time| u64::from(time.subsec_nanos()) ^ time.as_secs()) % 1_000_000
}
