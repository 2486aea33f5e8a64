//! `cargo bgworker abi init`: writes a manifest of what a library imports from a server.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::sources::imports;
use pg_abi::sources::subject::{Subject, host};
use pg_scratch::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a manifest: the functions and variables that a library imports from the server, and the
/// headers that declare them
///
/// The manifest is for `abi check --manifest` and `abi dump --manifest`. Add types, fields and
/// constants by hand, because a library does not import them.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The library, in any language
    #[arg(value_name = "LIBRARY")]
    library: PathBuf,
    /// Use the newest server of this major
    #[arg(long = "pg", value_name = "MAJOR", conflicts_with = "pg_config")]
    major: Option<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Write to this file instead of standard output. It must not exist
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    if let Some(path) = args.output.as_ref().filter(|path| path.exists()) {
        return Err(Error::new(format!("{} exists", path.display()))
            .help("choose another name, or remove it"));
    }
    let pg_config = match args.pg_config {
        Some(path) => path,
        None => choose::one(args.major.as_deref(), None)?.pg_config,
    };
    let text = imports::manifest(&args.library, &Subject::new(&pg_config)?, &host())?;
    match args.output {
        Some(path) => {
            std::fs::write(&path, &text).map_err(|e| Error::io(path.display(), &e))?;
            term::status("Wrote", path.display());
        }
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}
