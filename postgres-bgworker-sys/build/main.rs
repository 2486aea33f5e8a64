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
use report::Result;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    versions::print_check_cfg();
    for path in ["build", "shim", "pregenerated", "wrapper.h"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let extra = extra::asked()?;
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
