//! The built module: the library and the files of its extension, checked against a server.

use bgworker_cli::build::{Choice, Workspace};
use bgworker_cli::term;
use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, Inspection, Preloading, Severity, inspect, read_server};
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::Path;

/// Refuses a library that no server loads. Other problems are those of `inspect`.
pub(super) fn check(library: &Path) -> Result<()> {
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

/// Returns the library that the options name.
pub(super) fn choose(
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

/// Inspects the library for this server, with the scripts of the extension. Prints doubts.
///
/// # Errors
///
/// The library does not fit the server, or does not have the functions that a script declares.
pub(super) fn inspected(
    library: &Path,
    server: &Server,
    extension: Option<&Extension>,
) -> Result<Inspection> {
    let read = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))
    };
    let scripts = extension.map_or(&[][..], |extension| &extension.scripts);
    let scripts = scripts.iter().map(read).collect::<Result<Vec<String>>>()?;
    let program = read_server(server.program("postgres"))?;
    let found = inspect(
        &Binary::read(library)?,
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
        term::warning(format!("{}\n  = help: {}", doubt.text, doubt.help));
    }
    let broken: Vec<_> = is(Severity::Broken).collect();
    if broken.is_empty() {
        return Ok(found);
    }
    let error = Error::new(format!(
        "{} does not fit PostgreSQL {}",
        library.display(),
        server.version
    ));
    Err(broken.iter().fold(error, |error, problem| {
        error.note(problem.text.clone()).help(problem.help.clone())
    }))
}

/// Checks that the functions of the extension are looked up in the library that is installed.
pub(super) fn check_names(extension: &Extension, library: &str) -> Result<()> {
    let Some(path) = &extension.module_pathname else {
        return Ok(());
    };
    let name = path.strip_prefix("$libdir/").unwrap_or(path);
    if name == library {
        return Ok(());
    }
    Err(Error::new(format!(
        "module_pathname is {path:?}, and the library is installed as {library:?}"
    ))
    .note(format!("control file: {}", extension.control.display()))
    .help(format!("write module_pathname = '$libdir/{library}'")))
}

/// Returns whether the library has main functions of workers.
pub(super) fn has_workers(found: &Inspection) -> bool {
    !found.entry_points.is_empty()
}

/// Returns whether the library must be preloaded, if that is known. Without main functions, it
/// registers no workers.
pub(super) fn preloading(found: &Inspection) -> Option<Preloading> {
    let without_workers = (!has_workers(found)).then_some(Preloading::Unneeded);
    found.preloading.or(without_workers)
}
