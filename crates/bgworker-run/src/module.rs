//! The built module: the library and the files of its extension, checked against a server.

use bgworker_cli::build::{Choice, Package, Workspace};
use bgworker_cli::term;
use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, Inspection, Preloading, Severity, inspect, read_server, undefined};
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// Refuses a library that no server loads. Other problems are those of `inspect`.
pub fn check(library: &Path) -> Result<()> {
    // Only ELF files can be read.
    let Ok(binary) = Binary::read(library) else {
        return Ok(());
    };
    if !binary.magic.is_empty() {
        return Ok(());
    }
    Err(Error::new("the library has no magic block, so no server loads it")
        .note(format!("library: {}", library.display()))
        .help("write bgworker_module!(init) once in the crate, with the function that registers the workers"))
}

/// Returns what cargo builds for: a target, or the system of this machine.
pub fn built_for() -> String {
    let target = std::env::var("CARGO_BUILD_TARGET");
    target.unwrap_or_else(|_| std::env::consts::OS.to_owned())
}

/// Refuses a library that cannot be inspected, before it is built.
pub fn check_system(built_for: &str) -> Result<()> {
    if !built_for
        .split('-')
        .any(|part| part == "macos" || part == "darwin")
    {
        return Ok(());
    }
    Err(Error::new(
        "a library for macOS cannot be inspected, so it is neither installed nor packaged",
    )
    .note("only ELF files can be read")
    .help("run cargo build --release, and copy the library to pg_config --pkglibdir, without lib in its name")
    .help("copy the files of the extension to the directory extension in pg_config --sharedir"))
}

/// Returns the library that the options name.
pub fn choose(
    workspace: &Workspace,
    example: Option<&str>,
    package: Option<&str>,
) -> Result<Choice> {
    match (example, package) {
        (Some(name), _) => workspace.example(name),
        (None, Some(name)) => workspace.package(name),
        (None, None) => workspace.current(),
    }
}

/// Returns the extension of the library, if it has one.
pub fn extension(choice: &Choice, package: &Package) -> Result<Option<Extension>> {
    let (directory, name) = (package.directory(), choice.name.as_str());
    match choice.is_example() {
        true => Extension::find_of_example(directory, name),
        false => Extension::find_any(directory, name),
    }
}

/// Prints each warning once, although a library is inspected in each package.
#[derive(Debug, Default)]
pub struct Warnings(RefCell<BTreeSet<String>>);

impl Warnings {
    fn tell(&self, text: String) {
        if !self.0.borrow().contains(&text) {
            term::warning(&text);
            self.0.borrow_mut().insert(text);
        }
    }
}

/// The problems that [`undefined_in`] finds with their lines.
const OF_SCRIPTS: [&str; 2] = ["function-missing", "function-without-record"];

/// Inspects the library for this server, with the scripts of the extension. Prints doubts.
///
/// # Errors
///
/// The library does not fit the server, or does not have the functions that a script declares.
pub fn inspected(
    library: &Path,
    server: &Server,
    extension: Option<&Extension>,
    warnings: &Warnings,
) -> Result<Inspection> {
    let scripts = extension.iter().flat_map(|extension| extension.sql());
    let scripts = scripts.map(read).collect::<Result<Vec<String>>>()?;
    let program = read_server(server.program("postgres"))?;
    let binary = Binary::read(library)?;
    let found = inspect(
        &binary,
        &Against {
            server: Some(&program),
            scripts: &scripts,
            ..Against::default()
        },
    );
    let is = |severity| {
        found
            .problems
            .iter()
            .filter(move |one| one.severity == severity)
    };
    for doubt in is(Severity::Doubt) {
        warnings.tell(format!("{}\n  = help: {}", doubt.text, doubt.help));
    }
    let mut broken: Vec<(String, String)> = is(Severity::Broken)
        .filter(|problem| !OF_SCRIPTS.contains(&problem.code))
        .map(|problem| (problem.text.clone(), problem.help.clone()))
        .collect();
    if let Some(extension) = extension {
        broken.extend(undefined_in(&binary, extension, server, warnings)?);
    }
    if broken.is_empty() {
        return Ok(found);
    }
    let error = Error::new(format!(
        "{} does not fit PostgreSQL {}",
        library.display(),
        server.version
    ));
    Err(told(error, &broken))
}

/// Returns what no server accepts of an extension, before anything is built.
pub fn check_extension(extension: &Extension, library: &str, server: &Server) -> Result<()> {
    extension.check(server.version.num)?;
    extension.check_library(library, &server.library_file(library))
}

/// Checks that the library has the functions that the scripts declare.
pub fn check_scripts(library: &Path, extension: &Extension, server: &Server) -> Result<()> {
    // Only ELF files can be read.
    let Ok(binary) = Binary::read(library) else {
        return Ok(());
    };
    let problems = undefined_in(&binary, extension, server, &Warnings::default())?;
    if problems.is_empty() {
        return Ok(());
    }
    let error = Error::new("the library does not have all functions that the scripts declare");
    Err(told(error, &problems))
}

/// Returns each function that the library does not have, of the scripts that CREATE EXTENSION runs,
/// with the file and the line. Those of the other scripts are doubts: a library loses the functions
/// of older versions.
fn undefined_in(
    library: &Binary,
    extension: &Extension,
    server: &Server,
    warnings: &Warnings,
) -> Result<Vec<(String, String)>> {
    let run = extension.run_for(server.version.num);
    let mut found = Vec::new();
    for script in extension.sql() {
        for (line, problem) in undefined(library, &read(script)?) {
            let text = format!("{}:{line}: {}", script.display(), problem.text);
            if run.contains(&script) {
                found.push((text, problem.help));
            } else {
                let note = "CREATE EXTENSION does not run this script for default_version";
                warnings.tell(format!("{text}\n  = {note}"));
            }
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))
}

fn told(error: Error, problems: &[(String, String)]) -> Error {
    problems.iter().fold(error, |error, (text, help)| {
        error.note(text.clone()).help(help.clone())
    })
}

/// Returns whether the library has main functions of workers.
pub fn has_workers(found: &Inspection) -> bool {
    !found.entry_points.is_empty()
}

/// Returns whether the library must be preloaded, if that is known. Without main functions, it
/// registers no workers.
pub fn preloading(found: &Inspection) -> Option<Preloading> {
    let without_workers = (!has_workers(found)).then_some(Preloading::Unneeded);
    found.preloading.or(without_workers)
}

#[cfg(test)]
mod tests {
    use super::check_system;

    #[test]
    fn libraries_that_cannot_be_read_are_not_built() {
        for system in ["linux", "freebsd", "x86_64-unknown-linux-gnu"] {
            assert!(check_system(system).is_ok(), "{system}");
        }
        for system in ["macos", "aarch64-apple-darwin"] {
            let said = check_system(system).unwrap_err().to_string();
            assert!(said.contains("only ELF files can be read"), "{said}");
        }
    }
}
