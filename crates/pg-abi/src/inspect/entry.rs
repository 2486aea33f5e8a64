//! The functions that a server looks up by name.

use super::problem::Problem;
use crate::binary::{Binary, Kind};
use crate::fingerprint::NOTE_WORKER;
use serde::Serialize;

/// The evidence that a function is an entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// A note in the library: `worker_main!` wrote it.
    Note,
    /// The user specified it with `--function`.
    Asked,
    /// A guess: the library registers workers, and its data contains the name of this exported
    /// function. (Functions that report errors are also named there.)
    Named,
}

/// A function that a server looks up by name, or might.
#[derive(Clone, Debug, Serialize)]
pub struct EntryPoint {
    /// `bgw_function_name`
    pub name: String,
    /// The evidence.
    pub told: Told,
    /// Whether the server can find it.
    pub found: bool,
}

/// The first evidence wins.
pub(super) fn points(library: &Binary, asked: &[String]) -> Vec<EntryPoint> {
    let notes = library.notes.iter().filter(|note| note.kind == NOTE_WORKER);
    let all = notes
        .map(|note| (note.text.clone(), Told::Note))
        .chain(asked.iter().map(|name| (name.clone(), Told::Asked)))
        .chain(library.named.iter().map(|name| (name.clone(), Told::Named)));
    let mut points: Vec<EntryPoint> = Vec::new();
    for (name, told) in all {
        if points.iter().all(|point| point.name != name) {
            let found = library.has_function(&name);
            points.push(EntryPoint { name, told, found });
        }
    }
    points
}

pub(super) fn problems(library: &Binary, points: &[EntryPoint]) -> Vec<Problem> {
    let absent = points.iter().filter(|point| !point.found);
    absent.map(|point| problem(library, &point.name)).collect()
}

fn problem(library: &Binary, name: &str) -> Problem {
    if let Some(export) = library.exports.get(name) {
        return Problem::broken(
            "entry-not-a-function",
            format!(
                "entry point {name} is exported as a {}",
                export.kind.describe()
            ),
            "the server would jump into it; specify a function",
        );
    }
    if library.hidden.contains(name) {
        return Problem::broken(
            "entry-hidden",
            format!("entry point {name} exists, but is hidden"),
            "give it default visibility: PGDLLEXPORT in C (-fvisibility=hidden is the default since 16), #[unsafe(no_mangle)] pub extern in Rust",
        );
    }
    let mut help =
        "the server looks it up by name; check for a static function, a misspelled name, or removal by the linker".to_owned();
    if let Some(similar) = similar(library, name) {
        help = format!("did you mean {similar}?");
    }
    Problem::broken(
        "entry-missing",
        format!("entry point {name} is not exported"),
        help,
    )
}

/// Returns an exported function whose name differs only in case or in one letter at the end.
fn similar<'a>(library: &'a Binary, name: &str) -> Option<&'a str> {
    let functions = library
        .exports
        .iter()
        .filter(|(_, export)| export.kind == Kind::Function);
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    let wanted = plain(name);
    functions
        .map(|(exported, _)| exported.as_str())
        .find(|exported| {
            let exported = plain(exported);
            exported == wanted || exported.starts_with(&wanted) || wanted.starts_with(&exported)
        })
}
