//! Runs external commands, as cargo does.

use bgworker_cli::build::cargo;
use pg_scratch::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// Runs `cargo bgworker-NAME`: cargo looks for an alias, and for the program `cargo-bgworker-NAME`.
pub(crate) fn main(words: &[OsString]) -> Result<ExitCode> {
    let (name, arguments) = words
        .split_first()
        .ok_or_else(|| Error::new("no command was given"))?;
    let mut command = OsString::from("bgworker-");
    command.push(OsStr::new(name));
    let status = cargo()
        .arg(command)
        .args(arguments)
        .status()
        .map_err(|e| Error::io("could not run cargo", &e))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
