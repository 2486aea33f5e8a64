//! The cfgs of the server, and the server that the observer starts.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let directives = env::var("DEP_POSTGRES_BGWORKER_SAFE_CARGO").unwrap_or_default();
    println!("{}", directives.replace('\u{1e}', "\n"));
    if let Ok(pg_config) = env::var("DEP_POSTGRES_BGWORKER_SAFE_PG_CONFIG") {
        println!("cargo:rustc-env=BGWORKER_TEST_PG_CONFIG={pg_config}");
    }
}
