//! The outcome of a fault, and its statistics.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// One fault on one worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// `F1` …
    pub fault: String,
    /// The fault's name.
    pub name: String,
    /// The worker under test.
    pub target: String,
    /// The server's version.
    pub server: String,
    /// Number of runs that passed.
    pub passed: u32,
    /// Failed runs. After a few, no more runs are made.
    pub failures: Vec<Failure>,
    /// The reason why there was no run (or no further run).
    pub skipped: Option<String>,
    /// Observations that are not failures.
    pub notes: Vec<String>,
    /// Durations measured by the fault, in milliseconds: of stopping, dropping or restarting.
    pub times: Vec<f64>,
    /// Total duration, in seconds.
    pub seconds: f64,
}

/// A failed run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Its number, which together with the seed determines its delays.
    pub run: u32,
    /// The failure.
    pub what: String,
    /// The path of the saved server log.
    pub log: Option<PathBuf>,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All runs passed, and there was at least one.
    Passed,
    /// At least one run failed.
    Failed,
    /// There was no run. This is not a pass.
    Skipped,
}

impl Outcome {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        match (self.passed, self.failures.is_empty()) {
            (_, false) => Verdict::Failed,
            (0, true) => Verdict::Skipped,
            _ => Verdict::Passed,
        }
    }

    /// Returns the number of runs.
    pub fn runs(&self) -> u32 {
        self.passed + self.failures.len() as u32
    }

    /// Returns the upper bound of the failure rate, with 95 % confidence.
    pub fn bound(&self) -> Option<f64> {
        (self.runs() > 0).then(|| upper_bound(self.runs(), self.failures.len() as u32))
    }

    /// Adds the runs of the same fault and worker on another server.
    pub fn absorb(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failures.extend_from_slice(&other.failures);
        self.times.extend_from_slice(&other.times);
        self.seconds += other.seconds;
    }

    pub(crate) fn took(&mut self, time: Duration) {
        self.times.push(time.as_secs_f64() * 1000.0);
    }

    /// Returns the percentile of the durations, in milliseconds (nearest rank).
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        let mut sorted = self.times.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }
}

/// Returns the upper bound of the failure rate with 95 % confidence, after `failures` in `runs`
/// (Clopper-Pearson; without failures about 3 / runs, the rule of three).
pub fn upper_bound(runs: u32, failures: u32) -> f64 {
    if failures >= runs {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let share = (low + high) / 2.0;
        if at_most(runs, failures, share) > 0.05 {
            low = share;
        } else {
            high = share;
        }
    }
    high
}

/// Returns the probability of at most `most` events in `runs`, if each has this probability.
fn at_most(runs: u32, most: u32, share: f64) -> f64 {
    let mut logarithm = f64::from(runs) * (-share).ln_1p();
    let mut sum = logarithm.exp();
    for k in 1..=most {
        logarithm += (f64::from(runs - k + 1) / f64::from(k)).ln() + share.ln() - (-share).ln_1p();
        sum += logarithm.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_failure_it_is_the_rule_of_three() {
        for runs in [20, 300, 3000] {
            let three = 3.0 / f64::from(runs);
            let bound = upper_bound(runs, 0);
            assert!(
                bound < three && bound > 0.9 * three,
                "{runs}: {bound} {three}"
            );
        }
        assert!((upper_bound(1, 0) - 0.95).abs() < 1e-9);
    }

    #[test]
    fn failures_raise_it_as_the_tables_say() {
        assert!((upper_bound(20, 1) - 0.2161).abs() < 1e-4);
        assert!((upper_bound(10, 3) - 0.6066).abs() < 1e-4);
        assert_eq!(upper_bound(5, 5), 1.0);
    }

    fn outcome() -> Outcome {
        Outcome {
            fault: "F1".to_owned(),
            name: String::new(),
            target: String::new(),
            server: String::new(),
            passed: 0,
            failures: Vec::new(),
            skipped: None,
            notes: Vec::new(),
            times: Vec::new(),
            seconds: 0.0,
        }
    }

    #[test]
    fn zero_runs_is_not_a_pass() {
        let mut outcome = outcome();
        assert_eq!(outcome.verdict(), Verdict::Skipped);
        assert_eq!(outcome.bound(), None);
        outcome.passed = 3;
        assert_eq!(outcome.verdict(), Verdict::Passed);
        outcome.failures.push(Failure {
            run: 3,
            what: String::new(),
            log: None,
        });
        assert_eq!((outcome.verdict(), outcome.runs()), (Verdict::Failed, 4));
    }

    #[test]
    fn percentiles_are_times_that_were_seen() {
        let mut outcome = outcome();
        assert_eq!(outcome.percentile(50.0), None);
        outcome.times = (1..=100).rev().map(f64::from).collect();
        assert_eq!(outcome.percentile(50.0), Some(50.0));
        assert_eq!(outcome.percentile(99.0), Some(99.0));
        assert_eq!(outcome.percentile(100.0), Some(100.0));
    }
}
