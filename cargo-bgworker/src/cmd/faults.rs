//! `cargo bgworker faults`: the fault matrix, done to a worker.

use super::choose;
use crate::stop::Stop;
use crate::term::{self, BAD, DIM, GOOD, Progress, Spinner, WARN, paint, table};
use cargo_bgworker::build::{Choice, Workspace};
use cargo_bgworker::faults::{
    self, Bench, Echo, Fault, Host, Knows, Outcome, Start, Subject, Tier, Verdict, Watch,
};
use cargo_bgworker::servers::Server;
use cargo_bgworker::{Error, Result};
use serde_json::json;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// Does to a worker what can happen to one, and tells what held
///
/// Without --library, --example and --package: to the workers of this project.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A library that is built already, in any language
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "package"])]
    library: Option<PathBuf>,
    /// Build this example (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    example: Option<String>,
    /// Build this package
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// An exported function of the library, to be registered as a worker; without, the library registers its workers itself
    /// when it is preloaded
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// The function only reads: for faults on a standby it is registered to start there
    #[arg(long, requires = "function")]
    reads: bool,
    /// The extension that the worker works with, to be dropped
    #[arg(long, value_name = "NAME", conflicts_with = "worker")]
    extension: Option<String>,
    /// The library's setting for how many workers it registers
    #[arg(long, value_name = "GUC", conflicts_with = "function")]
    workers_setting: Option<String>,
    /// The worker leaves with exit code 1 when it is told to, and is started again within seconds: that is waited for
    #[arg(long)]
    comes_back: bool,
    /// How long a worker may take to leave
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    budget: humantime::Duration,
    /// Set a configuration parameter of the server
    #[arg(long = "set", value_name = "GUC=VALUE", value_parser = super::run::assignment)]
    settings: Vec<(String, String)>,
    /// Only these faults, like F1,F5
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    only: Vec<String>,
    /// Only these of the project's own workers
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["library", "example", "package"])]
    worker: Vec<String>,
    /// How often: pr (minutes), night, release (hours)
    #[arg(long, value_enum, default_value = "pr")]
    tier: Tiers,
    /// Repeat the moments of an earlier run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// On these majors, like 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1..)]
    pg: Vec<String>,
    /// On the server of this pg_config
    #[arg(long, value_name = "PATH", conflicts_with = "pg")]
    pg_config: Option<PathBuf>,
    /// Where the logs of failures are kept
    #[arg(long, value_name = "DIRECTORY")]
    logs: Option<PathBuf>,
    /// Show the matrix, and do nothing
    #[arg(long)]
    list: bool,
    /// The outcome as data on standard output; everything else goes to standard error
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Tiers {
    Pr,
    Night,
    Release,
}

impl Tiers {
    fn tier(self) -> Tier {
        match self {
            Self::Pr => Tier::Pr,
            Self::Night => Tier::Night,
            Self::Release => Tier::Release,
        }
    }
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let chosen = faults::chosen(&args.only).map_err(Error::new)?;
    if args.list {
        list(&chosen);
        return Ok(ExitCode::SUCCESS);
    }
    if !cfg!(target_os = "linux") {
        return Err(Error::new(
            "faults are looked at through /proc: this needs Linux",
        ));
    }
    let servers = servers(&args)?;
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
        format!("{seed}; logs of failures go to {}", logs.display()),
    );
    let kept = tempfile::tempdir()
        .map_err(|error| Error::new(format!("cannot make a directory: {error}")))?;
    let mut subjects = Vec::new();
    for server in &servers {
        subjects.push(subjects_on(&args, server, kept.path())?);
    }
    // From here on Ctrl-C is a wish, not the end.
    let onlooker = Onlooker {
        progress: Progress::new(),
        spinner: RefCell::default(),
        stop: Stop::on_signals()?,
    };
    let mut outcomes = Vec::new();
    for (server, subjects) in servers.iter().zip(&subjects) {
        let place = kept.path().join(format!("host-{}", server.version.major));
        let host = std::fs::create_dir_all(&place)
            .map_err(|error| Error::new(format!("{}: {error}", place.display())))
            .and_then(|()| Host::compile(server, &place));
        if let Err(error) = &host {
            term::warning(format!(
                "I2 is not checked, F11 and F25 not done, no --function: {error}"
            ));
        }
        for subject in subjects {
            let mut bench = Bench::new(
                server,
                subject,
                host.as_ref().ok(),
                args.tier.tier(),
                seed,
                &logs,
                &onlooker,
            );
            bench.check()?;
            on_one(bench, &chosen, &onlooker, &mut outcomes);
        }
    }
    report(&outcomes, seed, args.json);
    let held = outcomes
        .iter()
        .any(|outcome| outcome.verdict() == Verdict::Held);
    let broken = outcomes
        .iter()
        .any(|outcome| outcome.verdict() == Verdict::Broken);
    Ok(if held && !broken && !onlooker.stop() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn on_one(
    mut bench: Bench<'_>,
    chosen: &[&Fault],
    onlooker: &Onlooker,
    outcomes: &mut Vec<Outcome>,
) {
    for fault in chosen {
        if onlooker.stop() {
            return;
        }
        let outcome = bench.fault(fault);
        onlooker.end(&outcome);
        outcomes.push(outcome);
    }
}

fn servers(args: &Args) -> Result<Vec<Server>> {
    if args.pg.is_empty() {
        return Ok(vec![choose::one(None, args.pg_config.as_deref())?]);
    }
    args.pg
        .iter()
        .map(|major| choose::one(Some(major), None))
        .collect()
}

fn new_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(1, |time| u64::from(time.subsec_nanos()) ^ time.as_secs()) % 1_000_000
}

