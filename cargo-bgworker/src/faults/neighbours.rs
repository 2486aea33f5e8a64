//! Libraries of the server itself whose hooks run in every process, workers too.

use super::bench::{Bench, Skipped};
use super::{databases, signals, stop};
use std::path::Path;
use std::process::Command;

const NEIGHBOURS: &[&str] = &["pg_stat_statements", "auto_explain"];

pub(super) fn beside(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let output = Command::new(&bench.server.pg_config)
        .arg("--pkglibdir")
        .output();
    let directory = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let directory = directory.unwrap_or_default();
    let installed = |name: &&&str| Path::new(&directory).join(format!("{name}.so")).is_file();
    let found: Vec<String> = NEIGHBOURS
        .iter()
        .filter(installed)
        .map(|name| (*name).to_owned())
        .collect();
    if found.is_empty() {
        return Skipped::because("this server comes without them");
    }
    bench.note(format!("beside {}", found.join(", ")));
    if found.iter().any(|name| name == "auto_explain") {
        for (name, value) in [
            ("auto_explain.log_min_duration", "1s"),
            ("auto_explain.log_analyze", "on"),
        ] {
            bench.settings.push((name.to_owned(), value.to_owned()));
        }
    }
    bench.neighbours = found;
    stop::sigterm(bench, runs)?;
    databases::commands(bench, runs)?;
    signals::cancel(bench, runs)?;
    bench.forget_times();
    Ok(())
}
