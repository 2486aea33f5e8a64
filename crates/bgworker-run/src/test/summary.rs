//! Prints the results of the runs, as a table or as JSON.

use super::libtest::Tally;
use bgworker_cli::term::{self, BAD, GOOD, Progress, paint, table};
use pg_scratch::Error;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

/// One run of cargo test, or the reason why it did not happen.
pub(super) struct Run {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) tally: Tally,
    pub(super) took: Duration,
    pub(super) missing: bool,
}

impl Run {
    pub(super) fn missing(name: String) -> Self {
        Self {
            name,
            version: "missing".to_owned(),
            tally: Tally::default(),
            took: Duration::ZERO,
            missing: true,
        }
    }

    fn cells(&self) -> Vec<String> {
        let tally = &self.tally;
        let numbers = [tally.passed, tally.failed, tally.skipped].map(|n| n.to_string());
        let mut cells = vec![self.name.clone(), self.version.clone()];
        cells.extend(numbers);
        cells.push(format!("{:.0} s", self.took.as_secs_f64()));
        cells
    }

    fn data(&self) -> serde_json::Value {
        let tally = &self.tally;
        json!({
            "name": self.name,
            "version": self.version,
            "missing": self.missing,
            "passed": tally.passed,
            "failed": tally.failed,
            "skipped": tally.skipped,
            "seconds": self.took.as_secs_f64(),
        })
    }
}

/// Prints the failures and the sum.
pub(super) fn report(name: &str, tally: &Tally, progress: &Progress) {
    for failure in &tally.failures {
        progress.eprintln(&format!("{} {failure}", paint(BAD, format!("{name}:"))));
    }
    let verdict = if tally.failed == 0 {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "FAILED")
    };
    progress.status("Tested", &format!("{name}: {verdict}, {}", counts(tally)));
}

/// Prints the table and the sum. Programs may parse the last line.
pub(super) fn summary(runs: &[Run], as_json: bool) -> ExitCode {
    let sum = |of: fn(&Tally) -> u64| runs.iter().map(|run| of(&run.tally)).sum::<u64>();
    let total = Tally {
        passed: sum(|tally| tally.passed),
        failed: sum(|tally| tally.failed),
        skipped: sum(|tally| tally.skipped),
        failures: Vec::new(),
    };
    let missing: Vec<&str> = runs
        .iter()
        .filter(|r| r.missing)
        .map(|r| r.name.as_str())
        .collect();
    let ok = total.failed == 0 && total.passed > 0 && missing.is_empty();
    if !missing.is_empty() {
        term::error(&Error::new(format!(
            "NOT TESTED, although requested: {}",
            missing.join(", ")
        )));
    }
    if total.passed + total.failed == 0 {
        term::error(&Error::new("no test was run"));
    }
    if as_json {
        let runs: Vec<_> = runs.iter().map(Run::data).collect();
        println!(
            "{}",
            json!({ "ok": ok, "runs": runs, "passed": total.passed,
            "failed": total.failed, "skipped": total.skipped })
        );
    } else {
        let rows: Vec<_> = runs.iter().map(Run::cells).collect();
        let head = ["major", "version", "passed", "failed", "skipped", "time"];
        anstream::println!("{}\n{}", table(&head, &rows), counts(&total));
    }
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn counts(tally: &Tally) -> String {
    let skipped = match tally.skipped {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    format!("{} passed, {} failed{skipped}", tally.passed, tally.failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_its_shape() {
        let mut tally = Tally {
            passed: 12,
            ..Tally::default()
        };
        assert_eq!(counts(&tally), "12 passed, 0 failed");
        tally.skipped = 3;
        assert_eq!(counts(&tally), "12 passed, 0 failed, 3 skipped");
    }

    #[test]
    fn nothing_run_or_something_missing_is_a_failure() {
        let failure = format!("{:?}", ExitCode::FAILURE);
        let run = |passed, failed| Run {
            tally: Tally {
                passed,
                failed,
                ..Tally::default()
            },
            missing: false,
            ..Run::missing("18".to_owned())
        };
        let code = |runs: &[Run]| format!("{:?}", summary(runs, false));
        assert_eq!(code(&[]), failure);
        assert_eq!(code(&[run(0, 0)]), failure);
        assert_eq!(code(&[run(5, 1)]), failure);
        assert_eq!(code(&[run(5, 0), Run::missing("12".to_owned())]), failure);
        assert_ne!(code(&[run(5, 0)]), failure);
    }
}
