//! `--build`: the build cost of this project and of pgrx.

use crate::bench::{Cost, SUBJECTS};
use bgworker_cli::build::Workspace;
use bgworker_cli::term::{self, Progress};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};

pub(super) fn main(
    server: &Server,
    workspace: &Workspace,
    without_pgrx: bool,
    json: bool,
) -> Result<()> {
    let progress = Progress::new();
    let spinner = progress.spinner("build");
    let mut measured = Vec::new();
    for subject in SUBJECTS
        .iter()
        .filter(|subject| !(without_pgrx && subject.is_pgrx()))
    {
        spinner.step(subject.title);
        match subject.measure(server, &workspace.workspace_root) {
            Ok((cold, again)) => measured.push((subject, cold, again)),
            Err(error) if subject.is_pgrx() => progress.eprintln(&format!("not compared: {error}")),
            Err(error) => return Err(error),
        }
    }
    drop(spinner);
    if json {
        let text = serde_json::to_string_pretty(&measured);
        println!(
            "{}",
            text.map_err(|e| Error::new(format!("could not write JSON: {e}")))?
        );
        return Ok(());
    }
    // The last one is the upper limit.
    let most = measured.last().map_or(1.0, |(_, cold, _)| cold.cpu);
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|(subject, cold, again)| {
            let again = |value: fn(&Cost) -> f64| {
                again
                    .as_ref()
                    .map_or("-".to_owned(), |cost| format!("{:.2} s", value(cost)))
            };
            vec![
                subject.title.to_owned(),
                cold.crates.to_string(),
                format!("{:.1} s", cold.cpu),
                format!("{:.1} s", cold.wall),
                format!("{:.0} MiB", cold.peak as f64 / 1_048_576.0),
                again(|cost| cost.cpu),
                format!("{:.3}", cold.cpu / most),
            ]
        })
        .collect();
    let head = [
        "what",
        "crates",
        "cold, CPU",
        "wall clock",
        "peak memory",
        "incremental, CPU",
        "CPU/last",
    ];
    anstream::println!(
        "PostgreSQL {}, debug profile, without downloads",
        server.version
    );
    anstream::println!("{}", term::table(&head, &rows));
    Ok(())
}
