//! Find the server, read its headers, compile the shim, tell dependants.

#![allow(unreachable_pub)]

mod allowlist;
mod bindings;
mod contract;
mod headers;
mod metadata;
mod pg_config;
mod report;
mod shim;
mod vars;
mod versions;

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
    if vars::get("DOCS_RS").is_some() {
        return metadata::print(&bindings::for_documentation()?, None);
    }
    let pg_config = pg_config::find()?;
    let headers = headers::read(&pg_config)?;
    let bindings = bindings::generate(&headers)?;
    if bindings.source == bindings::Source::Pregenerated {
        contract::verify(&headers, &bindings)?;
    }
    shim::compile(&headers)?;
    metadata::print(&bindings, Some((&pg_config, &headers)))
}
