//! Commands that are programs of their own, as those of cargo are.

use bgworker_cli::build::cargo;
use pg_scratch::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// Runs `cargo bgworker-NAME`: cargo looks for an alias, and for the program `cargo-bgworker-NAME`.
pub(crate) fn main(words: &[OsString]) -> Result<ExitCode> {
    let (name, arguments) = words
        .split_first()
        .ok_or_else(|| Error::new("which command?"))?;
    let mut command = OsString::from("bgworker-");
    command.push(OsStr::new(name));
    let status = cargo()
        .arg(command)
        .args(arguments)
        .status()
        .map_err(|e| Error::io("cannot run cargo", &e))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
