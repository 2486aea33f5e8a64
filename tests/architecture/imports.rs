//! Which module imports which, and which folder.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// What each one imports: modules of a crate, or its folders.
#[derive(Default)]
pub(crate) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// The modules of the crate whose sources are in this directory. Its roots, `lib.rs` and
    /// `main.rs`, are left out, and so is what the module of a directory hands on from its files.
    pub(crate) fn of_modules(directory: &str) -> Self {
        let sources = sources(directory);
        let is_root = |name: &str| ["lib", "main"].contains(&name);
        let names: BTreeSet<String> = sources
            .iter()
            .map(|(path, _)| module(directory, path))
            .filter(|name| !is_root(name))
            .collect();
        let mut graph = BTreeMap::new();
        for (path, text) in &sources {
            let this = module(directory, path);
            if is_root(&this) {
                continue;
            }
            let is_directory = path.ends_with("mod.rs");
            let mut imported = BTreeSet::new();
            for statement in statements(text) {
                if is_directory && statement.starts_with("pub") {
                    continue;
                }
                let mut targets = targets(&statement, &this, is_directory);
                targets.extend(children(&statement, &this, &names));
                imported.extend(targets.iter().filter_map(|target| resolve(target, &names)));
            }
            imported.remove(&this);
            graph.insert(this, imported);
        }
        Self(graph)
    }

    /// The same by folder. A module beside folders counts as a folder of its own.
    pub(crate) fn of_folders(&self) -> Self {
        let folder = |module: &str| -> String {
            let inside = format!("{module}::");
            let has_files = self.0.keys().any(|other| other.starts_with(&inside));
            match module.rsplit_once("::") {
                Some((parent, _)) if !has_files => parent.to_owned(),
                _ => module.to_owned(),
            }
        };
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (module, imported) in &self.0 {
            let this = folder(module);
            let others = imported
                .iter()
                .map(|name| folder(name))
                .filter(|name| *name != this);
            let others: BTreeSet<String> = others.collect();
            folders.entry(this).or_default().extend(others);
        }
        Self(folders)
    }

    /// The sets of those that import each other, by whatever way.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<String>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .0
            .keys()
            .map(|name| (name.as_str(), self.reached_from(name)))
            .collect();
        let mut circles = Vec::new();
        for (name, reaches) in &reached {
            let back = |other: &&&str| reached.get(**other).is_some_and(|all| all.contains(name));
            let circle: BTreeSet<String> = reaches
                .iter()
                .filter(back)
                .map(|other| (*other).to_owned())
                .collect();
            if circle.len() > 1 && !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        circles
    }

    fn reached_from(&self, start: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.imports_of(start).collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(self.imports_of(name));
            }
        }
        reached
    }

    fn imports_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// By how far each is from those that import nothing of ours; those of a circle stand together,
    /// in braces.
    pub(crate) fn levels(&self) -> Vec<Vec<String>> {
        let circles = self.circles();
        let together = |name: &str| -> String {
            match circles.iter().find(|circle| circle.contains(name)) {
                Some(circle) => {
                    let names: Vec<&str> = circle.iter().map(String::as_str).collect();
                    format!("{{{}}}", names.join("  "))
                }
                None => name.to_owned(),
            }
        };
        let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, imported) in &self.0 {
            let this = together(name);
            let others: BTreeSet<String> = imported
                .iter()
                .map(|name| together(name))
                .filter(|name| *name != this)
                .collect();
            open.entry(this).or_default().extend(others);
        }
        let mut levels = Vec::new();
        while !open.is_empty() {
            let is_ready =
                |imported: &BTreeSet<String>| imported.iter().all(|name| !open.contains_key(name));
            let ready: Vec<String> = open
                .iter()
                .filter(|(_, imported)| is_ready(imported))
                .map(|(name, _)| name.clone())
                .collect();
            open.retain(|name, _| !ready.contains(name));
            levels.push(ready);
        }
        levels
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`.
fn module(directory: &str, path: &Path) -> String {
    let path = path
        .strip_prefix(directory)
        .expect("a source")
        .with_extension("");
    let mut names: Vec<&str> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    if names.last() == Some(&"mod") {
        names.pop();
    }
    names.join("::")
}

/// Lines of code, with each `use` in one piece. Tests may import what they like.
fn statements(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut statements = Vec::new();
    let mut open = String::new();
    for line in code
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
    {
        open.push_str(line);
        if !open.contains("use ") || open.contains(';') {
            statements.push(std::mem::take(&mut open));
        }
    }
    statements
}

/// The module paths that a statement names.
fn targets(statement: &str, this: &str, is_directory: bool) -> Vec<String> {
    let parent = match this.rsplit_once("::") {
        _ if is_directory => this,
        Some((parent, _)) => parent,
        None => "",
    };
    let mut targets = Vec::new();
    for (prefix, base) in [("crate::", ""), ("super::", parent)] {
        for (at, _) in statement.match_indices(prefix) {
            let rest = &statement[at + prefix.len()..];
            for path in expand(rest) {
                targets.push(if base.is_empty() {
                    path
                } else {
                    format!("{base}::{path}")
                });
            }
        }
    }
    targets
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(text: &str) -> Vec<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let head = text[..end].to_owned();
    let Some(inner) = text[end..]
        .strip_prefix('{')
        .and_then(|rest| rest.split('}').next())
    else {
        return vec![head];
    };
    inner
        .split(',')
        .map(|part| format!("{head}{}", part.trim()))
        .collect()
}

/// The modules below `this` that a statement of it names without a prefix.
fn children(statement: &str, this: &str, names: &BTreeSet<String>) -> Vec<String> {
    let inside = format!("{this}::");
    let below = names.iter().filter_map(|name| name.strip_prefix(&inside));
    let below = below.filter(|name| !name.contains("::"));
    let is_named = |name: &&str| {
        statement
            .match_indices(&format!("{name}::"))
            .any(|(at, _)| {
                !statement[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
            })
    };
    below
        .filter(is_named)
        .map(|name| format!("{inside}{name}"))
        .collect()
}

/// The module that has what the path names: the longest module path in it.
fn resolve(path: &str, names: &BTreeSet<String>) -> Option<String> {
    let mut path = path.trim_end_matches(':');
    while !names.contains(path) {
        (path, _) = path.rsplit_once("::")?;
    }
    Some(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(arrows: &[(&str, &[&str])]) -> Graph {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Graph(
            arrows
                .iter()
                .map(|(name, all)| ((*name).to_owned(), owned(all)))
                .collect(),
        )
    }

    #[test]
    fn a_circle_is_found_and_stands_together() {
        let graph = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b", "d"]), ("d", &[])]);
        let circles: Vec<Vec<String>> = graph
            .circles()
            .into_iter()
            .map(|circle| circle.into_iter().collect())
            .collect();
        assert_eq!(circles, [["b", "c"]]);
        assert_eq!(graph.levels(), [["d"], ["{b  c}"], ["a"]]);
    }

    #[test]
    fn folders_have_a_circle_where_their_modules_have_none() {
        let graph = graph(&[
            ("x", &["x::a"]),
            ("x::a", &["y::b"]),
            ("x::c", &[]),
            ("y::b", &["x::c", "z"]),
            ("z", &[]),
        ]);
        assert!(graph.circles().is_empty());
        let folders = graph.of_folders();
        assert_eq!(folders.circles().len(), 1);
        assert_eq!(folders.levels(), [["z"], ["{x  y}"]]);
    }

    #[test]
    fn a_module_that_names_its_own_files_imports_them() {
        let names = ["x", "x::a", "x::b"].map(str::to_owned).into();
        assert_eq!(children("use a::{B, C};", "x", &names), ["x::a"]);
        assert_eq!(children("let a = b::c(1);", "x", &names), ["x::b"]);
        assert!(children("use crate::a::B; mod a;", "x", &names).is_empty());
    }
}
