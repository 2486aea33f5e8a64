//! Formats the results as a table, for a terminal and for a page.

use super::measure::Report;
use crate::bench::{Implementation, Outcome, summary};
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
            .map(|(ours, theirs)| ratio(outcome.ratio(ours, theirs))),
    );
    cells.push(target(outcome.row.target, outcome.ratio(Safe, C)));
    cells
}

/// Formats the median of the runs and their spread.
pub(super) fn measured(runs: &[f64]) -> String {
    summary(runs).map_or("-".to_owned(), |summary| {
        format!("{} ±{:.0}%", time(summary.median), summary.spread * 100.0)
    })
}

/// Formats a target, and whether the ratio meets it.
pub(super) fn target(target: Option<f64>, ratio: Option<f64>) -> String {
    match (target, ratio) {
        (Some(target), Some(ratio)) if ratio <= target => format!("≤ {target:.2} met"),
        (Some(target), Some(_)) => format!("≤ {target:.2} MISSED"),
        (Some(target), None) => format!("≤ {target:.2}"),
        (None, _) => String::new(),
    }
}

pub(super) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"))
}

pub(super) fn sizes(report: &Report) -> Vec<Vec<String>> {
    let kib = |bytes: u64| format!("{:.0} KiB", bytes as f64 / 1024.0);
    let row = |(who, size): &(Implementation, super::measure::Size)| {
        let memory = size.private_memory.map_or("-".to_owned(), kib);
        vec![who.name().to_owned(), kib(size.library), memory]
    };
    report.sizes.iter().map(row).collect()
}

/// Formats three digits and a unit.
fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns => (ns / 1e6, "ms"),
    };
    let digits = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn three_digits_and_a_unit() {
        let times = [2.346, 51.26, 999.4, 1500.0, 12_345_678.0].map(time);
        assert_eq!(
            times,
            ["2.35 ns", "51.3 ns", "999 ns", "1.50 µs", "12.3 ms"]
        );
    }
}
