//! Formats the results as a table, for a terminal and for a page.

use super::measure::Report;
use crate::bench::{Implementation, Outcome, measured, shown_ratio, target};
use bgworker_cli::term;

pub(super) const HEAD: [&str; 10] = [
    "what",
    "C",
    "raw",
    "safe",
    "pgrx",
    "raw/C",
    "safe/C",
    "pgrx/C",
    "safe/pgrx",
    "target",
];

pub(super) const SIZE_HEAD: [&str; 3] = [
    "library",
    "stripped file",
    "private memory of a waiting worker",
];

pub(super) fn text(report: &Report) -> String {
    let rows: Vec<_> = report.rows.iter().map(cells).collect();
    format!(
        "PostgreSQL {}, {} runs, median ± median deviation\n{}\n\n{}\n",
        report.server,
        report.runs,
        term::table(&HEAD, &rows),
        term::table(&SIZE_HEAD, &sizes(report))
    )
}

pub(super) fn cells(outcome: &Outcome) -> Vec<String> {
    use Implementation::{C, Pgrx, Raw, Safe};
    let mut cells = vec![outcome.row.title.to_owned()];
    cells.extend(Implementation::ALL.map(|who| measured(outcome.of(who))));
    cells.extend(
        [(Raw, C), (Safe, C), (Pgrx, C), (Safe, Pgrx)]
            .map(|(ours, theirs)| shown_ratio(outcome.ratio(ours, theirs))),
    );
    cells.push(target(outcome.row.target, outcome.ratio(Safe, C)));
    cells
}

pub(super) fn sizes(report: &Report) -> Vec<Vec<String>> {
    let kib = |bytes: u64| format!("{:.0} KiB", bytes as f64 / 1024.0);
    let row = |(who, size): &(Implementation, super::measure::Size)| {
        let memory = size.private_memory.map_or("-".to_owned(), kib);
        vec![who.name().to_owned(), kib(size.library), memory]
    };
    report.sizes.iter().map(row).collect()
}
