//! A program: the steps that one process of a worker makes. Seed, number, length and the classes
//! left out determine it.
//!
//! The library runs it and the driver prints it; so this module knows neither of them.
#![allow(dead_code, unused_imports)]

mod ops;
mod print;
mod random;
mod ways;

pub use ops::{CLASSES, Classes, Op, Place};
pub use print::print;
pub use random::Random;
pub use ways::{End, Leave};

use ops::{Description, OPS};
use std::collections::BTreeSet;

/// One step. What it does in detail comes from its number.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its place in the program that was generated, which removing others does not change.
    pub id: u32,
    pub op: Op,
    pub with: u32,
    pub body: Vec<Step>,
}

/// What determines a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub seed: u64,
    pub number: u32,
    /// The most steps, with those in bodies.
    pub length: u32,
    pub without: Classes,
    /// Only these steps, and the bodies around them.
    pub keep: Option<BTreeSet<u32>>,
}

#[derive(Debug)]
pub struct Program {
    pub steps: Vec<Step>,
    /// How the process leaves.
    pub leave: Leave,
    /// How many there are, with those in bodies.
    pub count: u32,
}

struct Maker<'r> {
    random: Random,
    recipe: &'r Recipe,
    next: u32,
    /// Classes that are chosen more often for a while: what belongs together meets.
    theme: Classes,
}

/// Transactions with savepoints in savepoints, to this depth.
const DEEPEST: u32 = 5;

pub fn generate(recipe: &Recipe) -> Program {
    let mut maker = Maker {
        random: Random::new(recipe.seed, recipe.number.into()),
        recipe,
        next: 0,
        theme: 0,
    };
    // Half of all processes are short, so that many exits are seen.
    let length = match maker.random.below(2) {
        0 => recipe.length.min(10 + maker.random.below(200)),
        _ => recipe.length,
    };
    let leave = Leave::choose(&mut maker.random, recipe.without);
    let mut steps = Vec::new();
    while maker.next < length {
        if maker.random.below(40) == 0 {
            maker.theme = maker.other_theme();
        }
        steps.push(maker.step(&[Place::Top], 0));
    }
    let count = maker.next;
    let leave = match &recipe.keep {
        Some(keep) if !keep.contains(&count) => Leave::Done,
        _ => leave,
    };
    if let Some(keep) = &recipe.keep {
        retain(&mut steps, keep);
    }
    Program {
        steps,
        leave,
        count,
    }
}

/// Whether the step, or one in its body, is kept.
fn retain(steps: &mut Vec<Step>, keep: &BTreeSet<u32>) {
    steps.retain_mut(|step| {
        retain(&mut step.body, keep);
        keep.contains(&step.id) || !step.body.is_empty()
    });
}

impl Maker<'_> {
    fn step(&mut self, places: &[Place], depth: u32) -> Step {
        let op = self.choose(places, depth);
        let id = self.next;
        self.next += 1;
        let with = self.random.below(u32::MAX);
        let (places, steps): (&[Place], u32) = match op {
            Op::Transaction | Op::Savepoint | Op::RunAs | Op::Limit | Op::Notices => {
                let many = if self.random.below(16) == 0 { 80 } else { 14 };
                (
                    &[Place::Inside, Place::Alone],
                    1 + self.random.below(many / (depth + 1)),
                )
            }
            Op::BeforeExit | Op::OnShmemExit | Op::OnProcExit | Op::AtDestructor => {
                (&[Place::AtExit], 1 + self.random.below(3))
            }
            _ => (&[], 0),
        };
        let around = self.theme;
        if !places.is_empty() && self.random.below(2) == 0 {
            self.theme = self.other_theme();
        }
        let body = (0..steps).map(|_| self.step(places, depth + 1)).collect();
        self.theme = around;
        Step { id, op, with, body }
    }

    fn other_theme(&mut self) -> Classes {
        1 << self.random.below(CLASSES.len() as u32)
    }

    fn choose(&mut self, places: &[Place], depth: u32) -> Op {
        let without = self.recipe.without;
        let can = |place: Place, op: Op, classes: Classes| {
            places.contains(&place)
                && classes & without == 0
                && (depth < DEEPEST
                    || !matches!(op, Op::Savepoint | Op::RunAs | Op::Limit | Op::Notices))
        };
        let theme = self.theme;
        let weight = |line: &Description| match line.classes & theme {
            0 => line.weight,
            _ => line.weight * 16,
        };
        let weights = || {
            OPS.iter()
                .filter(|line| can(line.place, line.op, line.classes))
        };
        let all: u32 = weights().map(weight).sum();
        let mut at = self.random.below(all);
        for line in weights() {
            match at.checked_sub(weight(line)) {
                Some(rest) => at = rest,
                None => return line.op,
            }
        }
        unreachable!("there is something to do in every place")
    }
}

/// Returns the classes of these names. The name of an operation in the table represents itself.
pub fn classes(names: &str) -> Result<Classes, String> {
    let mut set = 0;
    for name in names.split(',').filter(|name| !name.is_empty()) {
        let class = CLASSES.iter().find(|(known, _)| *known == name);
        let op = OPS.iter().find(|line| format!("{:?}", line.op) == name);
        set |= match (class, op) {
            (Some((_, class)), _) => 1 << *class as u32,
            (_, Some(line)) => ops::bit(line.op),
            _ => {
                let all: Vec<_> = CLASSES.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "there is no class {name:?}; there are {}",
                    all.join(", ")
                ));
            }
        };
    }
    Ok(set)
}

/// The numbers of a list such as `1,5-9`.
pub fn numbers(text: &str) -> Option<BTreeSet<u32>> {
    let mut set = BTreeSet::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        set.extend(first..=last);
    }
    Some(set)
}

/// The list that [`numbers`] reads.
pub fn list(set: &BTreeSet<u32>) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in set {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let part = |(first, last): (u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}
