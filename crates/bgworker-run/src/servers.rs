//! `cargo bgworker servers`: lists and installs servers.

use bgworker_cli::term::{self, Progress, table};
use clap::Subcommand;
use pg_scratch::install::{Installed, install};
use pg_scratch::servers::{MAJORS, Server, directory, discover_all};
use pg_scratch::{Error, Result};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// Lists the PostgreSQL servers on this machine, or installs more of them without root
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print JSON instead of a table
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Installs servers with their headers. They are pinned and verified; no system files are
    /// changed
    ///
    /// They are installed below the first directory in BGWORKER_SERVERS, else below
    /// /var/lib/cargo-bgworker/servers for root, else below ~/.local/share/cargo-bgworker/servers.
    Install {
        /// The majors, like 15 or 18
        #[arg(value_name = "MAJOR", required_unless_present = "all")]
        majors: Vec<String>,
        /// Install every available major
        #[arg(long, conflicts_with = "majors")]
        all: bool,
    },
}

/// Lists or installs servers.
pub fn main(args: Args) -> Result<ExitCode> {
    match args.action {
        None => list(args.json),
        Some(Action::Install { majors, all }) => {
            let majors = if all {
                MAJORS.iter().map(|m| (*m).to_owned()).collect()
            } else {
                majors
            };
            install_all(&majors, args.json)
        }
    }
}

fn list(as_json: bool) -> Result<ExitCode> {
    let (servers, errors) = discover_all();
    for error in &errors {
        term::warning(error);
    }
    if as_json {
        println!(
            "{}",
            json!({ "servers": servers.iter().map(as_data).collect::<Vec<_>>() })
        );
    } else if servers.is_empty() {
        anstream::println!("no PostgreSQL server was found");
    } else {
        let rows: Vec<_> = servers.iter().map(row).collect();
        anstream::println!(
            "{}",
            table(&["major", "version", "headers", "origin", "where"], &rows)
        );
    }
    if !servers.iter().any(|server| server.headers) {
        anstream::eprintln!(
            "no server has headers; install one: cargo bgworker servers install 18"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn row(server: &Server) -> Vec<String> {
    vec![
        server.version.major.clone(),
        server.version.full.clone(),
        if server.headers { "yes" } else { "no" }.to_owned(),
        server.origin.describe().to_owned(),
        server.pg_config.display().to_string(),
    ]
}

fn as_data(server: &Server) -> Value {
    json!({
        "major": server.version.major,
        "version": server.version.full,
        "version_num": server.version.num,
        "headers": server.headers,
        "origin": server.origin.name(),
        "pg_config": server.pg_config,
        "bindir": server.bindir,
        "includedir_server": server.includedir_server,
    })
}

/// Installs servers in parallel. The results are in the order of the request.
fn install_all(majors: &[String], as_json: bool) -> Result<ExitCode> {
    let target = directory();
    term::status(
        "Installing",
        format!("PostgreSQL {} into {}", majors.join(", "), target.display()),
    );
    let progress = Progress::new();
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..majors.len()).collect());
    let results: Mutex<Vec<Option<Result<Installed>>>> =
        Mutex::new(majors.iter().map(|_| None).collect());
    // A separate function, so that the queue is not locked during the work.
    let next = || lock(&queue).pop_front();
    let work = || {
        while let Some(index) = next() {
            let spinner = progress.spinner(&majors[index]);
            let result = install(&majors[index], &target, &|step| spinner.step(step));
            lock(&results)[index] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..majors.len().min(4) {
            scope.spawn(work);
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let results: Vec<_> = majors.iter().zip(results.into_iter().flatten()).collect();
    Ok(summary(&results, as_json))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn summary(results: &[(&String, Result<Installed>)], as_json: bool) -> ExitCode {
    let mut failed = Vec::new();
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for (major, result) in results {
        match result {
            Ok(done) => {
                rows.push(installed_row(major, done));
                let mut value = as_data(&done.server);
                value["already"] = json!(done.already);
                data.push(value);
            }
            Err(error) => {
                failed.push(major.as_str());
                rows.push(vec![
                    (*major).clone(),
                    "FAILED".into(),
                    error.message().into(),
                ]);
                data.push(json!({ "major": major, "error": error.to_string() }));
                term::error(&clone_for_print(major, error));
            }
        }
    }
    if as_json {
        println!("{}", json!({ "installed": data }));
    } else {
        anstream::println!(
            "{}",
            table(
                &["major", "result", "postgres --version", "headers", "where"],
                &rows
            )
        );
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    term::error(&Error::new(format!(
        "NOT INSTALLED: PostgreSQL {}",
        failed.join(", ")
    )));
    ExitCode::FAILURE
}

fn clone_for_print(major: &str, error: &Error) -> Error {
    Error::new(format!("PostgreSQL {major}: {error}"))
}

fn installed_row(major: &str, done: &Installed) -> Vec<String> {
    vec![
        major.to_owned(),
        if done.already {
            "already installed"
        } else {
            "installed"
        }
        .to_owned(),
        done.answered.clone(),
        "bgworker.h".to_owned(),
        done.server.pg_config.display().to_string(),
    ]
}
