//! How long a new user waits for the first row, with this crate and with pgrx.

use crate::bench::locked_version;
use bgworker_cli::build::cargo;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::process::{run_checked, run_fed};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::fs::{create_dir_all, write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time limit of each step.
const LIMIT: Duration = Duration::from_secs(1800);

/// The name of the packages.
const NAME: &str = "newcomer";

/// Waits for the first row of the example, and shows when it was inserted.
const WAIT: &str = r"\set ON_ERROR_STOP on
do $$ begin
    while to_regclass('heartbeat.beats') is null loop perform pg_sleep(0.01); end loop;
    while not exists (select from heartbeat.beats) loop perform pg_sleep(0.01); end loop;
end $$;
select 'first row: ' || extract(epoch from min(at)) from heartbeat.beats;
";

/// The library that is compared with what `cargo pgrx new` makes: one function.
const HELLO: &str = r#"use postgres_bgworker::prelude::*;
use postgres_bgworker::session::Session;

bgworker_module!();

sql_function! {
    fn hello_newcomer(_session: &Session<'_>) -> &'static str {
        "Hello, newcomer"
    }
}
"#;

/// A package that a `new` command has made.
pub(super) struct Made {
    pub(super) directory: PathBuf,
    /// The words for `cargo build`.
    pub(super) words: Vec<String>,
    /// The seconds from the first command to the first row.
    pub(super) first_row: f64,
}

impl Made {
    /// Returns a command that builds the package for `server`.
    pub(super) fn cargo(&self, verb: &str, server: &Server) -> Command {
        let mut command = cargo_in(&self.directory);
        command
            .arg(verb)
            .env("PG_CONFIG", &server.pg_config)
            .env("PGRX_PG_CONFIG_PATH", &server.pg_config);
        command
    }

    /// Returns the file of its library.
    pub(super) fn library(target: &Path, profile: &str) -> PathBuf {
        let file = format!("lib{NAME}{}", std::env::consts::DLL_SUFFIX);
        target.join(profile).join(file)
    }
}

/// Runs the README's first command in a clone of the last commit, with an empty cargo home and
/// without a server. Then makes a package with one function.
pub(super) fn ours(server: &Server, workspace: &Path, place: &Path) -> Result<Made> {
    let checkout = place.join("checkout");
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(workspace).arg(&checkout);
    run_checked(&mut git, "git", LIMIT)?;
    let major = &server.version.major;
    let servers = place.join("servers");
    let fresh = || {
        let mut command = cargo_in(&checkout);
        command
            .arg("bgworker")
            .env("CARGO_HOME", place.join("cargo"))
            .env("BGWORKER_SERVERS", &servers);
        command
    };
    let begin = since_epoch();
    // A run installs a server itself where there is none. This machine has one.
    let mut install = fresh();
    install.args(["servers", "install", major]);
    run_checked(&mut install, "the installation", LIMIT)?;
    let mut run = fresh();
    run.args(["run", "--example", "heartbeat", "--connect"])
        .env("PG_CONFIG", servers.join(major).join("bin/pg_config"));
    let output = run_fed(&mut run, WAIT, "the example", LIMIT)?;
    let first_row = at(&output).ok_or_else(|| {
        Error::new("the example has not shown its first row").note(output.clone())
    })?;
    let mut new = cargo_in(workspace);
    new.args(["run", "--quiet", "--package", "cargo-bgworker", "--", "new"])
        .arg(place.join(NAME))
        .args(["--template", "functions", "--pg", major]);
    run_checked(&mut new, "cargo bgworker new", LIMIT)?;
    let directory = place.join(NAME);
    let source = directory.join("src/lib.rs");
    write(&source, HELLO).map_err(|error| Error::io(source.display(), &error))?;
    Ok(Made {
        directory,
        words: Vec::new(),
        first_row: first_row - begin,
    })
}

/// Installs cargo-pgrx with an empty cargo home, makes an extension, and calls its function. The
/// server is the installed one.
pub(super) fn pgrx(server: &Server, workspace: &Path, place: &Path) -> Result<Made> {
    let version = locked_version(&workspace.join("benches/pgrx/Cargo.lock"), "pgrx")?;
    let (home, pgrx_home) = (place.join("cargo"), place.join("pgrx"));
    let major = &server.version.major;
    let config = format!("[configs]\npg{major} = {:?}\n", server.pg_config);
    create_dir_all(&pgrx_home)
        .and_then(|()| write(pgrx_home.join("config.toml"), config))
        .map_err(|error| Error::io(pgrx_home.display(), &error))?;
    let fresh = |directory: &Path| {
        let mut command = cargo_in(directory);
        let bin = home.join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)));
        command
            .env("CARGO_HOME", &home)
            .env("PGRX_HOME", &pgrx_home)
            .env("PGRX_PG_CONFIG_PATH", &server.pg_config)
            .env("PATH", path.unwrap_or_default());
        command
    };
    let begin = Instant::now();
    let mut install = fresh(place);
    install.args(["install", "--locked", "cargo-pgrx", "--version", &version]);
    run_checked(&mut install, "cargo install cargo-pgrx", LIMIT)?;
    let mut new = fresh(place);
    new.args(["pgrx", "new", NAME]);
    run_checked(&mut new, "cargo pgrx new", LIMIT)?;
    let directory = place.join(NAME);
    let words = ["--lib", "--no-default-features", "--features"].map(str::to_owned);
    let words = [&words[..], &[format!("pg{major}")]].concat();
    let mut build = fresh(&directory);
    build.arg("build").args(&words);
    run_checked(&mut build, "cargo build", LIMIT)?;
    let library = Made::library(&directory.join("target"), "debug");
    let mut cluster = Cluster::builder(server).library(NAME, &library).start()?;
    let mut client = cluster.connect()?;
    client.batch_execute(&format!(
        "create function hello() returns text language c as '{NAME}', 'hello_{NAME}_wrapper'"
    ))?;
    client.query_one("select hello()", &[])?;
    let first_row = begin.elapsed().as_secs_f64();
    drop(client);
    cluster.stop(StopMode::Fast, LIMIT)?;
    Ok(Made {
        directory,
        words,
        first_row,
    })
}

/// Returns cargo in a directory, without the variables that would choose a server or a target
/// directory.
fn cargo_in(directory: &Path) -> Command {
    let mut command = cargo();
    command.current_dir(directory);
    for name in [
        "PG_CONFIG",
        "CARGO_TARGET_DIR",
        "BGWORKER_SERVERS",
        "BGWORKER_TEST_LIBRARIES",
    ] {
        command.env_remove(name);
    }
    command
}

fn since_epoch() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |time| time.as_secs_f64())
}

/// Returns the time that the script has shown.
fn at(output: &str) -> Option<f64> {
    let (_, rest) = output.split_once("first row: ")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn the_time_is_found_in_the_output_of_psql() {
        let output = "DO\n          ?column?\n---------\n first row: 1764538000.123456\n(1 row)\n";
        assert_eq!(at(output), Some(1_764_538_000.123_456));
        assert_eq!(at("ERROR"), None);
    }
}
