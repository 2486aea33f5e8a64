//! `cargo bgworker bench`: the table of speeds and ratios.

use super::choose;
use crate::term::{self, Progress};
use cargo_bgworker::bench::{Driver, Implementation, Outcome, ROWS, Row, summary};
use cargo_bgworker::build::Workspace;
use cargo_bgworker::servers::Server;
use cargo_bgworker::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Measures the safe layer beside C, the raw crate and pgrx, in one server and one run
///
/// The libraries take turns, row by row and run by run; ratios are medians of the ratios of each run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// In the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// In the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Only rows whose name contains one of these
    #[arg(long, value_name = "ROW", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// How often each row is measured
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Leave pgrx out: building it takes some minutes
    #[arg(long)]
    without_pgrx: bool,
    /// The figures as data on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    server: String,
    runs: u32,
    sizes: Vec<(Implementation, Size)>,
    rows: Vec<Outcome>,
}

#[derive(Serialize, Clone, Copy)]
struct Size {
    library: u64,
    private_memory: Option<u64>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let rows = chosen(&args.only)?;
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let workspace = Workspace::read()?;
    let libraries = build(&args, &server, &workspace)?;
    let report = measure(&args, &server, &rows, &libraries)?;
    if args.json {
        let text = serde_json::to_string_pretty(&report);
        println!(
            "{}",
            text.map_err(|e| Error::new(format!("cannot write JSON: {e}")))?
        );
    } else {
        print(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(only: &[String]) -> Result<Vec<Row>> {
    let wanted = |row: &&Row| only.is_empty() || only.iter().any(|part| row.name.contains(part));
    let rows: Vec<Row> = ROWS.iter().filter(wanted).copied().collect();
    if rows.is_empty() {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        return Err(
            Error::new(format!("no row is called like {}", only.join(", ")))
                .help(format!("rows: {}", names.join(" "))),
        );
    }
    Ok(rows)
}

fn build(
    args: &Args,
    server: &Server,
    workspace: &Workspace,
) -> Result<Vec<(Implementation, PathBuf)>> {
    let benches = workspace.workspace_root.join("benches");
    let target = workspace
        .target_directory
        .join("bench")
        .join(&server.version.major);
    let mut libraries = Vec::new();
    for who in Implementation::ALL {
        if who == Implementation::Pgrx && args.without_pgrx {
            continue;
        }
        term::status(
            "Building",
            format!("{} for PostgreSQL {}", who.library(), server.version),
        );
        match build_one(who, server, &benches, &target) {
            Ok(library) => libraries.push((who, library)),
            // It knows fewer majors, and each release wants its own Rust.
            Err(error) if who == Implementation::Pgrx => {
                term::warning("pgrx is not compared: it does not build here");
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
        return Err(Error::new(format!("there is no {}", benches.display()))
            .help("run this in a checkout of postgres-bgworker"));
    }
    who.build(server, benches, target)
}

fn measure(
    args: &Args,
    server: &Server,
    rows: &[Row],
    libraries: &[(Implementation, PathBuf)],
) -> Result<Report> {
    let progress = Progress::new();
    let spinner = progress.spinner("bench");
    spinner.step(&format!("PostgreSQL {}", server.version));
    let mut driver = Driver::start(server, libraries)?;
    let mut sizes = Vec::new();
    for (who, library) in libraries {
        let size = Size {
            library: std::fs::metadata(library).map_or(0, |file| file.len()),
            private_memory: driver.private_memory(*who)?,
        };
        sizes.push((*who, size));
    }
    let mut outcomes: Vec<Outcome> = rows
        .iter()
        .map(|row| Outcome {
            row: *row,
            runs: libraries
                .iter()
                .map(|(who, _)| (*who, Vec::new()))
                .collect(),
        })
        .collect();
    for run in 0..args.runs as usize {
        for outcome in &mut outcomes {
            let row = outcome.row;
            spinner.detail(&format!("run {} of {}: {}", run + 1, args.runs, row.title));
            // Nobody is always the first.
            let count = outcome.runs.len();
            outcome.runs.rotate_left(run.min(1) % count);
            for (who, runs) in &mut outcome.runs {
                runs.extend(driver.measure(*who, &row)?);
            }
        }
    }
    driver.stop()?;
    Ok(Report {
        server: server.version.to_string(),
        runs: args.runs,
        sizes,
        rows: outcomes,
    })
}

fn print(report: &Report) {
    use Implementation::{C, Pgrx, Raw, Safe};
    let mut table = Vec::new();
    for outcome in &report.rows {
        let mut cells = vec![outcome.row.title.to_owned()];
        cells.extend(Implementation::ALL.map(|who| {
            summary(outcome.of(who)).map_or("-".to_owned(), |summary| {
                format!("{} ±{:.0}%", time(summary.median), summary.spread * 100.0)
            })
        }));
        let ratio = |ours, theirs| {
            outcome
                .ratio(ours, theirs)
                .map_or("-".to_owned(), |ratio| format!("{ratio:.3}"))
        };
        cells.extend([
            ratio(Raw, C),
            ratio(Safe, C),
            ratio(Pgrx, C),
            ratio(Safe, Pgrx),
        ]);
        cells.push(match (outcome.row.target, outcome.hit()) {
            (Some(target), Some(true)) => format!("≤ {target:.2} held"),
            (Some(target), Some(false)) => format!("≤ {target:.2} MISSED"),
            (Some(target), None) => format!("≤ {target:.2}"),
            (None, _) => String::new(),
        });
        table.push(cells);
    }
    let head = [
        "what",
        "C",
        "raw",
        "safe",
        "pgrx",
        "raw/C",
        "safe/C",
        "pgrx/C",
        "safe/pgrx",
        "target",
    ];
    anstream::println!(
        "PostgreSQL {}, {} runs, median ± median deviation",
        report.server,
        report.runs
    );
    anstream::println!("{}", term::table(&head, &table));
    let sizes: Vec<Vec<String>> = report
        .sizes
        .iter()
        .map(|(who, size)| {
            let kib = |bytes: u64| format!("{:.0} KiB", bytes as f64 / 1024.0);
            let memory = size.private_memory.map_or("-".to_owned(), kib);
            vec![who.name().to_owned(), kib(size.library), memory]
        })
        .collect();
    anstream::println!(
        "\n{}",
        term::table(&["library", "file", "memory of a waiting worker"], &sizes)
    );
}

/// Three digits and a unit.
fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns => (ns / 1e6, "ms"),
    };
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}
