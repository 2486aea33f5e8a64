//! `cargo xtask bless`: updates the committed facts with measured ones.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::compare::diff::{Change, changes, words};
use pg_abi::facts::Facts;
use pg_abi::facts::{golden, history};
use pg_abi::sources::measure;
use pg_abi::sources::subject::{Subject, host};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Write the committed facts of servers, from the committed bindings and the servers' own compiler
///
/// Each changed fact needs a reason, which is added to abi/history.tsv.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For these majors, for example 15 18
    #[arg(value_name = "MAJOR", required = true)]
    majors: Vec<String>,
    /// The reason for every changed fact, or `FACT=REASON` for facts that start with FACT; may be
    /// repeated
    #[arg(long = "reason", value_name = "[FACT=]REASON")]
    reasons: Vec<String>,
    /// The target triple of the servers [default: this machine]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let target = args.target.clone().unwrap_or_else(host);
    for major in &args.majors {
        let server = choose::one(Some(major), None)?;
        let facts = measure::of_bindings(&Subject::new(&server.pg_config)?, &target)?;
        let directory = golden::directory().ok_or_else(|| {
            Error::new("not in a checkout of postgres-bgworker: there is no abi/")
        })?;
        bless(&facts, &directory, &args.reasons)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn bless(facts: &Facts, directory: &Path, reasons: &[String]) -> Result<()> {
    let (major, target) = (&facts.header.major, &facts.header.target);
    let name = golden::file_name(major, target);
    let path = directory.join(&name);
    let (mut lines, mut changed) = (Vec::new(), 0);
    if !path.is_file() {
        if let Ok(known) = golden::find(major, target) {
            return compare(&known, facts);
        }
    }
    if path.is_file() {
        let old = Facts::read(&path)?;
        let changes = changes(&old, facts);
        let unexplained: Vec<&Change> = changes
            .iter()
            .filter(|change| history::reason(&change.key, reasons).is_none())
            .collect();
        if !unexplained.is_empty() {
            return Err(no_reason(&name, &unexplained));
        }
        changed = changes.len();
        lines = history_of(&name, &changes, reasons);
    }
    history::append(&directory.join("history.tsv"), &lines)?;
    facts.write(&path)?;
    let count = facts.items.len();
    term::status(
        "Wrote",
        format!("{} ({count} facts, {changed} changed)", path.display(),),
    );
    Ok(())
}

/// A target without files of its own has one with what differs from x86-64, which is edited by
/// hand.
fn compare(known: &Facts, facts: &Facts) -> Result<()> {
    let (major, target) = (&facts.header.major, &facts.header.target);
    let changes = changes(known, facts);
    if changes.is_empty() {
        let count = facts.items.len();
        term::status(
            "Same",
            format!("PostgreSQL {major}, {target} ({count} facts)"),
        );
        return Ok(());
    }
    let error = Error::new(format!(
        "PostgreSQL {major} for {target} differs from the committed facts"
    ));
    let error = changes.iter().take(20).fold(error, |error, change| {
        error.note(format!("{}: {}", change.key, what(change)))
    });
    Err(error.help(format!(
        "abi/{target}.txt has the facts that differ from those of x86-64"
    )))
}

/// Returns the lines for the history. New facts with the same reason share a line.
fn history_of(name: &str, changes: &[Change], reasons: &[String]) -> Vec<String> {
    let mut new: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    let mut lines = Vec::new();
    for change in changes {
        let reason = history::reason(&change.key, reasons).unwrap_or_default();
        match change.old {
            None => new.entry(reason).or_default().push(change),
            Some(_) => lines.push(history::line(
                name,
                &change.key.to_string(),
                &what(change),
                &reason,
            )),
        }
    }
    for (reason, changes) in new {
        let fact = match changes.as_slice() {
            [only] => only.key.to_string(),
            [first, ..] => format!("{} facts, from {}", changes.len(), first.key),
            [] => continue,
        };
        lines.push(history::line(name, &fact, "new", &reason));
    }
    lines
}

fn no_reason(name: &str, changes: &[&Change]) -> Error {
    let error = Error::new(format!("{name} changed; pass --reason"));
    let error = changes.iter().take(20).fold(error, |error, change| {
        error.note(format!("{}: {}", change.key, what(change)))
    });
    let more = changes.len().saturating_sub(20);
    let error = if more > 0 {
        error.note(format!("and {more} more"))
    } else {
        error
    };
    error
        .help("for one reason for all facts: --reason \"17.3 appended it\"")
        .help("for a reason for one fact: --reason \"field BackgroundWorker.bgw_new=17.3 appended it\"")
}

fn what(change: &Change) -> String {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => words(old, new),
        (None, _) => "new".to_owned(),
        (_, None) => "gone".to_owned(),
    }
}
