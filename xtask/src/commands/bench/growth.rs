//! How the costs of the table's rows grow.

use super::measure::Report;
use crate::bench::{Growth, Implementation, Line, summary};

/// The libraries that are drawn.
const LINES: [(&str, Implementation); 3] = [
    ("C", Implementation::C),
    ("safe layer", Implementation::Safe),
    ("pgrx", Implementation::Pgrx),
];

/// Rows that differ in a number.
type Steps = &'static [(&'static str, f64)];

const MESSAGES: Steps = &[
    ("channel_16", 16.0),
    ("channel_1k", 1024.0),
    ("channel_8k", 8192.0),
    ("channel_64k", 65_536.0),
    ("channel_1m", 1_048_576.0),
    ("channel_16m", 16_777_216.0),
];

const ROWS: Steps = &[
    ("rows_int_1", 1.0),
    ("rows_int_1000", 1000.0),
    ("rows_int", 1_000_000.0),
];

const WORKERS: Steps = &[
    ("workers_at_once_1", 1.0),
    ("workers_at_once_4", 4.0),
    ("workers_at_once_16", 16.0),
    ("workers_at_once_64", 64.0),
    ("workers_at_once_256", 256.0),
];

/// Returns the plots of one run.
pub(super) fn of(report: &Report) -> Vec<Growth> {
    vec![
        growth(report, "time of a message (µs)", "bytes", 1e3, MESSAGES),
        growth(report, "time per row of a query (ns)", "rows", 1.0, ROWS),
        growth(
            report,
            "launch, main and end of a worker (ms)",
            "workers at once",
            1e6,
            WORKERS,
        ),
    ]
}

fn growth(
    report: &Report,
    title: &'static str,
    of: &'static str,
    nanoseconds: f64,
    steps: Steps,
) -> Growth {
    let lines = LINES.iter().map(|(name, who)| {
        let points = steps.iter().filter_map(|(row, number)| {
            let mut outcomes = report.rows.iter();
            let outcome = outcomes.find(|outcome| outcome.row.name == *row)?;
            let median = summary(outcome.of(*who))?.median;
            Some((*number, median / nanoseconds))
        });
        Line {
            name,
            points: points.collect(),
        }
    });
    Growth {
        title,
        of,
        lines: lines.collect(),
    }
}
