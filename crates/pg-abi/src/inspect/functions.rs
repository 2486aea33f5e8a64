//! The functions that SQL calls: those that a library declares in its notes, and those that the
//! SQL script of an extension declares.

use super::problem::Problem;
use super::script::{self, Declared};
use crate::binary::Binary;
use crate::fingerprint::NOTE_FUNCTION;
use std::collections::BTreeSet;

/// Returns the declarations in the notes of a library, in alphabetical order.
pub fn declarations(library: &Binary) -> Vec<&str> {
    let notes = library.notes.iter();
    let mut declarations: Vec<&str> = notes
        .filter(|note| note.kind == NOTE_FUNCTION)
        .map(|note| note.text.as_str())
        .collect();
    declarations.sort_unstable();
    declarations
}

/// Returns the functions of a script that the library does not have: the line, and what is wrong.
pub fn undefined(library: &Binary, script: &str) -> Vec<(usize, Problem)> {
    let declared = script::functions(script);
    let own = declared.iter().filter(|function| is_of(function, library));
    own.filter_map(|function| Some((function.line, problem(library, function)?)))
        .collect()
}

/// Compares the script of an extension with its library.
pub(super) fn problems(library: &Binary, script: &str) -> Vec<Problem> {
    let declared = script::functions(script);
    let mut problems: Vec<Problem> = undefined(library, script)
        .into_iter()
        .map(|(_, problem)| problem)
        .collect();
    let symbols: BTreeSet<&str> = declared.iter().map(|f| f.symbol.as_str()).collect();
    for text in declarations(library) {
        for function in script::functions(text) {
            if !symbols.contains(function.symbol.as_str()) {
                problems.push(Problem::doubt(
                    "function-undeclared",
                    format!("the script does not declare the function {}", function.name),
                    "add the statement that `inspect --sql` prints, or remove the function from the library",
                ));
            }
        }
    }
    problems
}

/// Returns whether the script takes the function from this library.
fn is_of(function: &Declared, library: &Binary) -> bool {
    // The version of a library can be a part of its name.
    let stem = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        file.split(".so").next().unwrap_or(file).to_owned()
    };
    let file = stem(&library.path.to_string_lossy());
    function.library == "MODULE_PATHNAME"
        || stem(&function.library) == file
        || Some(stem(&function.library)) == file.strip_prefix("lib").map(str::to_owned)
}

fn problem(library: &Binary, function: &Declared) -> Option<Problem> {
    let Declared { name, symbol, .. } = function;
    if !library.has_function(symbol) {
        let help = if library.hidden.contains(symbol) {
            "the library has it, but hides it: PGDLLEXPORT in C, #[unsafe(no_mangle)] pub extern in Rust"
        } else {
            "check the spelling; CREATE FUNCTION fails, or CREATE EXTENSION as a whole"
        };
        return Some(Problem::broken(
            "function-missing",
            format!(
                "the script declares {name} as the symbol {symbol}, which the library does not export"
            ),
            help,
        ));
    }
    let record = format!("pg_finfo_{symbol}");
    // Before 10, functions do not need a record.
    let is_needed = library.magic.iter().all(|magic| magic.version >= 1000);
    (is_needed && !library.has_function(&record)).then(|| {
        Problem::broken(
            "function-without-record",
            format!("the library exports {symbol}, but not {record}"),
            "the server does not call it without: PG_FUNCTION_INFO_V1 in C, sql_function! or pg_function_info_v1! in Rust",
        )
    })
}
