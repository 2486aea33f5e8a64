//! `cargo xtask coverage`: writes the table of API coverage.

use super::pregenerate::{difference, write_one};
use crate::coverage::{Coverage, render};
use bgworker_cli::build::Workspace;
use bgworker_cli::term;
use pg_scratch::servers::discover;
use pg_scratch::{Error, Result};
use std::process::ExitCode;

/// Write docs/src/coverage.md: which names are bound, shimmed, emulated or absent in each committed
/// major
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the file would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let package = workspace.directory("postgres-bgworker-sys")?;
    let coverage = Coverage::read(package)?;
    verify(&coverage)?;
    let docs = workspace.workspace_root.join("docs/src");
    let (path, text) = (docs.join("coverage.md"), render(&coverage));
    if !args.check {
        std::fs::create_dir_all(&docs)
            .map_err(|e| Error::new(format!("{}: {e}", docs.display())))?;
        write_one(&path, &text)?;
        return Ok(ExitCode::SUCCESS);
    }
    match difference(&path, &text) {
        None => Ok(ExitCode::SUCCESS),
        Some(difference) => Err(Error::new("table of API coverage is not up to date")
            .note(difference)
            .help("run cargo xtask coverage")),
    }
}

/// Checks with the installed headers that names listed as absent are absent.
fn verify(coverage: &Coverage) -> Result<()> {
    let servers = discover();
    for major in coverage.majors() {
        let mut here = servers.iter().filter(|server| server.headers);
        match here.rfind(|server| server.version.major == *major) {
            Some(server) => {
                coverage.verify(major, &server.includedir_server)?;
            }
            None => term::status(
                "Skipped",
                format!("headers of PostgreSQL {major}: not installed"),
            ),
        }
    }
    Ok(())
}
