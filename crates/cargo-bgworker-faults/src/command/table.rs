//! Prints the matrix and the outcomes on a terminal.

use bgworker_cli::term::table;
use cargo_bgworker_faults::{Fault, Outcome, Verdict};
use serde_json::json;

pub(super) fn list(chosen: &[&Fault]) {
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .map(|fault| {
            let [pr, night, release] = fault.runs.map(|runs| match runs {
                0 => "–".to_owned(),
                runs => runs.to_string(),
            });
            vec![
                fault.id.to_owned(),
                pr,
                night,
                release,
                format!("{}: {}", fault.name, fault.holds),
            ]
        })
        .collect();
    anstream::println!(
        "{}",
        table(
            &["fault", "pr", "night", "release", "fault: expectation"],
            &rows
        )
    );
}

pub(super) fn report(outcomes: &[Outcome], seed: u64, as_json: bool) {
    if as_json {
        let data: Vec<_> = outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "outcome": outcome,
                    "verdict": outcome.verdict(),
                    "runs": outcome.runs(),
                    "bound95": outcome.bound(),
                    "milliseconds": { "p50": outcome.percentile(50.0), "p99": outcome.percentile(99.0), "max": outcome.percentile(100.0) },
                })
            })
            .collect();
        println!("{}", json!({ "seed": seed, "faults": data }));
        return;
    }
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    let head = [
        "fault",
        "server",
        "worker",
        "runs",
        "passed",
        "failure rate below",
        "p50 ms",
        "p99 ms",
        "max ms",
    ];
    let count = |verdict| {
        outcomes
            .iter()
            .filter(|outcome| outcome.verdict() == verdict)
            .count()
    };
    anstream::println!(
        "{}\nseed {seed}: {} passed, {} failed, {} skipped",
        table(&head, &rows),
        count(Verdict::Passed),
        count(Verdict::Failed),
        count(Verdict::Skipped),
    );
}

fn row(outcome: &Outcome) -> Vec<String> {
    let milliseconds = |percent| {
        outcome
            .percentile(percent)
            .map_or_else(String::new, |time| format!("{time:.1}"))
    };
    let bound = match (outcome.bound(), &outcome.skipped) {
        (Some(share), _) => format!("{:.1} %", share * 100.0),
        (None, Some(why)) => format!("skipped: {why}"),
        (None, None) => "skipped".to_owned(),
    };
    let mut cells = vec![
        outcome.fault.to_owned(),
        // Distributions append their own version.
        outcome
            .server
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
        outcome.target.clone(),
        outcome.runs().to_string(),
        outcome.passed.to_string(),
        bound,
    ];
    cells.extend([50.0, 99.0, 100.0].map(milliseconds));
    cells
}
