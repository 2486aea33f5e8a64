//! The scripts that create a version of an extension, chosen as the server does.

use std::collections::{BTreeMap, BTreeSet};

/// The first major that creates a version from an older one with update scripts.
pub(super) const CHAINS_SINCE: u32 = 100_000;

/// What a script does: it creates a version, or leads from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The name of the file.
    file: &'a str,
    from: Option<&'a str>,
    to: &'a str,
}

impl<'a> Step<'a> {
    pub(super) fn of(file: &'a str, extension: &str) -> Option<Self> {
        let rest = file.strip_prefix(extension)?.strip_prefix("--")?;
        let versions = rest.strip_suffix(".sql")?;
        let (from, to) = match versions.split_once("--") {
            None => (None, versions),
            // The server ignores names with three versions.
            Some((_, to)) if to.contains("--") => return None,
            Some((from, to)) => (Some(from), to),
        };
        Some(Self { file, from, to })
    }
}

/// Returns the versions that CREATE EXTENSION can create.
pub(super) fn reached<'a>(steps: &[Step<'a>], version: u32) -> BTreeSet<&'a str> {
    let created = steps.iter().filter(|step| step.from.is_none());
    let mut reached: BTreeSet<&str> = created.map(|step| step.to).collect();
    let mut before = 0;
    while version >= CHAINS_SINCE && reached.len() > before {
        before = reached.len();
        for step in steps {
            if step.from.is_some_and(|from| reached.contains(from)) {
                reached.insert(step.to);
            }
        }
    }
    reached
}

/// Returns the files that CREATE EXTENSION runs for a version, in order: its own script, else the
/// shortest chain. Of several, the server takes the one from the last name (`find_install_path`).
pub(super) fn run<'a>(steps: &[Step<'a>], wanted: &str, version: u32) -> Vec<&'a str> {
    let created = |to: &str| {
        let mut created = steps.iter().filter(|step| step.from.is_none());
        created.find(|step| step.to == to)
    };
    if let Some(step) = created(wanted) {
        return vec![step.file];
    }
    if version < CHAINS_SINCE {
        return Vec::new();
    }
    let starts: BTreeSet<&str> = steps
        .iter()
        .filter(|step| step.from.is_none())
        .map(|step| step.to)
        .collect();
    let chains = starts.iter().rev().filter_map(|start| {
        let updates = updates(steps, &starts, start, wanted)?;
        Some(created(start).into_iter().chain(updates))
    });
    let shortest = chains.min_by_key(|chain| chain.clone().count());
    let chain = shortest.into_iter().flatten();
    chain.map(|step| step.file).collect()
}

/// Returns the shortest chain of updates that does not pass another version with a script of its
/// own. Of several, the server takes the one through the first names (`find_update_path`).
fn updates<'s, 'a>(
    steps: &'s [Step<'a>],
    starts: &BTreeSet<&str>,
    start: &'a str,
    wanted: &str,
) -> Option<Vec<&'s Step<'a>>> {
    let mut found: BTreeMap<&str, Vec<&Step<'a>>> = BTreeMap::from([(start, Vec::new())]);
    let mut last: BTreeSet<&str> = BTreeSet::from([start]);
    while !last.is_empty() && !found.contains_key(wanted) {
        let mut reached = BTreeSet::new();
        for from in last {
            for step in steps.iter().filter(|step| step.from == Some(from)) {
                if !starts.contains(step.to) && !found.contains_key(step.to) {
                    let mut chain = found[from].clone();
                    chain.push(step);
                    found.insert(step.to, chain);
                    reached.insert(step.to);
                }
            }
        }
        last = reached;
    }
    found.remove(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_the_version_wins_and_else_the_shortest_chain() {
        let chain = |files: &[&'static str], version| {
            let steps: Vec<_> = files.iter().filter_map(|one| Step::of(one, "w")).collect();
            run(&steps, "2", version).join(" ")
        };
        let new = |files: &[&'static str]| chain(files, 180_000);
        assert_eq!(new(&["w--1.sql", "w--1--2.sql", "w--2.sql"]), "w--2.sql");
        let updates = ["w--1.sql", "w--1--1.5.sql", "w--1.5--2.sql", "w--0--1.sql"];
        assert_eq!(new(&updates), "w--1.sql w--1--1.5.sql w--1.5--2.sql");
        assert_eq!(chain(&updates, 90_600), "");
        let shorter = [&updates[..], &["w--1--2.sql"]].concat();
        assert_eq!(new(&shorter), "w--1.sql w--1--2.sql");
        // From the last version, and through the first one.
        let two = ["w--0.sql", "w--0--2.sql", "w--1.sql", "w--1--2.sql"];
        assert_eq!(new(&two), "w--1.sql w--1--2.sql");
        let ways = [
            "w--1.sql",
            "w--1--b.sql",
            "w--b--2.sql",
            "w--1--a.sql",
            "w--a--2.sql",
        ];
        assert_eq!(new(&ways), "w--1.sql w--1--a.sql w--a--2.sql");
        assert_eq!(new(&["w--1--2.sql"]), "");
    }
}
