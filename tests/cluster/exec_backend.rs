//! Tests that a server built with `EXEC_BACKEND` is refused. `.ci/exec-backend` builds one.

use pg_scratch::cluster::Cluster;
use pg_scratch::servers::Server;
use support::{cargo, library, workspace};

/// The server of `BGWORKER_EXEC_BACKEND`, and not the one of the other tests.
fn exec_backend() -> Server {
    let path = std::env::var_os("BGWORKER_EXEC_BACKEND");
    let path = path.expect("BGWORKER_EXEC_BACKEND names the pg_config of such a server");
    Server::from_pg_config(path).unwrap()
}

const REFUSAL: &str =
    "the server was built with EXEC_BACKEND, which postgres-bgworker does not support";

/// The raw crate compiles for it.
#[test]
#[ignore = "needs a server that .ci/exec-backend builds"]
fn a_build_for_it_is_refused() {
    let check = |package: &str| {
        let target = workspace().join("target/exec-backend-check");
        let mut command = cargo();
        command.args(["check", "--package", package, "--target-dir"]);
        command.arg(target).current_dir(workspace());
        let output = command.env("PG_CONFIG", exec_backend().pg_config).output();
        output.expect("cargo can be run")
    };
    let raw = check("postgres-bgworker-sys");
    assert!(
        raw.status.success(),
        "{}",
        String::from_utf8_lossy(&raw.stderr)
    );
    let safe = check("postgres-bgworker");
    let text = String::from_utf8_lossy(&safe.stderr);
    assert!(!safe.status.success() && text.contains(REFUSAL), "{text}");
}

#[test]
#[ignore = "needs a server that .ci/exec-backend builds"]
fn a_library_of_another_server_is_refused_when_the_server_starts() {
    let server = exec_backend();
    // Its processes expect shared memory at the address that the postmaster has it.
    let builder = || Cluster::builder(&server).under(["setarch", "--addr-no-randomize"]);
    drop(
        builder()
            .start()
            .expect("the server starts without the library"),
    );
    for name in ["heartbeat", "functions"] {
        let started = builder().preload(name, library(name)).try_start();
        let log = started.expect_err("the library is refused").log;
        assert!(log.contains(&format!("FATAL:  {REFUSAL}")), "{log}");
        assert!(
            log.contains("HINT:  Use a server that was built without -DEXEC_BACKEND."),
            "{log}"
        );
    }
}

/// In a session, by the first call of a function or by `LOAD`.
#[test]
#[ignore = "needs a server that .ci/exec-backend builds"]
fn a_session_cannot_load_it() {
    let server = exec_backend();
    let cluster = Cluster::builder(&server)
        .under(["setarch", "--addr-no-randomize"])
        .library("functions", library("functions"))
        .library("heartbeat", library("heartbeat"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for name in ["functions", "heartbeat"] {
        let error = client.batch_execute(&format!("load '{name}'"));
        let error = error.expect_err("the library is refused");
        let error = error.as_db_error().expect("the server reports it");
        assert!(error.message().contains(REFUSAL), "{error}");
    }
}