/// What faults are done to on this server; built for it where it is source.
fn subjects_on(args: &Args, server: &Server, kept: &Path) -> Result<Vec<Subject>> {
    let build = |choice: Choice| {
        term::status(
            "Building",
            format!("{} for PostgreSQL {}", choice.name, server.version),
        );
        let library = choice.build(server, false)?;
        // Building for another server writes to the same place.
        let kept = kept.join(&server.version.major);
        let copy = kept.join(library.file_name().unwrap_or_default());
        std::fs::create_dir_all(&kept)
            .and_then(|()| std::fs::copy(&library, &copy))
            .map_err(|e| Error::new(format!("{}: {e}", copy.display())))?;
        Ok::<_, Error>(copy)
    };
    let library = match (&args.library, &args.example, &args.package) {
        (Some(file), _, _) if !file.is_file() => {
            return Err(Error::new(format!(
                "there is no library {}",
                file.display()
            )));
        }
        (Some(file), _, _) => file.clone(),
        (None, Some(example), _) => build(Workspace::read()?.example(example)?)?,
        (None, None, Some(package)) => build(Workspace::read()?.package(package)?)?,
        (None, None, None) => return own(args, build),
    };
    let name = library.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix("lib").unwrap_or(&name).to_owned();
    let mut subject = match &args.function {
        Some(function) => Subject::function(&format!("{name}:{function}"), &library, function),
        None => Subject::preloaded(&name, &library),
    };
    subject.workers_setting.clone_from(&args.workers_setting);
    subject.settings.clone_from(&args.settings);
    subject.budget = *args.budget;
    subject.knows.comes_back = args.comes_back;
    subject.extension.clone_from(&args.extension);
    if args.reads {
        subject.knows.reads.clone_from(&args.function);
    }
    Ok(vec![subject])
}

/// The workers of this project.
fn own(args: &Args, build: impl Fn(Choice) -> Result<PathBuf>) -> Result<Vec<Subject>> {
    let workspace = Workspace::read()?;
    let example = |name: &str| {
        workspace.example(name).map_err(|_| {
            Error::new("say which worker: this is not the project's own directory")
                .help("--library FILE, --example NAME or --package NAME")
        })
    };
    let knows = Knows {
        exit_code: Some(1),
        comes_back: true,
        outlives_cancel: true,
        ..Knows::default()
    };
    let wanted =
        |name: &str| args.worker.is_empty() || args.worker.iter().any(|worker| worker == name);
    let mut subjects = Vec::new();
    if wanted("heartbeat") {
        let mut heartbeat = Subject::preloaded("heartbeat", build(example("heartbeat")?)?);
        heartbeat.knows = Knows {
            outlives_cancel: false,
            ..knows.clone()
        };
        subjects.push(heartbeat);
    }
    if wanted("worker_spi") {
        let mut counting = Subject::preloaded("worker_spi", build(example("worker_spi")?)?);
        counting.workers_setting = Some("worker_spi.workers".to_owned());
        counting.settings = vec![("worker_spi.naptime".to_owned(), "20".to_owned())];
        counting.knows = Knows {
            outlives_cancel: false,
            ..knows.clone()
        };
        subjects.push(counting);
    }
    if wanted("faults") {
        let channels = build(example("channels")?)?;
        subjects.push(made_for_it(&build(example("faults")?)?, channels, knows));
    }
    if subjects.is_empty() {
        return Err(Error::new(
            "there is no such worker: heartbeat, worker_spi, faults",
        ));
    }
    Ok(subjects)
}

