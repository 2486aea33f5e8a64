//! Shows the comparison.

use super::loader::Loaded;
use super::outcome::{Outcome, Row};
use bgworker_cli::page;
use bgworker_cli::term;
use std::collections::{BTreeMap, BTreeSet};

const HEAD: [&str; 16] = [
    "suite",
    "major",
    "server",
    "packages",
    "libraries",
    "right",
    "false",
    "missed",
    "other reason",
    "unclear",
    "loaded",
    "preloaded",
    "told",
    "refused",
    "with workers",
    "mains found/named",
];

/// Returns the table of a terminal or a pipe.
pub(crate) fn plain(rows: &[Row]) -> String {
    term::table(&HEAD, &counts(rows))
}

/// Returns one paragraph for each library that is not right, the worst ones first.
pub(crate) fn detail(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.outcome != Outcome::Right)
        .collect();
    rows.sort_by_key(|row| match row.outcome {
        Outcome::FalseAlarm => 0,
        Outcome::Missed => 1,
        _ => 2,
    });
    let mut text = String::new();
    for row in rows {
        let (word, problems) = (row.verdict.word, row.verdict.problems.join("; "));
        let outcome = name(row.outcome);
        text.push_str(&format!(
            "\n{outcome}: {} {} of {} {}, for {}\n  inspect: {word} {problems}\n  server:  {}\n",
            row.suite,
            row.library,
            row.package,
            row.version,
            row.server,
            happened(&row.loaded)
        ));
        if let Some(why) = &row.why {
            text.push_str(&format!("  why:     {why}\n"));
        }
    }
    text
}

/// Returns the page.
pub(crate) fn page(rows: &[Row]) -> String {
    let mut text = include_str!("page.md").to_owned();
    let distinct: BTreeSet<&str> = rows.iter().map(|row| &*row.sha256).collect();
    text.push_str(&format!(
        "\n{}: {} libraries, {} of them distinct.\n\n",
        page::today(),
        rows.len(),
        distinct.len()
    ));
    text.push_str(&page::markdown(&HEAD, &counts(rows)));
    let others = rows.iter().filter(|row| row.outcome != Outcome::Right);
    section(&mut text, "Not right", others);
    let is_own = |row: &&Row| row.server.split('.').next() == Some(&row.major);
    let refused = rows.iter().filter(|row| row.outcome == Outcome::Right);
    let refused = refused.filter(|row| matches!(row.loaded, Loaded::Refused(_)));
    section(
        &mut text,
        "Rightly refused by a server of the same major",
        refused.filter(is_own),
    );
    text
}

/// Adds a table of reasons, and of the libraries for which they are.
fn section<'a>(text: &mut String, head: &str, rows: impl Iterator<Item = &'a Row>) {
    let mut reasons: BTreeMap<(Outcome, String), Vec<String>> = BTreeMap::new();
    for row in rows {
        let why = row.why.clone().unwrap_or_else(|| happened(&row.loaded));
        let why = general(&why).replace(&format!("{}: ", row.library), "");
        let why = why.replace(&format!("\"{}\"", row.library), "it");
        let library = format!("{} ({} {})", row.library, row.suite, row.major);
        reasons.entry((row.outcome, why)).or_default().push(library);
    }
    if reasons.is_empty() {
        return;
    }
    let reasons = reasons.into_iter();
    let rows: Vec<Vec<String>> = reasons
        .map(|((outcome, why), which)| vec![name(outcome).to_owned(), which.join(", "), why])
        .collect();
    text.push_str(&format!("\n## {head}\n\n"));
    text.push_str(&page::markdown(&["", "libraries", "why"], &rows));
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Right => "right",
        Outcome::FalseAlarm => "false alarm",
        Outcome::Missed => "missed",
        Outcome::OtherReason => "other reason",
        Outcome::Unclear => "unclear",
    }
}

fn happened(loaded: &Loaded) -> String {
    match loaded {
        Loaded::Session => "a session loads it".to_owned(),
        Loaded::Preloaded(why) => format!("it is preloaded; a session: {why}"),
        Loaded::Refused(why) => format!("refused: {why}"),
        Loaded::Itself(why) => format!("its own code refuses: {why}"),
        Loaded::Died(why) => format!("the process died: {why}"),
    }
}

/// Returns a reason without the directories of this machine, and without the bars of a table.
fn general(why: &str) -> String {
    let words = why.split(' ').map(|word| {
        let quotes = ['"', ':', ';', ','];
        match word.trim_matches(quotes).rsplit_once('/') {
            Some((directory, _)) if directory.starts_with('/') => {
                word.replace(&format!("{directory}/"), "")
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ").replace('|', "or")
}

/// Returns a row for each suite, and one for all.
fn counts(rows: &[Row]) -> Vec<Vec<String>> {
    let mut keys: Vec<(&str, &str, &str)> = Vec::new();
    for row in rows {
        let key = (&*row.suite, &*row.major, &*row.server);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut table: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            let is_own = |row: &&Row| (&*row.suite, &*row.major, &*row.server) == *key;
            let rows: Vec<&Row> = rows.iter().filter(is_own).collect();
            line([key.0, key.1, key.2], &rows)
        })
        .collect();
    if keys.len() > 1 {
        table.push(line(["all", "", ""], &rows.iter().collect::<Vec<_>>()));
    }
    table
}

fn line(begin: [&str; 3], rows: &[&Row]) -> Vec<String> {
    let packages: BTreeSet<(&str, &str)> = rows
        .iter()
        .map(|row| (&*row.suite, &*row.package))
        .collect();
    let outcome = |is: Outcome| rows.iter().filter(|row| row.outcome == is).count();
    let loaded = |is: fn(&Loaded) -> bool| rows.iter().filter(|row| is(&row.loaded)).count();
    let is_told =
        |row: &&&Row| matches!(row.loaded, Loaded::Preloaded(_)) && row.verdict.preloading;
    let workers = rows.iter().filter_map(|row| row.verdict.workers);
    let (mut with, mut found, mut named) = (0, 0, 0);
    for one in workers {
        with += 1;
        found += one.found;
        named += one.named;
    }
    let counts = [
        packages.len(),
        rows.len(),
        outcome(Outcome::Right),
        outcome(Outcome::FalseAlarm),
        outcome(Outcome::Missed),
        outcome(Outcome::OtherReason),
        outcome(Outcome::Unclear),
        loaded(|one| matches!(one, Loaded::Session)),
        loaded(|one| matches!(one, Loaded::Preloaded(_))),
        rows.iter().filter(is_told).count(),
        loaded(|one| matches!(one, Loaded::Refused(_))),
        with,
    ];
    let begin = begin.iter().map(ToString::to_string);
    let counts = counts.iter().map(ToString::to_string);
    begin
        .chain(counts)
        .chain([format!("{found}/{named}")])
        .collect()
}
