//! One process of an attack, from its launch to its end.

use crate::attack::Attack;
use crate::line::Id;
use std::time::Instant;

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    /// The conductor has been told, the process has not said anything.
    Launched,
    Running,
    /// It waits, and is looked at.
    Waiting,
    /// It has received SIGTERM.
    Told,
}

pub(crate) struct Run {
    pub(crate) attack: Attack,
    /// So many processes are still to come, this one included.
    pub(crate) left: u32,
    /// It has been there when the server crashed, so it runs alone now.
    pub(crate) alone: bool,
    pub(crate) pid: Option<u32>,
    pub(crate) line: Option<Id>,
    pub(crate) phase: Phase,
    pub(crate) since: Instant,
    pub(crate) outcome: Option<String>,
    pub(crate) good: Vec<String>,
    pub(crate) bad: Vec<String>,
    pub(crate) ready: bool,
    /// The server has not what it needs.
    pub(crate) absent: bool,
}

impl Run {
    pub(crate) fn new(attack: Attack, left: u32, alone: bool) -> Self {
        Run {
            attack,
            left,
            alone,
            pid: None,
            line: None,
            phase: Phase::Launched,
            since: Instant::now(),
            outcome: None,
            good: Vec::new(),
            bad: Vec::new(),
            ready: false,
            absent: false,
        }
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    /// In words, for a verdict.
    pub(crate) fn told(&self) -> String {
        let Run {
            phase,
            outcome,
            good,
            bad,
            ..
        } = self;
        format!("it was {phase:?}; outcome {outcome:?}, good {good:?}, bad {bad:?}")
    }
}
