//! `cargo bgworker abi diff`: shows the changes from one server to another, and which modules they
//! break.

use super::findings::Finding;
use super::output::{Output, code};
use super::place::Places;
use bgworker_cli::term::{self, BAD, GOOD, WARN, paint, table};
use pg_abi::compare::allow::Allowed;
use pg_abi::compare::diff::changes;
use pg_abi::compare::policy::{Fit, Verdict, judge};
use pg_abi::facts::Facts;
use pg_abi::facts::golden;
use pg_abi::facts::header::Origin;
use pg_abi::sources::measure;
use pg_abi::sources::subject::{Subject, host};
use pg_scratch::{Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Shows the changes from one server to another, and which modules they break
///
/// A and B are majors (with committed facts), files of facts, or paths of a pg_config.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The older server
    #[arg(value_name = "A")]
    old: String,
    /// The newer server
    #[arg(value_name = "B")]
    new: String,
    /// The target of the majors, as a Rust target triple. The default is this machine
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// A file with accepted differences, each with an expiry date and a reason
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let target = args.target.unwrap_or_else(host);
    let old = facts(&args.old, &target)?.untagged();
    let new = facts(&args.new, &target)?.untagged();
    for facts in [&old, &new] {
        if facts.header.origin == Origin::Derived {
            let major = &facts.header.major;
            term::warning(format!(
                "facts of {major} are derived: they are incomplete, and not yet confirmed against headers"
            ));
        }
    }
    let mut verdicts = judge(&old, &new, &changes(&old, &new));
    let mut allowed = args
        .allow
        .as_deref()
        .map(Allowed::read)
        .transpose()?
        .unwrap_or_default();
    verdicts.retain(|one| !allowed.accepts(&one.key));
    if args.output.json {
        let all: Vec<_> = verdicts.iter().map(as_data).collect();
        println!(
            "{}",
            json!({ "old": args.old, "new": args.new, "changes": all })
        );
    } else {
        print(&verdicts, &args.old, &args.new);
    }
    let mut places = Places::default();
    for file in [&args.old, &args.new] {
        places.add_facts(Path::new(file));
    }
    let findings = verdicts.iter().map(|one| finding(one, &places));
    let findings: Vec<Finding> = findings.collect();
    args.output.write(&findings)?;
    let stale = allowed.stale();
    for stale in &stale {
        term::error(&Error::new(stale).note("in the list of allowed differences"));
    }
    let list = if stale.is_empty() { 0 } else { code::STALE };
    Ok(ExitCode::from(exit(&verdicts) | list))
}

fn finding(one: &Verdict, places: &Places) -> Finding {
    Finding {
        rule: one.class.to_string().replace(' ', "-"),
        sentence: one.sentence.clone(),
        is_error: one.forward == Fit::Breaks,
        place: places.of(&one.key),
    }
}

fn exit(verdicts: &[Verdict]) -> u8 {
    match verdicts {
        [] => 0,
        all if all.iter().all(|one| one.forward != Fit::Breaks) => code::DIFFERENT,
        _ => code::DIFFERENT | code::INCOMPATIBLE,
    }
}

/// Reads the facts of a major, a file, or a server.
pub(crate) fn facts(name: &str, target: &str) -> Result<Facts> {
    let path = Path::new(name);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let is_facts = text.starts_with("ABI-FACTS");
    let is_description = text
        .lines()
        .any(|line| line.starts_with("INCLUDEDIR-SERVER ="));
    let is_server = path.is_file() && (is_description || !name.ends_with(".txt"));
    if is_server && !is_facts {
        return measure::dump(&Subject::new(path)?, target, None);
    }
    golden::by_name(name, target)
}

fn print(verdicts: &[Verdict], old: &str, new: &str) {
    let rows = verdicts.iter().map(|one| {
        vec![
            one.class.to_string(),
            one.forward.to_string(),
            one.backward.to_string(),
            one.sentence.clone(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let forward = format!("{old} build");
    let backward = format!("{new} build");
    if !rows.is_empty() {
        anstream::println!("{}", table(&["class", &forward, &backward, "what"], &rows));
    }
    let broken = verdicts
        .iter()
        .filter(|one| one.forward == Fit::Breaks)
        .count();
    let verdict = match (rows.len(), broken) {
        (0, _) => paint(GOOD, "identical"),
        (_, 0) => paint(WARN, "compatible"),
        _ => paint(BAD, "incompatible"),
    };
    anstream::println!(
        "{verdict}: {} changes from {old} to {new}; {broken} break modules built for {old}",
        rows.len()
    );
}

fn as_data(one: &Verdict) -> serde_json::Value {
    json!({
        "kind": one.key.kind.word(),
        "name": one.key.name,
        "class": one.class.to_string(),
        "sentence": one.sentence,
        "forward": one.forward.to_string(),
        "backward": one.backward.to_string(),
    })
}
