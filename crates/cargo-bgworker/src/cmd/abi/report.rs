//! `cargo bgworker abi report`: writes a report on the interface of several majors.

use super::history::Which;
use bgworker_cli::term;
use pg_abi::layout::{html, markdown};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Reports the interface of several majors, as an HTML page or as Markdown for a pull request
///
/// The page is one file with drawings of the layouts, the changes between majors, and a table of
/// all functions and variables. Without --html and --markdown, Markdown goes to standard output.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the HTML page to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write Markdown to this file
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let history = args.which.history()?;
    if let Some(path) = &args.html {
        write(path, &html::report(&history))?;
    }
    if let Some(path) = &args.markdown {
        write(path, &markdown::report(&history))?;
    }
    if args.html.is_none() && args.markdown.is_none() {
        print!("{}", markdown::report(&history));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|e| Error::new(format!("could not write {}: {e}", path.display())))?;
    term::status("Wrote", path.display());
    Ok(())
}
