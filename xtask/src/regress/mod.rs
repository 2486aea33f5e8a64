//! The server's own regression scripts, in a session and in a worker.

mod explained;
mod sources;

pub(crate) use explained::Explanations;
pub(crate) use sources::Sources;

use compare::{Step, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of one script.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) script: String,
    pub(crate) statements: usize,
    pub(crate) same: usize,
    pub(crate) explained: Vec<Difference>,
    pub(crate) unexplained: Vec<Difference>,
    /// The number of statements that were not compared, by reason.
    pub(crate) skipped: BTreeMap<&'static str, usize>,
}

/// A statement that differs.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) line: usize,
    pub(crate) sql: String,
    pub(crate) session: String,
    pub(crate) worker: String,
    pub(crate) reason: Option<String>,
}

impl Report {
    pub(crate) fn of(script: &str, steps: Vec<Step>, explanations: &Explanations) -> Self {
        let mut report = Report {
            script: script.to_owned(),
            statements: steps.len(),
            same: 0,
            explained: Vec::new(),
            unexplained: Vec::new(),
            skipped: BTreeMap::new(),
        };
        for step in steps {
            match step.verdict {
                Verdict::Same => report.same += 1,
                Verdict::Skipped(why) => *report.skipped.entry(why).or_default() += 1,
                Verdict::Different(session, worker) => {
                    let reason = explanations.of(script, &step.sql, &session, &worker);
                    let differences = match reason {
                        Some(_) => &mut report.explained,
                        None => &mut report.unexplained,
                    };
                    differences.push(Difference {
                        line: step.line,
                        sql: step.sql,
                        session,
                        worker,
                        reason: reason.map(str::to_owned),
                    });
                }
            }
        }
        report
    }
}
