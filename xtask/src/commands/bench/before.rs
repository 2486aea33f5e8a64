//! Compares the safe layer with that of an earlier revision.

use crate::bench::{Driver, Implementation, Row, measured, ratio, shown_ratio};
use bgworker_cli::build::Workspace;
use bgworker_cli::term::{self, Progress};
use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The time limit for git and tar.
const LIMIT: Duration = Duration::from_secs(120);

/// The times of one row in nanoseconds per iteration, by run.
#[derive(Serialize)]
struct Pair {
    row: Row,
    c: Vec<f64>,
    before: Vec<f64>,
    now: Vec<f64>,
}

/// The results on one server.
#[derive(Serialize)]
pub(super) struct Report {
    server: String,
    before: String,
    runs: u32,
    rows: Vec<Pair>,
}

/// Builds the library of `revision` from its own sources.
pub(super) fn build(server: &Server, workspace: &Workspace, revision: &str) -> Result<PathBuf> {
    let git = || {
        let mut git = Command::new("git");
        git.arg("-C").arg(&workspace.workspace_root);
        git
    };
    let commit = format!("{revision}^{{commit}}");
    let commit = run_checked(
        git().args(["rev-parse", "--verify", "--end-of-options", &commit]),
        "git",
        LIMIT,
    )
    .map_err(|error| error.help("--before takes a revision of this repository"))?;
    let commit = commit.trim();
    let directory = workspace.target_directory.join("bench/before").join(commit);
    let source = directory.join("source");
    if !source.is_dir() {
        export(&mut git(), commit, &directory)?;
    }
    let target = directory.join(&server.version.major);
    Implementation::Safe.build(server, &source.join("benches"), &target)
}

/// Writes the files of `commit` into the subdirectory `source`, whole or not at all.
fn export(git: &mut Command, commit: &str, directory: &Path) -> Result<()> {
    let create = |path: &Path| {
        std::fs::create_dir_all(path).map_err(|error| Error::io(path.display(), &error))
    };
    let unfinished = directory.join("unfinished");
    create(&unfinished)?;
    let archive = directory.join("source.tar");
    let git = git.args(["archive", "--output"]).arg(&archive).arg(commit);
    run_checked(git, "git", LIMIT)?;
    let mut tar = Command::new("tar");
    let tar = tar.arg("-xf").arg(&archive).arg("-C").arg(&unfinished);
    run_checked(tar, "tar", LIMIT)?;
    std::fs::rename(&unfinished, directory.join("source"))
        .map_err(|error| Error::io(directory.display(), &error))
}

/// Measures both in servers of their own, because their workers have the same name. Each server
/// also has the other libraries. They take turns, so that other load on the machine slows both.
pub(super) fn measure(
    server: &Server,
    revision: &str,
    before: &Path,
    libraries: &[(Implementation, PathBuf)],
    rows: &[Row],
    runs: u32,
) -> Result<Report> {
    let progress = Progress::new();
    let spinner = progress.spinner("bench");
    spinner.step(&format!("PostgreSQL {}", server.version));
    let mut now = Driver::start(server, libraries)?;
    let mut earlier = libraries.to_vec();
    for (_, library) in earlier
        .iter_mut()
        .filter(|(who, _)| *who == Implementation::Safe)
    {
        before.clone_into(library);
    }
    let mut then = Driver::start(server, &earlier)?;
    let nothing = |row: &Row| Pair {
        row: *row,
        c: Vec::new(),
        before: Vec::new(),
        now: Vec::new(),
    };
    let mut pairs: Vec<Pair> = rows.iter().map(nothing).collect();
    for run in 1..=runs {
        for pair in &mut pairs {
            let row = pair.row;
            spinner.detail(&format!("run {run} of {runs}: {}", row.title));
            pair.c.extend(now.measure(Implementation::C, &row)?);
            // The order alternates, so that neither is always the first.
            if run % 2 == 0 {
                pair.now.extend(now.measure(Implementation::Safe, &row)?);
            }
            pair.before
                .extend(then.measure(Implementation::Safe, &row)?);
            if run % 2 == 1 {
                pair.now.extend(now.measure(Implementation::Safe, &row)?);
            }
        }
    }
    then.stop()?;
    now.stop()?;
    Ok(Report {
        server: server.version.to_string(),
        before: revision.to_owned(),
        runs,
        rows: pairs,
    })
}

/// Formats the results as a table for a terminal.
pub(super) fn text(report: &Report) -> String {
    let cells = |pair: &Pair| {
        let mut cells = vec![pair.row.title.to_owned()];
        cells.extend([&pair.c, &pair.before, &pair.now].map(|runs| measured(runs)));
        let ratios = [
            ratio(&pair.before, &pair.c),
            ratio(&pair.now, &pair.c),
            ratio(&pair.now, &pair.before),
        ];
        cells.extend(ratios.map(shown_ratio));
        cells
    };
    let rows: Vec<_> = report.rows.iter().map(cells).collect();
    format!(
        "PostgreSQL {}, {} runs, before: {}\n{}\n",
        report.server,
        report.runs,
        report.before,
        term::table(
            &[
                "what",
                "C",
                "before",
                "now",
                "before/C",
                "now/C",
                "now/before"
            ],
            &rows
        )
    )
}
