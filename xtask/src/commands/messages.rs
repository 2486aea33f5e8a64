//! `cargo xtask messages`: writes the table of messages.

use super::pregenerate::{difference, write_one};
use crate::messages;
use bgworker_cli::build::Workspace;
use pg_scratch::{Error, Result};
use std::process::ExitCode;

/// Write docs/src/messages.md: every message of the library, with its DETAIL, HINT and kind
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the file would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let root = &workspace.workspace_root;
    let text = messages::page(root.as_ref())?;
    let path = root.join("docs/src/messages.md");
    if !args.check {
        write_one(path.as_ref(), &text)?;
        return Ok(ExitCode::SUCCESS);
    }
    match difference(path.as_ref(), &text) {
        None => Ok(ExitCode::SUCCESS),
        Some(difference) => Err(Error::new("table of messages is not up to date")
            .note(difference)
            .help("run cargo xtask messages")),
    }
}
