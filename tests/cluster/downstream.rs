//! Crates that use this project like external users, from separate workspaces in
//! `tests/downstream`: they build for the server of this build, load, and do what their log lines
//! report.

mod fdw;
mod index_am;
mod output_plugin;
mod sql;

use pg_scratch::cluster::Cluster;
use std::path::PathBuf;
use std::process::{Command, Output};
use support::{LONG, Shared, assert_no_crash, cargo, cluster, count, server, since, workspace};

#[test]
fn cfgs_reach_a_framework_and_its_worker() {
    let library = build("framework-worker", &[]);
    let cluster = cluster()
        .preload("framework_worker", library)
        .start()
        .unwrap();
    let expected = compiled_for();
    for who in ["framework", "framework worker"] {
        let line = cluster
            .wait_for_log(&format!("LOG:  {who}: compiled for "), LONG)
            .unwrap();
        assert!(
            line.ends_with(&format!("{who}: compiled for {expected}")),
            "expected {expected}: {line}"
        );
    }
    // BGWORKER_BYPASS_ROLELOGINCHECK, which the worker knows only through its own cfg.
    let flags = if since(170_000) { 2 } else { 0 };
    cluster
        .wait_for_log(&format!("connected with flags {flags}"), LONG)
        .unwrap();
    comes_back(&cluster, "framework worker", "framework worker: connected");
    assert_no_crash(&cluster);
}

