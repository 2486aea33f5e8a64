//! The functions that a server looks up by name.

use super::mains::{self, similar};
use super::problem::Problem;
use crate::binary::{Binary, Named, is_usual};
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

/// The number of guesses that are shown.
const SHOWN: usize = 8;

/// Returns the entry points, and the number of guesses that are left out. The first evidence wins.
pub(super) fn points(library: &Binary, asked: &[String]) -> (Vec<EntryPoint>, usize) {
    let notes = library.notes.iter().filter(|note| note.kind == NOTE_WORKER);
    let sure = notes
        .map(|note| (&note.text, Told::Note))
        .chain(asked.iter().map(|name| (name, Told::Asked)));
    let mut points: Vec<EntryPoint> = Vec::new();
    let put = |points: &mut Vec<EntryPoint>, name: &String, told| {
        if points.iter().any(|point| point.name == *name) {
            return;
        }
        points.push(EntryPoint {
            name: name.clone(),
            told,
            found: library.has_function(name),
        });
    };
    for (name, told) in sure {
        put(&mut points, name, told);
    }
    // Beside what the library itself says, guesses are only noise.
    let is_told = points.iter().any(|point| point.told == Told::Note);
    let guesses = match is_told {
        true => &[],
        false => library.mains.exported.as_slice(),
    };
    // Of better guesses, the worst ones are not worth a line.
    let is_good = |guess: &&Named| guess.near || is_usual(&guess.name);
    let good = guesses.iter().take_while(is_good).count();
    let shown = if good > 0 { good } else { guesses.len() }.min(SHOWN);
    for guess in &guesses[..shown] {
        put(&mut points, &guess.name, Told::Named);
    }
    (points, guesses.len() - shown)
}

pub(super) fn problems(library: &Binary, points: &[EntryPoint]) -> Vec<Problem> {
    let absent = points.iter().filter(|point| !point.found);
    let mut problems: Vec<Problem> = absent.map(|point| problem(library, &point.name)).collect();
    if points.iter().all(|point| point.told == Told::Named) {
        problems.extend(mains::doubt(library));
    }
    problems
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
