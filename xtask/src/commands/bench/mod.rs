//! `cargo xtask bench`: measures the table of speeds and ratios.

mod before;
mod build;
mod growth;
mod instructions;
mod measure;
mod page;
mod table;
mod tasks;
mod work;

use crate::bench::{Implementation, ROWS, Row, YIELD};
use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term;
use instructions::Purpose;
use measure::Report;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compare the safe layer with C, the raw crate and pgrx, in one server and one run
///
/// The libraries alternate, row by row and run by run. Ratios are medians of the ratios of each
/// run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the servers of these majors, one after the other
    #[arg(long, value_name = "MAJOR", num_args = 1.., conflicts_with = "pg_config")]
    pg: Vec<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Measure only rows whose name contains one of these
    #[arg(long, value_name = "ROW", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Number of measurements of each row
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Measure the build cost instead
    #[arg(long, conflicts_with_all = ["only", "runs"])]
    build: bool,
    /// Count the instructions of each row with valgrind instead
    #[arg(long, conflicts_with_all = ["build", "runs", "save", "json"])]
    instructions: bool,
    /// Compare the counts with those in benches/instructions.tsv
    #[arg(long, requires = "instructions", conflicts_with_all = ["only", "bless"])]
    check: bool,
    /// Write the counts into benches/instructions.tsv
    #[arg(long, requires = "instructions", conflicts_with = "only")]
    bless: bool,
    /// Write the page benchmarks.md and its pictures into this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "build")]
    save: Option<PathBuf>,
    /// Compare with the safe layer of this earlier revision instead
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["build", "instructions", "save"])]
    before: Option<String>,
    /// Measure async workers instead
    #[arg(long, conflicts_with_all = ["build", "instructions", "before", "save"])]
    tasks: bool,
    /// Measure what workers are for instead: jobs, wakeups, stops, idle workers, databases,
    /// and builds up to the first row
    #[arg(long, conflicts_with_all = ["build", "instructions", "before", "save", "tasks"])]
    work: bool,
    /// Skip pgrx, which takes some minutes to build
    #[arg(long)]
    without_pgrx: bool,
    /// Print the results as JSON on standard output
    #[arg(long)]
    json: bool,
}

