//! `--save`: the page with all saved outcomes.

use super::notes::Notes;
use super::results::{Entry, Results, by_number};
use bgworker_cli::page::{markdown, write};
use cargo_bgworker_faults::{ALL, Outcome, Verdict};
use pg_scratch::Result;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const INTRODUCTION: &str = "# Results of the fault matrix

`cargo bgworker faults --save docs/src` writes this page. [The fault matrix](faults.md) describes each fault, what must hold,
and what the bounds mean. The results come from several runs of the command, each on one worker and one server.

A cell has the number of runs that passed, and the number of all runs. **Bold** cells have failures, which are listed below
the table. A dash means that the fault was skipped; the reasons are listed, too. An empty cell means that the fault was not
run. Bounds and times are those of all majors of a table together.

worker_spi, c_worker_spi and pgrx_worker_spi do the same work: the first is the example, the others are written in C and with
pgrx (`crates/cargo-bgworker-faults/tests/reference-workers`). heartbeat is the smallest example. faults,
fault_tasks and fault_supervised are workers for the matrix (`tests/fixtures`); the second one is async, and a
supervisor starts the workers of the third.
";

/// The order of the workers; other workers follow.
const ORDER: [&str; 7] = [
    "worker_spi",
    "c_worker_spi",
    "pgrx_worker_spi",
    "heartbeat",
    "faults",
    "fault_tasks",
    "fault_supervised",
];

pub(super) fn save(kept: &Results, directory: &Path) -> Result<()> {
    let mut page = format!("{INTRODUCTION}\n{}", machines(kept));
    for tier in ["pr", "night", "release"] {
        let entries: Vec<&Entry> = kept
            .entries
            .iter()
            .filter(|entry| entry.tier == tier)
            .collect();
        if !entries.is_empty() {
            page.push_str(&tier_section(tier, &entries));
        }
    }
    write(&directory.join("fault-results.md"), &page)
}

fn machines(kept: &Results) -> String {
    let mut machines: Vec<&str> = kept.entries.iter().map(|e| e.machine.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    machines
        .iter()
        .map(|it| format!("Machine: {it}.\n"))
        .collect()
}

fn tier_section(tier: &str, entries: &[&Entry]) -> String {
    let workers = workers(entries);
    let mut text = format!("\n## Tier {tier}, side by side\n\nAll majors together.\n\n");
    text.push_str(&side_by_side(entries, &workers));
    text.push_str(&remarks(entries));
    for worker in &workers {
        let of_it: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.outcome.target == *worker)
            .copied()
            .collect();
        // Writing into a String cannot fail.
        let _ = write!(text, "\n## Tier {tier}: {worker}\n\n{}", by_major(&of_it));
    }
    let _ = write!(text, "\n## Tier {tier}: pieces\n\n{}", pieces(entries));
    text
}

fn workers<'a>(entries: &[&'a Entry]) -> Vec<&'a str> {
    let mut workers: Vec<&str> = entries.iter().map(|e| e.outcome.target.as_str()).collect();
    let place = |name: &&str| {
        ORDER
            .iter()
            .position(|it| it == name)
            .unwrap_or(ORDER.len())
    };
    workers.sort_unstable_by_key(|name| (place(name), *name));
    workers.dedup();
    workers
}

/// Returns the faults that ran at least once, with their descriptions.
fn faults<'a>(entries: &[&'a Entry]) -> Vec<(&'static str, &'static str, Vec<&'a Entry>)> {
    let of = |id: &str| {
        entries
            .iter()
            .filter(|entry| entry.outcome.fault == id)
            .copied()
            .collect::<Vec<_>>()
    };
    ALL.iter()
        .map(|fault| (fault.id, fault.name, of(fault.id)))
        .filter(|(_, _, entries)| !entries.is_empty())
        .collect()
}

fn together<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<Outcome> {
    let mut entries = entries.into_iter();
    let mut all = entries.next()?.outcome.clone();
    entries.for_each(|entry| all.absorb(&entry.outcome));
    Some(all)
}

fn cell(outcome: Option<&Outcome>) -> String {
    let Some(outcome) = outcome else {
        return String::new();
    };
    let counts = format!("{}/{}", outcome.passed, outcome.runs());
    match outcome.verdict() {
        Verdict::Passed => counts,
        Verdict::Failed => format!("**{counts}**"),
        Verdict::Skipped => "–".to_owned(),
    }
}

fn side_by_side(entries: &[&Entry], workers: &[&str]) -> String {
    let rows: Vec<Vec<String>> = faults(entries)
        .into_iter()
        .map(|(id, name, of_it)| {
            let mut row = vec![id.to_owned(), name.to_owned()];
            row.extend(workers.iter().map(|worker| {
                let here = of_it.iter().filter(|e| e.outcome.target == *worker);
                cell(together(here.copied()).as_ref())
            }));
            row
        })
        .collect();
    let head: Vec<&str> = ["fault", "description"]
        .into_iter()
        .chain(workers.iter().copied())
        .collect();
    markdown(&head, &rows)
}

