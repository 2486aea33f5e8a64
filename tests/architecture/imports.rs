//! Which file imports which.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};

/// Files by how far they are from those that import nothing of ours.
///
/// # Panics
/// Where some import each other in a circle.
pub(crate) fn files() -> Vec<Vec<String>> {
    levels(imports(false))
}

/// The same of the top-level folders of `src/`.
pub(crate) fn folders() -> Vec<Vec<String>> {
    levels(folder_imports())
}

/// The folders that each folder imports.
pub(crate) fn folder_imports() -> BTreeMap<String, BTreeSet<String>> {
    let folder = |file: &str| file.split("::").next().unwrap_or(file).to_owned();
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, imported) in imports(true) {
        let this = folder(&file);
        let others = imported.iter().map(|name| folder(name));
        let others = others.filter(|other| *other != this).collect::<Vec<_>>();
        folders.entry(this).or_default().extend(others);
    }
    folders
}

fn levels(mut open: BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut levels = Vec::new();
    while !open.is_empty() {
        let ready: Vec<String> = open
            .iter()
            .filter(|(_, imported)| imported.iter().all(|name| !open.contains_key(name)))
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            panic!(
                "these import each other in a circle: {:#?}",
                only_circles(open)
            );
        }
        open.retain(|name, _| !ready.contains(name));
        levels.push(ready);
    }
    levels
}

/// Without the files that merely import those of a circle.
fn only_circles(
    mut open: BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let imported: BTreeSet<String> = open.values().flatten().cloned().collect();
        let before = open.len();
        open.retain(|name, _| imported.contains(name));
        if open.len() == before {
            break;
        }
    }
    let names: BTreeSet<String> = open.keys().cloned().collect();
    open.values_mut()
        .for_each(|imported| imported.retain(|name| names.contains(name)));
    open
}

/// Each file as a module path, and what it imports. The root of the crate imports nothing, and what a directory hands on is an import
/// only where that is asked for.
fn imports(handed_on: bool) -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources("src");
    let name = |path: &std::path::Path| {
        let path = path
            .strip_prefix("src")
            .expect("a source")
            .with_extension("");
        let path = path.to_string_lossy().replace('/', "::");
        path.trim_end_matches("::mod").to_owned()
    };
    let names: BTreeSet<String> = sources.iter().map(|(path, _)| name(path)).collect();
    let mut imports = BTreeMap::new();
    for (path, text) in sources
        .iter()
        .filter(|(path, _)| path.as_os_str() != "src/lib.rs")
    {
        let this = name(path);
        let is_directory = path.ends_with("mod.rs");
        let mut imported = BTreeSet::new();
        for statement in statements(text) {
            if !handed_on && is_directory && statement.starts_with("pub") {
                continue;
            }
            for target in targets(&statement, &this, is_directory) {
                imported.extend(resolve(&target, &names).filter(|name| *name != this));
            }
        }
        imports.insert(this, imported);
    }
    imports
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

/// The file that has what the path names: the longest module path in it.
fn resolve(path: &str, names: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let mut path = path.trim_end_matches(':').to_owned();
    let found = loop {
        if names.contains(&path) {
            break Some(path);
        }
        match path.rsplit_once("::") {
            Some((parent, _)) => path = parent.to_owned(),
            None => break None,
        }
    };
    found.into_iter()
}
