//! The cfgs of the server, and its version.

use std::env;

fn main() {
    let directives = env::var("DEP_POSTGRES_BGWORKER_CARGO").unwrap();
    println!("{}", directives.replace('\u{1e}', "\n"));
    let version = env::var("DEP_POSTGRES_BGWORKER_VERSION_NUM").unwrap();
    println!("cargo:rustc-env=COMPILED_FOR={version}");
}
