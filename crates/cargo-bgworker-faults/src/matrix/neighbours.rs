//! Libraries of the server whose hooks run in every process, including workers.

use super::{databases, signals, stop};
use crate::kit::runner::{Runner, Skipped};
use std::path::Path;
use std::process::Command;

const NEIGHBOURS: &[&str] = &["pg_stat_statements", "auto_explain"];

pub(super) fn beside(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let output = Command::new(&runner.server.pg_config)
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
        return Skipped::because("this server does not have them");
    }
    runner.note(format!("next to {}", found.join(", ")));
    if found.iter().any(|name| name == "auto_explain") {
        for (name, value) in [
            ("auto_explain.log_min_duration", "1s"),
            ("auto_explain.log_analyze", "on"),
        ] {
            runner.settings.push((name.to_owned(), value.to_owned()));
        }
    }
    runner.neighbours = found;
    stop::sigterm(runner, runs)?;
    databases::commands(runner, runs)?;
    signals::cancel(runner, runs)?;
    runner.forget_times();
    Ok(())
}
