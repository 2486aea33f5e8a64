//! `cargo bgworker abi report`: the interface of several majors, to look at.

use super::history::Which;
use bgworker_cli::term;
use pg_abi::layout::{html, markdown};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Writes what a worker sees of several majors: a page for a browser, or Markdown for a pull request
///
/// The page is one file: drawn layouts, what moved between majors, and a table of every function and variable.
/// Without --html and --markdown, Markdown goes to standard output.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to write the page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Where to write Markdown
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
        .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))?;
    term::status("Wrote", path.display());
    Ok(())
}
