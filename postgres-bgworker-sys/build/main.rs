//! Finds the server, reads its headers, compiles the shim, and passes metadata to dependent crates.

#![allow(unreachable_pub)]

mod absent;
mod allowlist;
mod bindings;
mod contract;
mod description;
mod difference;
mod extra;
mod facts;
mod fingerprint;
mod headers;
mod metadata;
mod pg_config;
mod program;
mod report;
mod search;
mod shell_words;
mod shim;
mod vars;
mod versions;

use metadata::Metadata;
use report::{Report, Result};
use std::io::{self, Write};
use std::process::{ExitCode, Stdio};

/// Cargo shows everything that a failed build script has printed. So another process does the work,
/// and what it prints for cargo alone is passed on if it succeeds.
fn main() -> ExitCode {
    let result = match vars::is_inner() {
        true => run(),
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

fn run() -> Result<()> {
    versions::print_check_cfg();
    for path in ["build", "shim", "pregenerated", "wrapper.h"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let mut extra = extra::asked()?;
    if let Some(facts) = facts::asked()? {
        let bindings = facts.bindings(&extra)?;
        fingerprint::write(&bindings, None)?;
        let mut metadata = Metadata::default();
        metadata.of_bindings(&bindings);
        metadata.finish();
        return Ok(());
    }
    let pg_config = pg_config::find()?;
    let headers = headers::read(&pg_config)?;
    extra.verify(&headers)?;
    let bindings = bindings::generate(&headers, &extra)?;
    if bindings.source == bindings::Source::Pregenerated {
        contract::verify(&headers, &bindings)?;
    }
    fingerprint::write(&bindings, Some(&headers))?;
    shim::compile(&headers)?;
    absent::compile(&bindings)?;
    let mut metadata = Metadata::default();
    metadata.of_bindings(&bindings);
    metadata.of_server(&pg_config, &headers);
    metadata.of_extra(&extra);
    metadata.finish();
    Ok(())
}
