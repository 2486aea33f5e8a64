//! `cargo bgworker test`: runs the whole suite once per server, on several servers at once.
//!
//! ```text
//! Plan ── built once: Suite ── cargo ──▶ Shared ─────────┐
//!      ── for each server: Suite ── cargo ──▶ Built ── their programs ──▶ Run ──▶ the summary
//! ```

mod built;
mod libtest;
mod plan;
mod program;
mod suite;
mod summary;
mod turns;
mod words;

use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term::{self, Progress};
use pg_scratch::servers::MAJORS;
use pg_scratch::servers::{Server, discover};
use pg_scratch::{Error, Result};
use plan::{Group, Plan};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use suite::{Shared, Suite};
use summary::{Run, report, summary};
use turns::Turns;
use words::Words;

/// Runs the tests of this workspace against PostgreSQL servers, once per server
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Test against these majors, like 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1..)]
    pg: Vec<String>,
    /// Test against the servers of these pg_configs
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pg_config: Vec<PathBuf>,
    /// Test against every server found, one per major
    #[arg(long, conflicts_with_all = ["pg", "pg_config"])]
    all: bool,
    /// The number of servers to test at once [default: the number of processors, at least 3]
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Show the result of each test. This is the default for a single package and a single server
    #[arg(long, short)]
    verbose: bool,
    /// Print the results as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Arguments for cargo test
    #[arg(last = true)]
    cargo_test: Vec<String>,
}

/// Runs the tests.
pub fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let logs = workspace.target_directory.join("bgworker-test");
    std::fs::create_dir_all(&logs).map_err(|e| Error::new(format!("{}: {e}", logs.display())))?;
    let mut runs = Vec::new();
    let mut servers = Vec::new();
    for chosen in chosen(&args)? {
        match chosen {
            Ok(server) => servers.push(server),
            Err((name, error)) => {
                term::error(&error);
                runs.push(Run::missing(name));
            }
        }
    }
    let words = Words::of(&args.cargo_test);
    let plan = Plan::of(&workspace, &words);
    let progress = Progress::new();
    let shared = match servers.first().filter(|_| !plan.built_once.is_empty()) {
        Some(server) => match build_once(&plan.built_once, server, &words, &logs, &progress)? {
            Ok(shared) => Some(shared),
            Err(run) => {
                runs.push(run);
                None
            }
        },
        None => None,
    };
    let names = names(&servers);
    let verbose = args.verbose || servers.len() == 1 && workspace.packages.len() == 1;
    let of_server = |index: usize| Task {
        name: &names[index],
        server: &servers[index],
        packages: &plan.each_server,
        shared: shared.as_ref(),
        several: servers.len() > 1,
        first: index == 0,
        verbose,
    };
    let mut tasks: Vec<Task<'_>> = (0..servers.len()).map(of_server).collect();
    // Arguments select tests of the other packages. They may name tests that these packages lack.
    let once = !plan.once.is_empty() && (args.cargo_test.is_empty() || !words.packages.is_empty());
    if let Some(server) = servers.first().filter(|_| once) {
        tasks.insert(
            1,
            Task {
                name: "once",
                server,
                packages: &plan.once,
                shared: None,
                // A build for another server does not replace these files.
                several: false,
                first: true,
                verbose,
            },
        );
    }
    runs.extend(all(&tasks, jobs(args.jobs), &words, &logs, &progress)?);
    Ok(summary(&runs, args.json))
}

/// Returns a name for each server: its major, with a suffix if several have the same major.
fn names(servers: &[Server]) -> Vec<String> {
    let name = |(index, server): (usize, &Server)| {
        let major = &server.version.major;
        let before = servers[..index].iter();
        match before.filter(|other| other.version.major == *major).count() {
            0 => major.clone(),
            others => format!("{major}-{}", others + 1),
        }
    };
    servers.iter().enumerate().map(name).collect()
}

/// The task of testing one server.
struct Task<'a> {
    name: &'a str,
    server: &'a Server,
    packages: &'a Group<'a>,
    shared: Option<&'a Shared<'a>>,
    several: bool,
    first: bool,
    verbose: bool,
}

