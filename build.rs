//! Hands on what postgres-bgworker-sys found out: its cfgs to this crate, its metadata to dependants.
//! Says whether the system has epoll.

use std::env;
use std::process::ExitCode;

/// For tests of what other systems do: if it is 1, epoll is not used.
const WITHOUT_EPOLL: &str = "POSTGRES_BGWORKER_WITHOUT_EPOLL";

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=build.rs");
    if received("exec_backend").as_deref() == Some("1") {
        return refuse_exec_backend();
    }
    println!("cargo:rerun-if-env-changed={WITHOUT_EPOLL}");
    println!("cargo:rustc-check-cfg=cfg(has_epoll)");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if is_linux && env::var(WITHOUT_EPOLL).as_deref() != Ok("1") {
        println!("cargo:rustc-cfg=has_epoll");
    }
    for line in received("cargo").unwrap_or_default().split('\u{1e}') {
        println!("{line}");
    }
    // Dependants of this crate receive it as `DEP_POSTGRES_BGWORKER_SAFE_*`.
    for key in received("keys").unwrap_or_default().split(',') {
        if let Some(value) = received(key) {
            println!("cargo:{key}={value}");
        }
    }
    ExitCode::SUCCESS
}

/// A library refuses such a server when it is loaded, too: `src/module/exec_backend.rs`.
fn refuse_exec_backend() -> ExitCode {
    let pg_config = received("pg_config").unwrap_or_default();
    eprintln!(
        "error: the server was built with EXEC_BACKEND, which postgres-bgworker does not support
  = note: pg_config: {pg_config}
  = note: its processes inherit no memory from the postmaster
  = help: name the pg_config of another server: PG_CONFIG=/path/to/pg_config
  = help: postgres-bgworker-sys alone supports it"
    );
    ExitCode::FAILURE
}

fn received(key: &str) -> Option<String> {
    env::var(format!("DEP_POSTGRES_BGWORKER_{}", key.to_uppercase())).ok()
}