#[test]
fn raw_worker_without_std_serves_signals_and_survives_its_panic() {
    let library = build("raw-worker", &[]);
    let cluster = cluster().preload("raw_worker", library).start().unwrap();
    let line = cluster
        .wait_for_log("raw worker: compiled for ", LONG)
        .unwrap();
    assert!(
        line.ends_with(&format!("compiled for {}", server().version.num)),
        "{line}"
    );
    cluster
        .wait_for_log("LOG:  raw worker: caught \"raised on purpose\"", LONG)
        .unwrap();
    // The first wait reads the settings once; this is the second time.
    cluster
        .wait_for_log("raw worker: settings were read", LONG)
        .unwrap();
    let mark = cluster.log_mark();
    cluster.reload().unwrap();
    cluster
        .wait_for_log_after(mark, "raw worker: settings were read", LONG)
        .unwrap();
    cluster
        .wait_for_log("FATAL:  panicked: on purpose, with argument 1", LONG)
        .unwrap();
    comes_back(&cluster, "raw worker", "raw worker: compiled for");
    assert_eq!(count(&cluster, "FATAL:  panicked"), 1, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
#[ignore = "builds pgrx: minutes"]
fn one_library_holds_workers_of_pgrx_and_ours() {
    let major = server().version.major;
    if major.parse().unwrap_or(0) < 13 {
        eprintln!("NOT TESTED: no pgrx of tests/downstream/with-pgrx knows {major}");
        return;
    }
    let Some(library) = build_with_pgrx(&["--features", &format!("pg{major}")]) else {
        return;
    };
    let cluster = cluster().preload("with_pgrx", library).start().unwrap();
    let number = server().version.num.to_string();
    let theirs = cluster
        .wait_for_log("worker of pgrx: SQL works on", LONG)
        .unwrap();
    assert!(theirs.contains(&number), "{theirs}");
    let ours = cluster
        .wait_for_log("LOG:  worker of ours: SQL works on", LONG)
        .unwrap();
    assert!(ours.ends_with(&number), "{ours}");
    // Neither pgrx's panic hook nor its error handling interferes with this project's.
    cluster
        .wait_for_log(
            "LOG:  worker of ours: an error is a value: division by zero",
            LONG,
        )
        .unwrap();
    cluster
        .wait_for_log("ERROR:  panicked: ours, on purpose", LONG)
        .unwrap();
    // A function of pgrx launches one of our workers, and sends it a message.
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(
            "create function send_to_ours(text) returns void language c strict
             as 'with_pgrx', 'send_to_ours_wrapper'",
        )
        .unwrap();
    for message in ["first", "second"] {
        client
            .execute("select send_to_ours($1)", &[&message])
            .unwrap();
        cluster
            .wait_for_log(&format!("LOG:  listener of ours: {message}"), LONG)
            .unwrap();
    }
    // An error of ours becomes one of pgrx, with its fields, and the session continues.
    let error = client
        .batch_execute("select send_to_ours(repeat('x', 100000))")
        .unwrap_err();
    let error = error.as_db_error().expect("an error of the server");
    assert!(
        error.message().contains("is too long for queue"),
        "{error:?}"
    );
    assert_eq!(error.code().code(), "22001");
    assert_eq!(error.detail(), Some("The function of pgrx has sent it."));
    assert_eq!(error.hint(), Some("Declare the queue with more bytes."));
    client.batch_execute("select 1").unwrap();
    // Each has its own signal handlers. pgrx exits with code 0, which is permanent.
    terminate(&cluster, "worker of pgrx");
    comes_back(&cluster, "worker of ours", "worker of ours: SQL works on");
    assert_no_crash(&cluster);
}

#[test]
fn all_crates_of_a_library_have_workers() {
    let library = build("jobs-module", &[]);
    let cluster = cluster().preload("jobs_module", library).start().unwrap();
    for line in [
        "LOG:  the library crate's job runs",
        "LOG:  the module's job 1 runs",
        "LOG:  the module's job 2 runs",
        "LOG:  the module's nested job runs",
    ] {
        cluster.wait_for_log(line, LONG).unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn two_modules_in_one_library_do_not_link() {
    let text = try_build(
        cargo(),
        "jobs-module",
        &["--features", "two-modules"],
        "downstream",
    )
    .expect_err("two crates of one library call bgworker_module!");
    let message = "bgworker_module_must_be_called_by_one_crate_only__let_the_others_offer_a_function_that_takes_Preload";
    assert!(text.contains(message), "{text}");
}

/// A worker restarts after SIGTERM by its restart interval.
fn comes_back(cluster: &Cluster, name: &str, sign_of_life: &str) {
    let mark = terminate(cluster, name);
    cluster
        .wait_for_log_after(mark, sign_of_life, LONG)
        .unwrap();
}

/// Sends SIGTERM to the worker, which logs it and exits. Returns the position of the log before.
fn terminate(cluster: &Cluster, name: &str) -> u64 {
    let worker = cluster
        .poll_until(&format!("a worker {name:?}"), LONG, || {
            let workers = cluster.workers();
            workers.into_iter().find(|worker| worker.title == name)
        })
        .unwrap();
    let mark = cluster.log_mark();
    // Not pg_terminate_backend, which does not know workers that never connect.
    // Uses the shell's built-in kill, because minimal systems have no other.
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("kill -TERM {}", worker.pid)])
        .status()
        .expect("a shell can be run");
    assert!(status.success(), "{name}: {status}");
    let line = format!("{name}: asked to stop");
    cluster.wait_for_log_after(mark, &line, LONG).unwrap();
    mark
}

/// The expected output of the framework's `compiled_for!` on this server.
fn compiled_for() -> String {
    let names: Vec<&str> = [
        ("bgw_main", server().version.num < 100_000),
        ("bgw_type", since(110_000)),
        ("dynamic", since(90_400)),
        ("bypass_rolelogincheck", since(170_000)),
        ("interruptible", since(190_000)),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect();
    format!(
        "PostgreSQL {} with {}",
        server().version.major,
        names.join(", ")
    )
}

/// The pgrx release for 19 needs a newer Rust than this project. If cargo refuses for that reason,
/// uses a nightly of rustup. Returns `None`, with a warning, if no toolchain is new enough.
fn build_with_pgrx(words: &[&str]) -> Option<PathBuf> {
    let package = "with-pgrx";
    let too_old = match try_build(cargo(), package, words, "downstream") {
        Err(text) if text.contains("requires rustc") => text,
        built => return Some(built.unwrap_or_else(|text| panic!("{text}"))),
    };
    let mut nightly = Command::new("rustup");
    nightly.args(["run", "nightly", "cargo"]);
    // Keeps the output of the other compiler for the next run.
    match try_build(nightly, package, words, "downstream-nightly") {
        Err(text) if text.contains("requires rustc") || text.contains("is not installed") => {
            eprintln!(
                "NOT TESTED: no Rust here is new enough for this pgrx\n{too_old}\n{text}\n  = help: rustup toolchain install nightly"
            );
            None
        }
        built => Some(built.unwrap_or_else(|text| panic!("{text}"))),
    }
}

/// Builds a package below `tests/downstream`, or the example that is one, for the server of this
/// build; returns the library.
pub(crate) fn build(package: &str, words: &[&str]) -> PathBuf {
    try_build(cargo(), package, words, "downstream").unwrap_or_else(|text| panic!("{text}"))
}

/// Returns the library, or cargo's output.
fn try_build(
    mut cargo: Command,
    package: &str,
    words: &[&str],
    target: &str,
) -> Result<PathBuf, String> {
    let place = match package {
        "pg_sched" => "examples",
        _ => "tests/downstream",
    };
    let directory = workspace().join(place).join(package);
    let target = Shared::target(target);
    cargo.arg("build").args(words);
    if !cfg!(feature = "bindgen") {
        cargo.arg("--no-default-features");
    }
    // The environment of the tests may name other servers.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG_CONFIG_") {
            cargo.env_remove(name);
        }
    }
    cargo
        .arg("--target-dir")
        .arg(&target.directory)
        .current_dir(&directory)
        .env("PG_CONFIG", server().pg_config)
        .env("PGRX_PG_CONFIG_PATH", server().pg_config);
    // Uses downloaded dependencies, and accesses the registry only the first time.
    let mut output = run(cargo.env("CARGO_NET_OFFLINE", "true"))?;
    if !output.status.success() {
        output = run(cargo.env_remove("CARGO_NET_OFFLINE"))?;
    }
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{package} does not build:\n{text}"));
    }
    let name = package.rsplit('/').next().unwrap_or(package);
    Ok(target.take(&target.directory.join("debug").join(format!(
        "{}{}{}",
        std::env::consts::DLL_PREFIX,
        name.replace('-', "_"),
        std::env::consts::DLL_SUFFIX
    ))))
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output();
    output.map_err(|error| {
        let program = command.get_program().to_string_lossy();
        format!("{program} is not installed: {error}")
    })
}
