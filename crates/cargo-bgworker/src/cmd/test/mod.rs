//! `cargo bgworker test`: the whole suite, once per server, several servers at once.
//!
//! ```text
//! Words ── for each server: Suite ── cargo ──▶ Built ── its programs ──▶ Run ──▶ the summary
//! ```

mod built;
mod libtest;
mod suite;
mod turns;
mod words;

use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term::{self, BAD, GOOD, Progress, paint, table};
use libtest::Tally;
use pg_scratch::servers::MAJORS;
use pg_scratch::servers::{Server, discover};
use pg_scratch::{Error, Result};
use serde_json::json;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use suite::Suite;
use turns::Turns;
use words::Words;

/// The tool itself is tested once, not once per server.
const TOOL: &str = "cargo-bgworker";

/// Runs the tests of this workspace against PostgreSQL servers, once per server
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Against these majors, like 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1..)]
    pg: Vec<String>,
    /// Against the servers of these pg_configs
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pg_config: Vec<PathBuf>,
    /// Against every server found, one per major
    #[arg(long, conflicts_with_all = ["pg", "pg_config"])]
    all: bool,
    /// So many servers at once; a server that is tested mostly waits, so three where there are fewer processors
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// The outcome as data on standard output
    #[arg(long)]
    json: bool,
    /// Arguments for cargo test
    #[arg(last = true)]
    cargo_test: Vec<String>,
}

/// One run of cargo test, or why there was none.
struct Run {
    name: String,
    version: String,
    tally: Tally,
    took: Duration,
    missing: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
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
    let with_tool = workspace
        .packages
        .iter()
        .any(|package| package.name == TOOL);
    // Arguments choose among the tests of the others; they may name what the tool does not have.
    let test_tool = with_tool && args.cargo_test.is_empty();
    let words = Words::of(&args.cargo_test);
    let (mut others, tool) = (vec!["--workspace"], vec!["--package", TOOL]);
    if with_tool {
        others.extend(["--exclude", TOOL]);
    }
    let (several, names) = (servers.len() > 1, names(&servers));
    let of_server = |index: usize| Task {
        name: &names[index],
        packages: &others,
        documented: workspace.documented(|name| name != TOOL),
        several,
        server: &servers[index],
    };
    let mut tasks: Vec<Task<'_>> = (0..servers.len()).map(of_server).collect();
    if let Some(server) = servers.first().filter(|_| test_tool) {
        tasks.insert(
            1,
            Task {
                name: "tool",
                server,
                packages: &tool,
                documented: workspace.documented(|name| name == TOOL),
                // It is the same for all servers: nothing that is built meanwhile replaces it.
                several: false,
            },
        );
    }
    runs.extend(all(&tasks, jobs(args.jobs), &words, &logs)?);
    Ok(summary(&runs, args.json))
}

/// Their majors, told apart where there are several of one.
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

/// What is tested on a server.
struct Task<'a> {
    name: &'a str,
    server: &'a Server,
    packages: &'a [&'a str],
    documented: bool,
    several: bool,
}

/// A server that is tested mostly waits.
fn jobs(asked: Option<NonZero<usize>>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or_else(|| processors().max(3), NonZero::get)
}

/// Does the tasks, so many at once; what came of them is in their order.
fn all(tasks: &[Task<'_>], jobs: usize, words: &Words, logs: &Path) -> Result<Vec<Run>> {
    let (progress, turns, next) = (Progress::new(), Turns::default(), AtomicUsize::new(0));
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(number) else {
                return done;
            };
            done.push(run(task, words, logs, (&turns, number), &progress));
        }
    };
    let runs: Vec<Result<Run>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(tasks.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let done = workers.into_iter().map(|worker| worker.join());
        let lost = |_| vec![Err(Error::new("testing ended early: see above"))];
        done.flat_map(|runs| runs.unwrap_or_else(lost)).collect()
    });
    let mut runs = runs.into_iter().collect::<Result<Vec<Run>>>()?;
    runs.sort_by_key(|run| tasks.iter().position(|task| task.name == run.name));
    Ok(runs)
}

type Chosen = std::result::Result<Server, (String, Error)>;

/// The servers that were asked for; a missing one is named, and the others run.
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