impl Args {
    fn purpose(&self) -> Purpose {
        match (self.check, self.bless) {
            (true, _) => Purpose::Check,
            (_, true) => Purpose::Bless,
            _ => Purpose::Show,
        }
    }
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let only_yield = args.instructions && args.only == [YIELD.name];
    let rows = match args.tasks || args.work || only_yield {
        true => Vec::new(),
        false => chosen(&args.only)?,
    };
    if let Some(directory) = &args.save {
        // Checked before the measurements, which take minutes.
        std::fs::create_dir_all(directory)
            .map_err(|e| Error::new(format!("{}: {e}", directory.display())))?;
    }
    let servers = choose::several(&args.pg, args.pg_config.as_deref())?;
    let workspace = Workspace::read()?;
    let mut results = Vec::new();
    let mut reports = Vec::new();
    let mut task_reports = Vec::new();
    let mut work_reports = Vec::new();
    for server in &servers {
        if args.build {
            build::main(server, &workspace, args.without_pgrx, args.json)?;
        } else if args.instructions {
            let mut libraries = libraries(&args, server, &workspace)?;
            if wanted(YIELD.name, &args.only) {
                let (benches, target) = directories(server, &workspace);
                let tasks = build_one(Implementation::Tasks, server, &benches, &target)?;
                libraries.push((Implementation::Tasks, tasks));
            }
            let file = workspace.workspace_root.join("benches/instructions.tsv");
            instructions::main(server, &libraries, &rows, &file, args.purpose())?;
        } else if let Some(revision) = &args.before {
            let report = before(&args, revision, server, &workspace, &rows)?;
            show(&args, before::text(&report));
            results.push(json(&report)?);
        } else {
            let libraries = match args.tasks {
                true => Vec::new(),
                false => libraries(&args, server, &workspace)?,
            };
            if !args.tasks && !args.work {
                let report = Report::measure(server, &libraries, &rows, args.runs)?;
                show(&args, table::text(&report));
                results.push(json(&report)?);
                reports.push(report);
            }
            if args.tasks || args.save.is_some() {
                let report = tasks(&args, server, &workspace)?;
                show(&args, report.text());
                results.push(json(&report)?);
                task_reports.push(report);
            }
            if args.work || args.save.is_some() {
                let report = work(&args, server, &workspace, &libraries)?;
                show(&args, report.text());
                results.push(json(&report)?);
                work_reports.push(report);
            }
        }
    }
    if let Some(directory) = &args.save {
        page::save(&reports, &task_reports, &work_reports, directory)?;
    }
    if args.json && !args.build && !args.instructions {
        println!("{:#}", serde_json::Value::Array(results));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(args: &Args, text: String) {
    if !args.json {
        anstream::println!("{text}");
    }
}

fn json(report: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(report).map_err(|e| Error::new(format!("could not write JSON: {e}")))
}

fn tasks(args: &Args, server: &Server, workspace: &Workspace) -> Result<tasks::Report> {
    // With other rows, all of them are measured.
    let only = if args.tasks { &args.only[..] } else { &[] };
    let chosen = tasks::Chosen::new(only)?;
    term::status(
        "Building",
        format!("bench_tasks for PostgreSQL {}", server.version),
    );
    let (benches, target) = directories(server, workspace);
    let library = build_one(Implementation::Tasks, server, &benches, &target)?;
    let root = &workspace.workspace_root;
    tasks::Report::measure(server, library, root, &target, &chosen, args.runs)
}

fn work(
    args: &Args,
    server: &Server,
    workspace: &Workspace,
    libraries: &[(Implementation, PathBuf)],
) -> Result<work::Report> {
    // With other rows, all of them are measured.
    let only = if args.work { &args.only[..] } else { &[] };
    let measured = libraries
        .iter()
        .filter(|(who, _)| *who != Implementation::Raw);
    let measured: Vec<_> = measured.cloned().collect();
    work::Report::measure(server, workspace, &measured, only, args.runs)
}

fn before(
    args: &Args,
    revision: &str,
    server: &Server,
    workspace: &Workspace,
    rows: &[Row],
) -> Result<before::Report> {
    term::status("Building", format!("bench_safe of {revision}"));
    let then = before::build(server, workspace, revision)?;
    let mut libraries = libraries(args, server, workspace)?;
    libraries.retain(|(who, _)| matches!(who, Implementation::C | Implementation::Safe));
    before::measure(server, revision, &then, &libraries, rows, args.runs)
}

fn wanted(name: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|part| name.contains(part))
}

fn chosen(only: &[String]) -> Result<Vec<Row>> {
    let rows = ROWS.iter().filter(|row| wanted(row.name, only));
    let rows: Vec<Row> = rows.copied().collect();
    if rows.is_empty() {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        return Err(
            Error::new(format!("no row name contains {}", only.join(", ")))
                .help(format!("rows: {}", names.join(" "))),
        );
    }
    Ok(rows)
}

/// Returns the directory of the sources, and that of what is built.
fn directories(server: &Server, workspace: &Workspace) -> (PathBuf, PathBuf) {
    let benches = workspace.workspace_root.join("benches");
    let target = workspace.target_directory.join("bench");
    (benches, target.join(&server.version.major))
}

fn libraries(
    args: &Args,
    server: &Server,
    workspace: &Workspace,
) -> Result<Vec<(Implementation, PathBuf)>> {
    let (benches, target) = directories(server, workspace);
    let mut libraries = Vec::new();
    for who in Implementation::ALL {
        let is_left_out =
            args.without_pgrx || args.before.is_some() || args.purpose() != Purpose::Show;
        if who == Implementation::Pgrx && is_left_out {
            continue;
        }
        term::status(
            "Building",
            format!("{} for PostgreSQL {}", who.library(), server.version),
        );
        match build_one(who, server, &benches, &target) {
            Ok(library) => libraries.push((who, library)),
            // pgrx supports fewer majors, and each of its releases needs a certain Rust version.
            Err(error) if who == Implementation::Pgrx => {
                term::warning("skipping pgrx: it does not build on this machine");
                term::error(&error);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(libraries)
}

fn build_one(
    who: Implementation,
    server: &Server,
    benches: &Path,
    target: &Path,
) -> Result<PathBuf> {
    if !benches.is_dir() {
        return Err(Error::new(format!("{} does not exist", benches.display()))
            .help("run this in a checkout of postgres-bgworker"));
    }
    who.build(server, benches, target)
}

/// Run cargo and print the resources it used; for `bench --build`.
#[derive(clap::Args)]
pub(crate) struct Usage {
    program: String,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn usage(args: Usage) -> Result<ExitCode> {
    let cost = crate::bench::usage(&args.program, &args.arguments)?;
    let text = serde_json::to_string(&cost);
    println!(
        "{}",
        text.map_err(|e| Error::new(format!("could not write JSON: {e}")))?
    );
    Ok(ExitCode::SUCCESS)
}
