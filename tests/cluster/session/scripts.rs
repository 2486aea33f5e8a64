//! Scripts that run in a session and in a worker, statement by statement, with the same outcomes.
//!
//! `scripts.sql` has the scenarios: a comment that begins with `--- ` names one, and `--- since`
//! says which server it needs. `--- differs` before a statement says why it differs.

use compare::{Pair, Verdict};
use support::{LONG, cluster, library, since};

const SCRIPTS: &str = include_str!("scripts.sql");

/// A scenario.
#[derive(Default)]
struct Scenario {
    name: String,
    script: String,
    /// The first version that has what it needs.
    since: u32,
    /// The lines after which a statement differs.
    differs: Vec<usize>,
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for line in SCRIPTS.lines() {
        let Some(comment) = line.strip_prefix("--- ") else {
            if let Some(scenario) = scenarios.last_mut() {
                scenario.script += &format!("{line}\n");
            }
            continue;
        };
        match (comment.split_once(' '), scenarios.last_mut()) {
            (Some(("since", version)), Some(scenario)) => {
                scenario.since = version.parse().expect("a version number");
            }
            (Some(("differs", _)), Some(scenario)) => {
                scenario.differs.push(scenario.script.lines().count());
            }
            _ => scenarios.push(Scenario {
                name: comment.to_owned(),
                ..Scenario::default()
            }),
        }
    }
    scenarios
}

#[test]
fn scripts_have_the_same_outcomes() {
    let builder = || cluster().setting("max_prepared_transactions", "2");
    let mut pair = Pair::start(builder, &library("scripts"), LONG).unwrap();
    let mut wrong = Vec::new();
    for scenario in scenarios() {
        if !since(scenario.since) {
            println!("{}: NOT TESTED", scenario.name);
            continue;
        }
        let steps = pair.run(&scenario.script).unwrap();
        let (mut same, mut different) = (0, 0);
        for step in &steps {
            let expected = scenario.differs.contains(&(step.line - 1));
            match &step.verdict {
                Verdict::Same if !expected => same += 1,
                Verdict::Different(..) if expected => different += 1,
                verdict => wrong.push(format!("{}: {}: {verdict:?}", scenario.name, step.sql)),
            }
        }
        println!("{}: {same} the same, {different} different", scenario.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
