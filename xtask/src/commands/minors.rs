//! `cargo xtask minors`: writes the table of names that minor releases added.

use super::pregenerate::write_one;
use crate::minors;
use pg_abi::facts::golden;
use pg_scratch::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write crates/pg-abi/abi/minors.tsv: which functions and variables minor releases added
///
/// Reads git histories of PostgreSQL, from the first release of each major to the last one that is
/// there without a gap. A release is a commit such as "Stamp 15.4.", on any branch.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A git directory of PostgreSQL. May be repeated
    #[arg(long = "git", value_name = "DIRECTORY", required = true)]
    directories: Vec<PathBuf>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let directory = golden::directory()
        .ok_or_else(|| Error::new("not in a checkout of postgres-bgworker: there is no abi/"))?;
    let text = minors::table(&args.directories)?;
    write_one(&directory.join("minors.tsv"), &text)?;
    Ok(ExitCode::SUCCESS)
}
