//! Checks the libraries that a module brings along.
//!
//! A server loads a module with `RTLD_NOW`. So the loader also resolves every symbol of the
//! libraries that come with the module, and refuses the module if one is missing.

use super::libraries::Libraries;
use super::minors::Minors;
use super::problem::Problem;
use super::resolved::shortened;
use super::versions;
use crate::binary::{Binary, Import};
use std::collections::HashSet;

/// Returns a problem for each library that lacks symbols, or versions of other libraries.
pub(super) fn problems(
    module: &Binary,
    server: &Binary,
    libraries: &Libraries,
    minors: &Minors,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, library) in libraries.added() {
        problems.extend(versions::lacking(name, library, libraries));
    }
    // What is not here may have any symbol.
    if !libraries.are_all_here() {
        return problems;
    }
    let files = libraries.here().map(|(_, library)| library);
    let names: HashSet<&str> = [module, server]
        .into_iter()
        .chain(files)
        .flat_map(|binary| binary.exports.keys().map(String::as_str))
        .collect();
    let is_missing = |import: &&Import| {
        let is_provided = match &import.provider {
            _ if import.weak || !names.contains(import.name.as_str()) => import.weak,
            // A version that a library does not have is reported as such.
            Some(provider) => {
                module.defines(&import.name, &provider.version)
                    || versions::is_provided(import, server, libraries)
            }
            None => true,
        };
        !is_provided
    };
    for (name, library) in libraries.added() {
        let missing: Vec<&str> = library
            .imports
            .iter()
            .filter(is_missing)
            .map(|import| import.name.as_str())
            .collect();
        if !missing.is_empty() {
            problems.push(Problem::broken(
                "missing-symbol",
                format!(
                    "it needs {name}, for which nothing provides: {}",
                    shortened(&minors.describe(&missing))
                ),
                "the loader resolves the symbols of all libraries; check the version of this one, and the libraries that it was linked with",
            ));
        }
    }
    problems
}