/// Builds the programs that are shared by all servers.
fn build_once<'a>(
    packages: &'a Group<'a>,
    server: &Server,
    words: &Words,
    logs: &Path,
    progress: &Progress,
) -> Result<std::result::Result<Shared<'a>, Run>> {
    let (name, begin) = ("built-once", Instant::now());
    let log = logs.join(format!("{name}.log"));
    let text = format!("programs for all servers, log in {}", log.display());
    progress.status("Building", &text);
    let spinner = progress.spinner(name);
    let suite = Suite {
        server,
        packages,
        shared: None,
        words,
        log: &log,
        place: &logs.join(name),
        several: false,
        first: true,
        verbose: false,
    };
    let built = suite.only_build(&spinner)?;
    drop(spinner);
    Ok(match built {
        Ok(programs) => Ok(Shared { packages, programs }),
        Err(tally) => {
            report(name, &tally, progress);
            Err(Run {
                name: name.to_owned(),
                version: server.version.full.clone(),
                tally,
                took: begin.elapsed(),
                missing: false,
            })
        }
    })
}

/// Returns the default number of servers to test at once. A server under test mostly waits.
fn jobs(asked: Option<NonZero<usize>>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or_else(|| processors().max(3), NonZero::get)
}

/// Runs the tasks, up to `jobs` at once. The results are in the order of the tasks.
fn all(
    tasks: &[Task<'_>],
    jobs: usize,
    words: &Words,
    logs: &Path,
    progress: &Progress,
) -> Result<Vec<Run>> {
    let (turns, next) = (Turns::default(), AtomicUsize::new(0));
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(number) else {
                return done;
            };
            done.push(run(task, words, logs, (&turns, number), progress));
        }
    };
    let runs: Vec<Result<Run>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(tasks.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let done = workers.into_iter().map(|worker| worker.join());
        let lost = |_| vec![Err(Error::new("testing ended early; see above"))];
        done.flat_map(|runs| runs.unwrap_or_else(lost)).collect()
    });
    let mut runs = runs.into_iter().collect::<Result<Vec<Run>>>()?;
    runs.sort_by_key(|run| tasks.iter().position(|task| task.name == run.name));
    Ok(runs)
}

type Chosen = std::result::Result<Server, (String, Error)>;

/// Returns the requested servers. A missing one is reported, and the others are tested.
fn chosen(args: &Args) -> Result<Vec<Chosen>> {
    if args.all {
        return every_major().map(|servers| servers.into_iter().map(Ok).collect());
    }
    if args.pg.is_empty() && args.pg_config.is_empty() {
        return Ok(vec![Ok(choose::one(None, None)?)]);
    }
    let majors = args.pg.iter().map(|major| {
        Server::of_major(major)
            .and_then(choose::with_headers)
            .map_err(|e| (major.clone(), e))
    });
    let paths = args.pg_config.iter().map(|path| {
        let server = Server::from_pg_config(path).and_then(choose::with_headers);
        server.map_err(|e| (path.display().to_string(), e))
    });
    Ok(majors.chain(paths).collect())
}

/// Returns one server per major, the newest with headers. Warns about majors that are not tested.
fn every_major() -> Result<Vec<Server>> {
    let mut servers: Vec<Server> = Vec::new();
    for server in discover().into_iter().filter(|server| server.headers) {
        match servers.last_mut() {
            Some(last) if last.version.major == server.version.major => *last = server,
            _ => servers.push(server),
        }
    }
    if servers.is_empty() {
        servers.push(choose::one(None, None)?);
    }
    let absent = |major: &&&str| {
        !servers
            .iter()
            .any(|server| server.version.major == ***major)
    };
    let missing: Vec<&str> = MAJORS.iter().filter(absent).copied().collect();
    if !missing.is_empty() {
        let missing = missing.join(" ");
        term::warning(format!(
            "NOT TESTED, no server found: PostgreSQL {missing}\n  = help: cargo bgworker servers install {missing}"
        ));
    }
    // The newest comes first: tests that run only once run on it.
    servers.reverse();
    Ok(servers)
}

fn run(
    task: &Task<'_>,
    words: &Words,
    logs: &Path,
    (turns, number): (&Turns, usize),
    progress: &Progress,
) -> Result<Run> {
    let (name, version) = (task.name, &task.server.version);
    let log = logs.join(format!("{name}.log"));
    let text = format!("{name}: PostgreSQL {version}, log in {}", log.display());
    progress.status("Testing", &text);
    let spinner = progress.spinner(name);
    let begin = Instant::now();
    let suite = Suite {
        server: task.server,
        packages: task.packages,
        shared: task.shared,
        words,
        log: &log,
        place: &logs.join(name),
        several: task.several,
        first: task.first,
        verbose: task.verbose,
    };
    let tally = suite.run(turns, number, &spinner)?;
    drop(spinner);
    report(name, &tally, progress);
    Ok(Run {
        name: name.to_owned(),
        version: version.full.clone(),
        tally,
        took: begin.elapsed(),
        missing: false,
    })
}
