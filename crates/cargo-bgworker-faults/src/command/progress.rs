//! Progress output.

use bgworker_cli::stop::Stop;
use bgworker_cli::term::{BAD, DIM, GOOD, Progress, Spinner, WARN, paint};
use cargo_bgworker_faults::{Fault, Outcome, Verdict, Watch};
use pg_scratch::Result;
use std::cell::RefCell;

/// Shows a bar on a terminal, and a line for each completed fault.
pub(super) struct ProgressReporter {
    progress: Progress,
    spinner: RefCell<Option<Spinner>>,
    stop: Stop,
}

impl Watch for ProgressReporter {
    fn begin(&self, fault: &Fault, target: &str, runs: u32) {
        let name = format!("{} {target}: {}", fault.id, fault.name);
        *self.spinner.borrow_mut() = Some(self.progress.parts(&name, runs.into()));
    }

    fn progress(&self, done: u32) {
        if let Some(spinner) = &*self.spinner.borrow() {
            spinner.at(done.into());
        }
    }

    fn stop(&self) -> bool {
        self.stop.asked()
    }
}

impl ProgressReporter {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            progress: Progress::new(),
            spinner: RefCell::default(),
            stop: Stop::on_signals()?,
        })
    }

    pub(super) fn end(&self, outcome: &Outcome) {
        self.spinner.borrow_mut().take();
        let (style, word) = match outcome.verdict() {
            Verdict::Passed => (GOOD, "passed"),
            Verdict::Failed => (BAD, "FAILED"),
            Verdict::Skipped => (WARN, "skipped"),
        };
        let server = outcome.server.split(' ').next().unwrap_or_default();
        let head = format!(
            "{} {} on {server}: {}",
            outcome.fault, outcome.target, outcome.name
        );
        self.progress.eprintln(&format!(
            "{} {head}, {:.0} s",
            paint(style, format!("{word:>12}")),
            outcome.seconds
        ));
        for failure in &outcome.failures {
            let log = failure
                .log
                .as_ref()
                .map_or_else(String::new, |log| format!("\nlog: {}", log.display()));
            let text = format!("run {}: {}{log}", failure.run, failure.what)
                .replace('\n', "\n             ");
            self.progress.eprintln(&format!("             {text}"));
        }
        for remark in outcome.notes.iter().chain(&outcome.skipped) {
            self.progress
                .eprintln(&paint(DIM, format!("             {remark}")));
        }
    }
}