/// Returns the table of one worker, with majors in columns and the statistics of all majors.
fn by_major(entries: &[&Entry]) -> String {
    let mut majors: Vec<&str> = entries.iter().map(|entry| entry.major.as_str()).collect();
    majors.sort_unstable_by_key(|major| by_number(major));
    majors.dedup();
    let row = |(id, _, of_it): (&str, &str, Vec<&Entry>)| {
        let mut row = vec![id.to_owned()];
        row.extend(majors.iter().map(|major| {
            let here = of_it.iter().filter(|entry| entry.major == *major);
            cell(together(here.copied()).as_ref())
        }));
        let all = together(of_it);
        let bound = all.as_ref().and_then(Outcome::bound);
        row.push(bound.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0)));
        row.extend([50.0, 99.0, 100.0].map(|percent| {
            let time = all.as_ref().and_then(|all| all.percentile(percent));
            time.map_or_else(String::new, |time| format!("{time:.1}"))
        }));
        row
    };
    let rows: Vec<Vec<String>> = faults(entries).into_iter().map(row).collect();
    let mut head = vec!["fault"];
    head.extend(&majors);
    head.extend(["failure rate below", "p50 ms", "p99 ms", "max ms"]);
    markdown(&head, &rows)
}

/// Returns failures, other observations, and reasons for skipping, each once.
fn remarks(entries: &[&Entry]) -> String {
    let mut failed = Notes::default();
    let mut skipped = Notes::default();
    let mut notes = Notes::default();
    for (id, _, of_it) in faults(entries) {
        for entry in of_it {
            let outcome = &entry.outcome;
            if let Some(failure) = outcome.failures.first() {
                failed.add(id, &failure.what, entry);
            }
            let reason = outcome.skipped.iter();
            reason.for_each(|why| skipped.add(id, why, entry));
            outcome
                .notes
                .iter()
                .for_each(|note| notes.add(id, note, entry));
        }
    }
    [
        failed.section("Failures"),
        notes.section("Observations"),
        skipped.section("Skipped"),
    ]
    .concat()
}

/// Returns the date and seed of each run, to repeat it.
fn pieces(entries: &[&Entry]) -> String {
    let of = |entry: &Entry| {
        // Distributions append their own version.
        let server = entry.outcome.server.split(' ').next().unwrap_or_default();
        let piece = [
            server,
            &entry.outcome.target,
            &entry.date,
            &entry.seed.to_string(),
        ];
        (by_number(&entry.major), piece.map(str::to_owned))
    };
    let mut pieces: BTreeMap<(Vec<u32>, [String; 4]), Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        pieces.entry(of(entry)).or_default().push(entry);
    }
    let row = |((_, piece), entries): ((_, [String; 4]), Vec<&Entry>)| {
        let seconds: f64 = entries.iter().map(|entry| entry.outcome.seconds).sum();
        let mut row = Vec::from(piece);
        row.push(entries.len().to_string());
        row.push(format!("{:.1}", seconds / 60.0));
        row
    };
    let rows: Vec<Vec<String>> = pieces.into_iter().map(row).collect();
    let head = ["server", "worker", "date", "seed", "faults", "minutes"];
    markdown(&head, &rows)
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::entry;
    use super::*;
    use cargo_bgworker_faults::{Failure, Tier};

    #[test]
    fn what_broke_is_bold_and_what_was_skipped_a_dash() {
        let mut failed = entry(Tier::Pr, "F1", 3);
        failed.outcome.failures.push(Failure {
            run: 3,
            what: "process 12 is still running\n  = note".to_owned(),
            log: None,
        });
        let passed = entry(Tier::Pr, "F2", 4);
        let mut elsewhere = entry(Tier::Pr, "F2", 5);
        elsewhere.major = "9.6".to_owned();
        let mut skipped = entry(Tier::Pr, "F3", 0);
        skipped.outcome.skipped = Some("no reason".to_owned());
        skipped.outcome.times.clear();
        let text = tier_section("pr", &[&failed, &passed, &elsewhere, &skipped]);
        for line in [
            "| F1 | SIGTERM at any moment | **3/4** |",
            "| F2 | server stopped in fast, smart, immediate mode; restarted | 9/9 |",
            "* F1: process N is still running: worker (18)",
            "* F3: no reason: worker (18)",
            "| fault | 9.6 | 18 | failure rate below | p50 ms | p99 ms | max ms |",
            "| F2 | 5/5 | 4/4 | 28.3 % | 1.5 | 1.5 | 1.5 |",
            "| F3 |  | – |  |  |  |  |",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
