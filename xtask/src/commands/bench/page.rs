//! `--save`: writes the documentation page and its pictures.

use super::measure::Report;
use super::{growth, table, tasks, work};
use crate::bench::{Growth, Outcome, behind_pgrx, missed, pictures, plot};
use bgworker_cli::page::{dated_machine, markdown, write};
use pg_scratch::Result;
use std::fmt::Write;
use std::path::Path;

const INTRODUCTION: &str = "# Benchmarks

`cargo xtask bench --save docs/src` writes this page. Four libraries do the same work: one in C (`benches/c`, compiled with
the server's flags), one with postgres-bgworker-sys (`benches/raw`), one with postgres-bgworker (`benches/safe`) and one with
pgrx (`benches/pgrx`). All four are loaded in one server and take turns, row by row and run by run. A ratio is the median of
the ratios of all runs, so other load on the machine slows both sides. A dash means that the library has no such feature,
or that the row is not written for it.
";

pub(super) fn save(
    reports: &[Report],
    task_reports: &[tasks::Report],
    work_reports: &[work::Report],
    directory: &Path,
) -> Result<()> {
    let mut page = format!("{INTRODUCTION}\n{}\n", dated_machine());
    for report in reports {
        let picture = format!("benchmarks-{}.svg", report.major);
        let title = format!("PostgreSQL {}: time as a ratio to C", report.server);
        write(&directory.join(&picture), &plot(&title, &report.rows))?;
        let rows: Vec<_> = report.rows.iter().map(table::cells).collect();
        // Writing into a String cannot fail.
        let _ = write!(
            page,
            "\n## PostgreSQL {}\n\nRuns: {}; median ± median deviation.\n\n{}\n{}\n![{title}]({picture})\n",
            report.server,
            report.runs,
            markdown(&table::HEAD, &rows),
            markdown(&table::SIZE_HEAD, &table::sizes(report)),
        );
        page.push_str(&reasons(
            report,
            "Missed targets, with the reasons:",
            missed,
        ));
        let behind =
            "Rows where pgrx is not slower (the target is that it is slower in every row):";
        page.push_str(&reasons(report, behind, behind_pgrx));
    }
    for report in task_reports {
        page.push_str(&report.section());
    }
    for report in work_reports {
        page.push_str(&report.section());
    }
    page.push_str("\n## Growth\n");
    for report in reports {
        let mut all: Vec<Growth> = growth::of(report);
        let same = |major: &str| major == report.major;
        let sources = task_reports.iter().filter(|it| same(&it.major));
        all.extend(sources.map(tasks::Report::growth));
        let work = work_reports.iter().filter(|it| same(&it.major));
        all.extend(work.flat_map(work::Report::growth).cloned());
        let picture = format!("growth-{}.svg", report.major);
        let title = format!("PostgreSQL {}: how the costs grow", report.server);
        write(&directory.join(&picture), &pictures(&title, &all))?;
        let _ = writeln!(page, "\n![{title}]({picture})");
    }
    write(&directory.join("benchmarks.md"), &page)
}

/// Returns the reasons for some rows, below a title. Rows with the same reason share it.
fn reasons(report: &Report, title: &str, of: impl Fn(&Outcome) -> Option<&'static str>) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for outcome in &report.rows {
        let Some(reason) = of(outcome) else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, rows)) => rows.push(outcome.row.title),
            None => reasons.push((reason, vec![outcome.row.title])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}\n\n");
    for (reason, rows) in reasons {
        text.push_str(&format!("* *{}*: {reason}\n", rows.join("; ")));
    }
    text
}
