//! Runs a build script in a process of its own.

use crate::report::{Report, Result};
use crate::server::Server;
use crate::vars;
use std::io::{self, Write};
use std::process::{ExitCode, Stdio};

/// Runs a build script for the server that `postgres-bgworker-sys` was built for.
///
/// Sets the cfgs `pg_since` and `pg_has` for the crate, as that crate has them. An error is printed
/// in the form of the compiler's errors, and nothing else is.
pub fn run(script: impl FnOnce(&Server) -> Result<()>) -> ExitCode {
    alone(|| {
        let server = Server::of_raw_crate()?;
        server.set_cfgs();
        script(&server)
    })
}

/// Cargo shows everything that a failed build script has printed. So another process does the work,
/// and what it prints for cargo alone is passed on if it succeeds.
pub fn alone(script: impl FnOnce() -> Result<()>) -> ExitCode {
    let result = match vars::is_inner() {
        true => script(),
        false => run_inner(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run_inner() -> Result<()> {
    let failed = |error: io::Error| Report::new(format!("the build script cannot run: {error}"));
    let mut inner = vars::inner().map_err(failed)?;
    inner.stderr(Stdio::inherit());
    let output = inner.output().map_err(failed)?;
    let succeeded = output.status.success();
    for line in output.stdout.split_inclusive(|byte| *byte == b'\n') {
        // The compiler's errors are warnings here, and other output.
        let is_for_cargo = line.starts_with(b"cargo:") && !line.starts_with(b"cargo:warning=");
        if succeeded || !is_for_cargo {
            io::stdout().write_all(line).map_err(failed)?;
        }
    }
    match succeeded {
        true => Ok(()),
        false => std::process::exit(output.status.code().unwrap_or(1)),
    }
}
