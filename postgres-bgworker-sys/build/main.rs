//! Finds the server, reads its headers, compiles the shim, and passes metadata to dependent crates.

#![allow(unreachable_pub)]

mod absent;
mod allowlist;
mod bindings;
mod docs;
mod extra;
mod facts;
mod fingerprint;
mod metadata;
mod processors;
mod shim;

use metadata::Metadata;
use postgres_bgworker_build::Result;
use postgres_bgworker_build::raw::{alone, headers, pg_config, versions};
use std::process::ExitCode;

fn main() -> ExitCode {
    alone(build)
}

fn build() -> Result<()> {
    versions::print_check_cfg();
    for path in ["build", "shim", "pregenerated", "wrapper.h"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let mut extra = extra::asked()?;
    let mut metadata = Metadata::default();
    if let Some(facts) = facts::asked()? {
        let bindings = facts.bindings(&extra)?;
        fingerprint::write(&bindings, None)?;
        metadata.of_bindings(&bindings);
        metadata.finish();
        return Ok(());
    }
    let pg_config = pg_config::find()?;
    let headers = headers::read(&pg_config)?;
    extra::verify(&mut extra, &headers, &bindings::wrapper())?;
    let bindings = bindings::generate(&headers, &extra)?;
    fingerprint::write(&bindings, Some(&headers))?;
    shim::compile(&headers)?;
    absent::compile(&bindings)?;
    metadata.of_bindings(&bindings);
    metadata.of_server(&pg_config, &headers);
    metadata.of_extra(&extra);
    metadata.finish();
    Ok(())
}
