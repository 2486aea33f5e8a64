//! `cargo bgworker test`: the whole suite, once per server.

use super::choose;
use crate::term::{self, BAD, GOOD, Progress, Spinner, paint, table};
use cargo_bgworker::build::{Workspace, cargo};
use cargo_bgworker::install::MAJORS;
use cargo_bgworker::libtest::{Reader, Tally};
use cargo_bgworker::servers::{Server, discover};
use cargo_bgworker::{Error, Result};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

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
    for (index, server) in servers.iter().enumerate() {
        let mut words = vec!["--workspace"];
        if with_tool {
            words.extend(["--exclude", TOOL]);
        }
        runs.push(run(
            &server.version.major,
            server,
            &words,
            &args.cargo_test,
            &logs,
        )?);
        if index == 0 && test_tool {
            runs.push(run("tool", server, &["--package", TOOL], &[], &logs)?);
        }
    }
    Ok(summary(&runs, args.json))
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

fn run(name: &str, server: &Server, words: &[&str], more: &[String], logs: &Path) -> Result<Run> {
    let path = logs.join(format!("{name}.log"));
    term::status(
        "Testing",
        format!(
            "{name}: PostgreSQL {}, log in {}",
            server.version,
            path.display()
        ),
    );
    let progress = Progress::new();
    let spinner = progress.spinner(name);
    let begin = Instant::now();
    let tally = cargo_test(server, words, more, &path, &spinner)
        .map_err(|e| Error::new(format!("cannot run cargo test: {e}")))?;
    drop(spinner);
    for failure in &tally.failures {
        anstream::eprintln!("{} {failure}", paint(BAD, format!("{name}:")));
    }
    let run = Run {
        name: name.to_owned(),
        version: server.version.full.clone(),
        tally,
        took: begin.elapsed(),
        missing: false,
    };
    let verdict = if run.tally.failed == 0 {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "FAILED")
    };
    term::status(
        "Tested",
        format!("{name}: {verdict}, {}", counts(&run.tally)),
    );
    Ok(run)
}

fn cargo_test(
    server: &Server,
    words: &[&str],
    more: &[String],
    log: &Path,
    spinner: &Spinner,
) -> std::io::Result<Tally> {
    let cargo = cargo();
    // A shell joins both outputs: only so the summaries stay in order with the names of the programs.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
        .arg(cargo.get_program());
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .arg("test")
        .args(words)
        .arg("--no-fail-fast")
        .args(more);
    command.env("PG_CONFIG", &server.pg_config);
    command.envs([
        ("CARGO_TERM_COLOR", "never"),
        ("CARGO_TERM_PROGRESS_WHEN", "never"),
    ]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut file = File::create(log)?;
    let mut reader = Reader::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            file.write_all(&line)?;
            file.write_all(b"\n")?;
            let text = String::from_utf8_lossy(&line);
            if let Some(now) = reader.line(text.trim_end_matches('\r')) {
                spinner.detail(&now);
            }
        }
    }
    Ok(reader.finish(child.wait()?.success()))
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
