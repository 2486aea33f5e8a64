//! A smaller program that fails in the same way.

use super::failure::Failure;
use super::field::Field;
use crate::job::Job;
use crate::program::{Program, Recipe, Step, generate};
use pg_scratch::Result;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub struct Shrinker<'f> {
    pub field: &'f mut Field,
    /// How it must fail; in any way, where that is not seen again.
    pub kind: Option<String>,
    pub until: Instant,
    /// How often a program may pass before it is believed not to fail.
    pub tries: u32,
}

pub const TIME: Duration = Duration::from_secs(180);

impl Shrinker<'_> {
    /// The smallest program found; `None` when it does not fail again by itself.
    pub fn shrink(&mut self, recipe: &Recipe, failure: &Failure) -> Result<Option<Recipe>> {
        let program = generate(recipe);
        let all = ids(&program);
        let last = failure.step.unwrap_or(program.count);
        let before: Vec<u32> = all.iter().copied().filter(|id| *id <= last).collect();
        // Nothing but the last steps, more and more of them.
        let mut count = 1;
        let mut found = None;
        while found.is_none() && Instant::now() < self.until {
            let from = before.len().saturating_sub(count);
            found = self.fails(recipe, &before[from..])?;
            if from == 0 {
                break;
            }
            count *= 4;
        }
        let Some(mut steps) = found else {
            return Ok(None);
        };
        let mut chunk = steps.len().div_ceil(2);
        while Instant::now() < self.until {
            let mut at = 0;
            let mut smaller = false;
            while at < steps.len() && Instant::now() < self.until {
                let mut fewer = steps.clone();
                fewer.drain(at..(at + chunk).min(steps.len()));
                match self.fails(recipe, &fewer)? {
                    Some(fewer) => (steps, smaller) = (fewer, true),
                    None => at += chunk,
                }
            }
            if chunk == 1 && !smaller {
                break;
            }
            chunk = chunk.div_ceil(2).max(1);
        }
        Ok(Some(with(recipe, &steps)))
    }

    /// The steps, if a program of them fails as the first one did.
    fn fails(&mut self, recipe: &Recipe, steps: &[u32]) -> Result<Option<Vec<u32>>> {
        for _ in 0..self.tries {
            let job = Job {
                id: 0,
                runners: 1,
                recipe: with(recipe, steps),
                programs: 1,
            };
            if let Some(failure) = self.field.run(job, None)? {
                self.field.renew()?;
                if self.kind.as_ref().is_none_or(|kind| failure.kind == *kind) {
                    return Ok(Some(steps.to_vec()));
                }
            }
        }
        Ok(None)
    }
}

fn with(recipe: &Recipe, steps: &[u32]) -> Recipe {
    Recipe {
        keep: Some(BTreeSet::from_iter(steps.iter().copied())),
        ..recipe.clone()
    }
}

fn ids(program: &Program) -> Vec<u32> {
    fn add(steps: &[Step], ids: &mut Vec<u32>) {
        for step in steps {
            ids.push(step.id);
            add(&step.body, ids);
        }
    }
    let mut ids = Vec::new();
    add(&program.steps, &mut ids);
    ids.push(program.count);
    ids
}