/// tests/libraries/faults.rs
fn made_for_it(library: &Path, channels: PathBuf, knows: Knows) -> Subject {
    Subject {
        start: Start::Function {
            name: "bgworker_main_mixed".to_owned(),
            restart: 1,
            preload: true,
        },
        knows: Knows {
            rolled_back: Some(
                "select not exists (select from pg_class where relname like 'left_behind%')",
            ),
            echo: Some(Echo {
                setting: "faults.echo",
                query: "select value::text from faults_seen where pid = $1",
            }),
            scenarios: true,
            reads: Some("bgworker_main_reads".to_owned()),
            channels: Some(channels),
            ..knows
        },
        ..Subject::function("faults", library, "")
    }
}

/// A bar on a terminal; a line for each fault, when it is over.
struct Onlooker {
    progress: Progress,
    spinner: RefCell<Option<Spinner>>,
    stop: Stop,
}

impl Watch for Onlooker {
    fn begin(&self, fault: &Fault, subject: &str, runs: u32) {
        let name = format!("{} {subject}: {}", fault.id, fault.name);
        *self.spinner.borrow_mut() = Some(self.progress.parts(&name, runs.into()));
    }

    fn progress(&self, done: u32) {
        if let Some(spinner) = &*self.spinner.borrow() {
            spinner.at(done.into());
        }
    }

    fn stop(&self) -> bool {
        self.stop.asked()
    }
}

impl Onlooker {
    fn end(&self, outcome: &Outcome) {
        self.spinner.borrow_mut().take();
        let (style, word) = match outcome.verdict() {
            Verdict::Held => (GOOD, "held"),
            Verdict::Broken => (BAD, "BROKEN"),
            Verdict::Skipped => (WARN, "skipped"),
        };
        let major = outcome.server.split(['.', ' ']).next().unwrap_or_default();
        let head = format!(
            "{} {} on {major}: {}",
            outcome.fault, outcome.subject, outcome.name
        );
        self.progress.eprintln(&format!(
            "{} {head}, {:.0} s",
            paint(style, format!("{word:>12}")),
            outcome.seconds
        ));
        for failure in &outcome.failures {
            let log = failure
                .log
                .as_ref()
                .map_or_else(String::new, |log| format!("\nlog: {}", log.display()));
            let text = format!("run {}: {}{log}", failure.run, failure.what)
                .replace('\n', "\n             ");
            self.progress.eprintln(&format!("             {text}"));
        }
        for remark in outcome.notes.iter().chain(&outcome.skipped) {
            self.progress
                .eprintln(&paint(DIM, format!("             {remark}")));
        }
    }
}

fn list(chosen: &[&Fault]) {
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .map(|fault| {
            let [pr, night, release] = fault.runs.map(|runs| match runs {
                0 => "–".to_owned(),
                runs => runs.to_string(),
            });
            vec![
                fault.id.to_owned(),
                pr,
                night,
                release,
                format!("{}: {}", fault.name, fault.holds),
            ]
        })
        .collect();
    anstream::println!(
        "{}",
        table(
            &[
                "fault",
                "pr",
                "night",
                "release",
                "what is done: what must hold"
            ],
            &rows
        )
    );
}

fn report(outcomes: &[Outcome], seed: u64, as_json: bool) {
    if as_json {
        let data: Vec<_> = outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "outcome": outcome,
                    "verdict": outcome.verdict(),
                    "runs": outcome.runs(),
                    "bound95": outcome.bound(),
                    "milliseconds": { "p50": outcome.percentile(50.0), "p99": outcome.percentile(99.0), "max": outcome.percentile(100.0) },
                })
            })
            .collect();
        println!("{}", json!({ "seed": seed, "faults": data }));
        return;
    }
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    let head = [
        "fault",
        "server",
        "worker",
        "runs",
        "held",
        "breaks at most",
        "p50 ms",
        "p99 ms",
        "max ms",
    ];
    let count = |verdict| {
        outcomes
            .iter()
            .filter(|outcome| outcome.verdict() == verdict)
            .count()
    };
    anstream::println!(
        "{}\nseed {seed}: {} held, {} broken, {} skipped",
        table(&head, &rows),
        count(Verdict::Held),
        count(Verdict::Broken),
        count(Verdict::Skipped),
    );
}

fn row(outcome: &Outcome) -> Vec<String> {
    let milliseconds = |percent| {
        outcome
            .percentile(percent)
            .map_or_else(String::new, |time| format!("{time:.1}"))
    };
    let bound = match (outcome.bound(), &outcome.skipped) {
        (Some(share), _) => format!("{:.1} %", share * 100.0),
        (None, Some(why)) => format!("skipped: {why}"),
        (None, None) => "skipped".to_owned(),
    };
    let mut cells = vec![
        outcome.fault.to_owned(),
        // Distributions put their own version after it.
        outcome
            .server
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
        outcome.subject.clone(),
        outcome.runs().to_string(),
        outcome.held.to_string(),
        bound,
    ];
    cells.extend([50.0, 99.0, 100.0].map(milliseconds));
    cells
}