/// One server per major, the newest with headers; says loudly which majors are not covered.
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
        documented: task.documented,
        words,
        log: &log,
        place: task.several.then(|| logs.join(name)),
    };
    let tally = suite.run(turns, number, &spinner)?;
    drop(spinner);
    for failure in &tally.failures {
        progress.eprintln(&format!("{} {failure}", paint(BAD, format!("{name}:"))));
    }
    let verdict = if tally.failed == 0 {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "FAILED")
    };
    progress.status("Tested", &format!("{name}: {verdict}, {}", counts(&tally)));
    Ok(Run {
        name: name.to_owned(),
        version: version.full.clone(),
        tally,
        took: begin.elapsed(),
        missing: false,
    })
}

impl Run {
    fn missing(name: String) -> Self {
        Self {
            name,
            version: "missing".to_owned(),
            tally: Tally::default(),
            took: Duration::ZERO,
            missing: true,
        }
    }

    fn cells(&self) -> Vec<String> {
        let tally = &self.tally;
        let numbers = [tally.passed, tally.failed, tally.skipped].map(|n| n.to_string());
        let mut cells = vec![self.name.clone(), self.version.clone()];
        cells.extend(numbers);
        cells.push(format!("{:.0} s", self.took.as_secs_f64()));
        cells
    }

    fn data(&self) -> serde_json::Value {
        let tally = &self.tally;
        json!({
            "name": self.name,
            "version": self.version,
            "missing": self.missing,
            "passed": tally.passed,
            "failed": tally.failed,
            "skipped": tally.skipped,
            "seconds": self.took.as_secs_f64(),
        })
    }
}

/// The table, and what everything comes to; the last line is for machines too.
fn summary(runs: &[Run], as_json: bool) -> ExitCode {
    let sum = |of: fn(&Tally) -> u64| runs.iter().map(|run| of(&run.tally)).sum::<u64>();
    let total = Tally {
        passed: sum(|tally| tally.passed),
        failed: sum(|tally| tally.failed),
        skipped: sum(|tally| tally.skipped),
        failures: Vec::new(),
    };
    let missing: Vec<&str> = runs
        .iter()
        .filter(|r| r.missing)
        .map(|r| r.name.as_str())
        .collect();
    let ok = total.failed == 0 && total.passed > 0 && missing.is_empty();
    if !missing.is_empty() {
        term::error(&Error::new(format!(
            "NOT TESTED, was asked for: {}",
            missing.join(", ")
        )));
    }
    if total.passed + total.failed == 0 {
        term::error(&Error::new("no test was run"));
    }
    if as_json {
        let runs: Vec<_> = runs.iter().map(Run::data).collect();
        println!(
            "{}",
            json!({ "ok": ok, "runs": runs, "passed": total.passed,
            "failed": total.failed, "skipped": total.skipped })
        );
    } else {
        let rows: Vec<_> = runs.iter().map(Run::cells).collect();
        let head = ["major", "version", "passed", "failed", "skipped", "time"];
        anstream::println!("{}\n{}", table(&head, &rows), counts(&total));
    }
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn counts(tally: &Tally) -> String {
    let skipped = match tally.skipped {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    format!("{} passed, {} failed{skipped}", tally.passed, tally.failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_its_shape() {
        let mut tally = Tally {
            passed: 12,
            ..Tally::default()
        };
        assert_eq!(counts(&tally), "12 passed, 0 failed");
        tally.skipped = 3;
        assert_eq!(counts(&tally), "12 passed, 0 failed, 3 skipped");
    }

    #[test]
    fn nothing_run_or_something_missing_is_a_failure() {
        let failure = format!("{:?}", ExitCode::FAILURE);
        let run = |passed, failed| Run {
            tally: Tally {
                passed,
                failed,
                ..Tally::default()
            },
            missing: false,
            ..Run::missing("18".to_owned())
        };
        let code = |runs: &[Run]| format!("{:?}", summary(runs, false));
        assert_eq!(code(&[]), failure);
        assert_eq!(code(&[run(0, 0)]), failure);
        assert_eq!(code(&[run(5, 1)]), failure);
        assert_eq!(code(&[run(5, 0), Run::missing("12".to_owned())]), failure);
        assert_ne!(code(&[run(5, 0)]), failure);
    }
}
