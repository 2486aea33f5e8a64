//! The outside: starts the server, watches it, says what went wrong.

mod failure;
mod field;
mod options;
mod shrink;

pub use options::Options;

use crate::job::Job;
use crate::program::{Random, Recipe, generate, print};
use failure::Failure;
use field::Field;
use pg_scratch::{Error, Result};
use shrink::Shrinker;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Of the build: the library is for this server.
pub const PG_CONFIG: &str = env!("GENERATOR_PG_CONFIG");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Fine,
    Failed,
}

/// Cargo puts both into the same directory.
fn library() -> Result<PathBuf> {
    let binary = std::env::current_exe().map_err(|error| Error::new(error.to_string()))?;
    let name = format!(
        "{}generator{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    Ok(binary.with_file_name(name))
}

pub fn run(options: &Options) -> Result<Outcome> {
    if options.print {
        println!("{}", print(&generate(&options.recipe), &options.recipe));
        return Ok(Outcome::Fine);
    }
    let mut field = Field::new(PG_CONFIG, &library()?)?;
    match options.alone {
        true => alone(options, &mut field),
        false => many(options, &mut field),
    }
}

/// One program, as often as it takes to see it fail.
fn alone(options: &Options, field: &mut Field) -> Result<Outcome> {
    let recipe = &options.recipe;
    println!("{}", print(&generate(recipe), recipe));
    for _ in 0..options.programs.unwrap_or(5) {
        let job = Job {
            id: 0,
            runners: 1,
            recipe: recipe.clone(),
            programs: 1,
        };
        if let Some(failure) = field.run(job, None)? {
            println!("failed: {failure}\n\n{}", field.log_tail());
            return Ok(Outcome::Failed);
        }
    }
    match field.stop() {
        Some(failure) => {
            println!("failed: {failure}");
            Ok(Outcome::Failed)
        }
        None => {
            println!("passed");
            Ok(Outcome::Fine)
        }
    }
}

fn many(options: &Options, field: &mut Field) -> Result<Outcome> {
    let start = Instant::now();
    let limited = options.programs.is_none() && options.count.is_none();
    let deadline = limited.then(|| start + options.time);
    let mut recipe = options.recipe.clone();
    let last = recipe
        .number
        .saturating_add(options.programs.unwrap_or(u32::MAX - recipe.number));
    let mut outcome = Outcome::Fine;
    println!(
        "seed {}, {PG_CONFIG}, without {:?}",
        recipe.seed, options.without
    );
    while recipe.number < last
        && options.count.is_none_or(|count| field.steps < count)
        && deadline.is_none_or(|deadline| Instant::now() < deadline)
    {
        field.signals = options.signals.then(|| Random::new(recipe.seed, u64::MAX));
        field.most = options.count.unwrap_or(u64::MAX);
        let job = Job {
            id: 0,
            runners: options.runners,
            recipe: recipe.clone(),
            programs: last - recipe.number,
        };
        let Some(failure) = field.run(job, deadline)? else {
            break;
        };
        outcome = Outcome::Failed;
        println!(
            "\n== after {:.0?} and {} steps: {failure}",
            start.elapsed(),
            field.steps
        );
        report(options, field, &failure)?;
        if !options.go_on {
            return Ok(outcome);
        }
        recipe.number = failure.number.unwrap_or(recipe.number).max(recipe.number) + 1;
    }
    let (steps, time) = (field.steps, start.elapsed());
    if let Some(failure) = field.stop() {
        outcome = Outcome::Failed;
        println!("\n== at the end: {failure}");
    }
    println!(
        "{steps} steps in {:.0} s: {:.0} in a second",
        time.as_secs_f64(),
        steps as f64 / time.as_secs_f64()
    );
    Ok(outcome)
}

/// Make it smaller, and say how to see it again.
fn report(options: &Options, field: &mut Field, failure: &Failure) -> Result<()> {
    println!("{}", field.log_tail());
    field.renew()?;
    let Some(number) = failure.number else {
        println!("no program is known to have done it: run the same seed again");
        return Ok(());
    };
    let recipe = Recipe {
        number,
        ..options.recipe.clone()
    };
    let seen = field.steps;
    field.most = u64::MAX;
    let same = Some(failure.kind.clone());
    for (kind, signals) in [(same.clone(), false), (None, false), (same, true)] {
        if signals && !options.signals {
            continue;
        }
        field.signals = signals.then(|| Random::new(recipe.seed, u64::from(number)));
        field.patience = Duration::from_secs(35);
        let mut shrinker = Shrinker {
            field,
            kind: kind.clone(),
            until: Instant::now() + shrink::TIME,
            tries: 2,
        };
        let smaller = shrinker.shrink(&recipe, failure)?;
        field.patience = field::PATIENCE;
        field.steps = seen;
        if let Some(smaller) = smaller {
            let hint = match (signals, kind) {
                (true, _) => " with signals from outside",
                (_, None) => ", in this way or another",
                _ => "",
            };
            println!(
                "\nthe smallest program found that fails so{hint}:\n{}",
                print(&generate(&smaller), &smaller)
            );
            println!("{}", options.command(&smaller));
            return Ok(());
        }
    }
    println!(
        "it does not fail again by itself; the whole program:\n{}",
        options.command(&recipe)
    );
    Ok(())
}
