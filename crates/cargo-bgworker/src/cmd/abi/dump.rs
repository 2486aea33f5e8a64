//! `cargo bgworker abi dump`: writes the ABI facts of a server as text.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::{manifest, measure};
use pg_scratch::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the ABI facts of a server: its headers as its compiler reads them, and its program's
/// exports
///
/// A build for that server needs only this file: PG_CONFIG=FILE.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the newest server of this major
    #[arg(long = "pg", value_name = "MAJOR", conflicts_with = "pg_config")]
    major: Option<String>,
    /// Use the server of this pg_config, or of a file with the output of one
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// The target of the server, as a Rust target triple. The default is this machine
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also write the facts of the items in this manifest
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let path = match args.pg_config {
        Some(path) => path,
        None => choose::one(args.major.as_deref(), None)?.pg_config,
    };
    let target = args.target.unwrap_or_else(host);
    let manifest = args.manifest.as_deref().map(manifest::read).transpose()?;
    let facts = measure::dump(&Subject::new(&path)?, &target, manifest.as_ref())?;
    match args.output {
        Some(path) => {
            facts.write(&path)?;
            let count = facts.items.len();
            term::status("Wrote", format!("{} ({count} facts)", path.display()));
        }
        None => print!("{}", facts.print()),
    }
    Ok(ExitCode::SUCCESS)
}
