//! Hands on the cfgs of the server, such as `pg_has = "bgw_extra"`, which postgres-bgworker sends.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let cfgs = std::env::var("DEP_POSTGRES_BGWORKER_SAFE_CARGO").unwrap_or_default();
    println!("{}", cfgs.replace('\u{1e}', "\n"));
}
