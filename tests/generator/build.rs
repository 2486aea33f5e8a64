//! The cfgs of the server, and its `pg_config` for the driver.

fn main() {
    let cfgs = std::env::var("DEP_POSTGRES_BGWORKER_SAFE_CARGO").unwrap_or_default();
    println!("{}", cfgs.replace('\u{1e}', "\n"));
    let pg_config = std::env::var("DEP_POSTGRES_BGWORKER_SAFE_PG_CONFIG").unwrap_or_default();
    println!("cargo:rustc-env=GENERATOR_PG_CONFIG={pg_config}");
}
