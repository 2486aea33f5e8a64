//! Runs the attacks of the library `attacks` and decides what came of each: one test an attack.
//!
//! Without arguments these are all attacks that have no family, and the first of each family. `ATTACKS=all` runs all; so does a
//! filter, of those whose names contain it. `ATTACKS_RECORD=FILE` appends a line for each attack to a file.

mod attack;
mod judge;
mod line;
mod log;
mod outside;
mod run;
mod scratch;
mod session;

use attack::{Attack, Place};
use libtest_mimic::{Arguments, Trial};
use session::Session;
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

/// What is wrong, if anything is.
type Verdict = Result<(), String>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let verdicts = run_all(&arguments);
    let trials = verdicts.into_iter().map(|(name, verdict)| {
        let absent = verdict.as_ref().is_err_and(|why| why == judge::ABSENT);
        Trial::test(name, move || verdict.map_err(Into::into)).with_ignored_flag(absent)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn run_all(arguments: &Arguments) -> BTreeMap<String, Verdict> {
    let verdicts = Mutex::new(BTreeMap::new());
    let tell = |name: &str, verdict: Verdict| {
        record(name, &verdict);
        if std::env::var_os("ATTACKS_SHOW").is_some() {
            eprintln!("{name}: {verdict:?}");
        }
        verdicts.lock().unwrap().insert(name.to_owned(), verdict);
    };
    let mut session = match Session::start(true) {
        Ok(session) => session,
        Err(error) => {
            tell("the_server_starts", Err(error));
            return verdicts.into_inner().unwrap();
        }
    };
    let names: HashSet<&str> = session
        .attacks()
        .iter()
        .map(|attack| &*attack.name)
        .collect();
    if names.len() < session.attacks().len() {
        tell(
            "each_attack_has_its_name",
            Err("some have the same name".into()),
        );
    }
    let chosen = choose(session.attacks(), arguments);
    if arguments.list {
        return chosen
            .into_iter()
            .map(|attack| (attack.name, Ok(())))
            .collect();
    }
    let (alone, shared): (Vec<_>, Vec<_>) = chosen
        .into_iter()
        .partition(|attack| attack.place == Place::Scratch);
    let alone = Mutex::new(alone.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..scratch_servers() {
            scope.spawn(|| {
                loop {
                    // The lock is released before the attack runs.
                    let next = alone.lock().unwrap().next();
                    let Some(attack) = next else { break };
                    tell(&attack.name, scratch::run(&attack));
                }
            });
        }
        session.run(shared, &mut |attack, verdict| tell(&attack.name, verdict));
        tell("the_server_stops", session.stop());
    });
    verdicts.into_inner().unwrap()
}

/// The machine has other things to do.
fn scratch_servers() -> usize {
    number("ATTACKS_SERVERS").unwrap_or(2)
}

/// A number in the environment.
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn choose(all: &[Attack], arguments: &Arguments) -> Vec<Attack> {
    let mut families = HashSet::new();
    let everything = std::env::var("ATTACKS").is_ok_and(|what| what == "all");
    let wanted = |attack: &&Attack| {
        let skipped = arguments.skip.iter().any(|part| attack.name.contains(part));
        let first = attack.family.is_empty() || families.insert(attack.family.clone());
        let chosen = match &arguments.filter {
            Some(filter) if arguments.exact => attack.name == *filter,
            Some(filter) => attack.name.contains(filter),
            None => everything || first,
        };
        chosen && !skipped
    };
    all.iter().filter(wanted).cloned().collect()
}

fn record(name: &str, verdict: &Verdict) {
    let Some(path) = std::env::var_os("ATTACKS_RECORD") else {
        return;
    };
    let what = match verdict {
        Ok(()) => "ok".to_owned(),
        Err(why) => why.replace('\n', "; ").replace('\t', " "),
    };
    let server = support::server().version.full.clone();
    let mut options = std::fs::OpenOptions::new();
    // One write, because several attacks may end at the same time.
    let line = format!("{name}\t{server}\t{what}\n");
    let file = options.create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
        eprintln!("the record cannot be written: {error}");
    }
}
