//! What a user waits for, and what is built: the first row, builds, the library.

use super::context::Context;
use super::first_row::{self, Made};
use crate::bench::Implementation::Pgrx;
use crate::bench::{Cell, Cost, Section, Table, build_cost, loads, summary, verdict};
use bgworker_cli::term;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const LIMIT: Duration = Duration::from_secs(1800);

/// The seconds in which the first row is expected.
const FIRST_ROW: f64 = 45.0;

/// The sessions that load each library, in each run.
const LOADS: u64 = 20;

/// What one package costs.
struct Built {
    first_row: f64,
    cold: Cost,
    again: Cost,
    /// Bytes of the stripped release library.
    size: u64,
    library: PathBuf,
    /// Nanoseconds of a `LOAD`, by run.
    loads: Vec<f64>,
}

pub(super) fn measure(context: &Context<'_>) -> Result<Section> {
    let failed = |error| Error::io("a temporary directory", &error);
    let (place, other) = (
        tempfile::tempdir().map_err(failed)?,
        tempfile::tempdir().map_err(failed)?,
    );
    let root = &context.workspace.workspace_root;
    context.spinner.detail("the first row");
    let made = first_row::ours(context.server, root, place.path())?;
    let mut ours = build(context, made, place.path())?;
    let mut theirs = None;
    if context.libraries.iter().any(|(who, _)| *who == Pgrx) {
        context.spinner.detail("the first row with pgrx");
        match first_row::pgrx(context.server, root, other.path())
            .and_then(|made| build(context, made, other.path()))
        {
            Ok(built) => theirs = Some(built),
            Err(error) => {
                term::warning("skipping pgrx: its package could not be made or built");
                term::error(&error);
            }
        }
    }
    load(context, &mut ours, theirs.as_mut())?;
    Ok(section(&ours, theirs.as_ref()))
}

/// Builds a package: from nothing, after a change, and for release.
fn build(context: &Context<'_>, made: Made, place: &Path) -> Result<Built> {
    let server = context.server;
    let target = place.join("built");
    let cargo = |release: bool| {
        let mut cargo = made.cargo("build", server);
        cargo.arg("--target-dir").arg(&target).args(&made.words);
        if release {
            cargo.args(["--release", "--config", "profile.release.strip=true"]);
        }
        cargo
    };
    run_checked(&mut made.cargo("fetch", server), "cargo fetch", LIMIT)?;
    context.spinner.detail("a build from nothing");
    let cold = build_cost(cargo(false))?;
    let file = made.directory.join("src/lib.rs");
    let touched = std::fs::File::options().append(true).open(&file);
    touched
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|error| Error::io(file.display(), &error))?;
    let again = build_cost(cargo(false))?;
    context.spinner.detail("a release build");
    run_checked(&mut cargo(true), "cargo build", LIMIT)?;
    let library = Made::library(&target, "release");
    let size = std::fs::metadata(&library).map_err(|error| Error::io(library.display(), &error))?;
    Ok(Built {
        first_row: made.first_row,
        cold,
        again,
        size: size.len(),
        library,
        loads: Vec::new(),
    })
}

/// Loads both libraries in turn, each in new sessions.
fn load(context: &Context<'_>, ours: &mut Built, theirs: Option<&mut Built>) -> Result<()> {
    let each: Vec<&mut Built> = std::iter::once(ours).chain(theirs).collect();
    let mut cluster = loaded(context.server, &each)?;
    let mut each = each;
    for run in 1..=context.runs {
        let text = format!("run {run} of {}: LOAD", context.runs);
        context.spinner.detail(&text);
        for (number, built) in each.iter_mut().enumerate() {
            built.loads.push(loads(&cluster, &name(number), LOADS)?);
        }
    }
    cluster.stop(StopMode::Fast, LIMIT)?;
    Ok(())
}

fn loaded(server: &Server, each: &[&mut Built]) -> Result<Cluster> {
    let builder = each
        .iter()
        .enumerate()
        .fold(Cluster::builder(server), |builder, (number, built)| {
            builder.library(&name(number), &built.library)
        });
    builder.start()
}

fn name(number: usize) -> String {
    format!("built_{number}")
}

fn section(ours: &Built, theirs: Option<&Built>) -> Section {
    let row = |what: &'static str,
               of: &dyn Fn(&Built) -> Option<f64>,
               unit: &str,
               most: Option<f64>| {
        let shown = |value: Option<f64>| {
            value.map_or(Cell::text("-"), |value| {
                let shown = format!("{} {unit}", digits(value));
                Cell::number(value, shown.trim_end().to_owned())
            })
        };
        let (ours, theirs) = (of(ours), theirs.and_then(of));
        let ratio = ours.zip(theirs).map(|(ours, theirs)| ours / theirs);
        let shown_ratio = ratio.map_or(Cell::text("-"), |ratio| {
            Cell::number(ratio, format!("{ratio:.3}"))
        });
        let target = match (most, ours, ratio) {
            (Some(most), Some(ours), _) => format!("≤ {most:.0} {unit} {}", verdict(ours <= most)),
            (None, _, Some(ratio)) => format!("< pgrx {}", verdict(ratio < 1.0)),
            _ => "< pgrx".to_owned(),
        };
        vec![
            Cell::text(what),
            shown(ours),
            shown(theirs),
            shown_ratio,
            Cell::text(target),
        ]
    };
    let load = |built: &Built| Some(summary(&built.loads)?.median / 1000.0);
    Section {
        reasons: &[
            (
                "first row",
                "Nearly all of the time, the compiler works: first on the command, then on the crate and the example. \
                 Less would require a command that is downloaded as a program.",
            ),
            (
                "library, stripped",
                "Each library has the code that turns errors of the server and panics into values, and values into \
                 errors. Libraries that do the same work as those of the first table are smaller than with pgrx.",
            ),
            (
                "LOAD",
                "The library is a tenth larger. Where the time goes was not measured.",
            ),
        ],
        title: "From nothing to a first row, and a library",
        about: "The first row of this crate, in a fresh clone of the last commit, with an empty cargo home and no server: `cargo \
                bgworker` downloads all it needs, installs a server, and runs the example `heartbeat`, which inserts a row. \
                That of pgrx: an empty cargo home, and a server that is installed; `cargo install cargo-pgrx`, `cargo pgrx \
                new`, a build, and a call of its function. The other rows are of the package that each `new` command makes, \
                with the same function that returns a text: builds with the debug profile and without downloads, the \
                stripped release library, and `LOAD` in a new session."
            .to_owned(),
        tables: vec![Table {
            head: vec!["what", "this crate", "pgrx", "ratio", "target"],
            rows: vec![
                row("first row", &|built| Some(built.first_row), "s", Some(FIRST_ROW)),
                row("crates compiled", &|built| Some(built.cold.crates as f64), "", None),
                row("cold build, wall clock", &|built| Some(built.cold.wall), "s", None),
                row("cold build, CPU", &|built| Some(built.cold.cpu), "s", None),
                row("build after a touch, wall clock", &|built| Some(built.again.wall), "s", None),
                row("build after a touch, CPU", &|built| Some(built.again.cpu), "s", None),
                row("library, stripped", &|built| Some(built.size as f64 / 1024.0), "KiB", None),
                row("LOAD", &load, "µs", None),
            ],
        }],
        growth: Vec::new(),
    }
}

fn digits(value: f64) -> String {
    let digits = match value {
        value if value.fract() == 0.0 || value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}
