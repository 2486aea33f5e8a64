//! Verifies committed bindings with the C compiler: each has a C file that asserts every size,
//! offset, alignment and constant, and declares every function and global again. The compiler reads
//! it after the server's headers. A difference is an error that names the item.

use crate::difference;
use crate::headers::Headers;
use crate::report::{Report, Result};
use std::path::Path;

/// The maximum number of compiler messages shown. An inserted field moves all fields that follow
/// it.
const MOST: usize = 20;

/// Stops the build unless these headers match the committed bindings.
///
/// `command` writes the contract.
pub fn verify(headers: &Headers, contract: &Path, command: &str) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(contract) else {
        return Err(Report::new(format!(
            "the contract {} is missing",
            contract.display()
        ))
        .help(format!("the sources of this crate are incomplete; download them again, or in a checkout run {command}"))
        .help("install libclang and enable the feature `bindgen`, which needs no committed file"));
    };
    let Some(mut errors) = errors(headers, contract)? else {
        return Ok(());
    };
    difference::explain(headers, &text, &mut errors);
    Err(errors
        .iter()
        .fold(
            Report::new(format!(
                "these headers of PostgreSQL {} differ from the committed bindings",
                headers.major
            ))
            .note(format!("headers: {}", headers.includedir_server.display())),
            |report, line| report.note(line),
        )
        .help(
            "install libclang and enable the feature `bindgen`: then the headers at hand are read",
        )
        .help("if these headers belong to a released server, report the lines above"))
}

/// Returns the C compiler's errors for a file with this server's headers, or `None` if it compiles.
pub fn errors(headers: &Headers, source: &Path) -> Result<Option<Vec<String>>> {
    let another = "Debian: apt install gcc libc6-dev; the variable CC names another compiler";
    let compiler = headers.cc().try_get_compiler().map_err(|error| {
        Report::new("no C compiler was found")
            .note(error.to_string())
            .help(another)
    })?;
    let output = compiler
        .to_command()
        .args(["-fsyntax-only", "-w"])
        .arg(source)
        .output()
        .map_err(|error| {
            Report::new(format!("cannot run the C compiler: {error}"))
                .note(format!("compiler: {}", compiler.path().display()))
                .help(another)
        })?;
    if output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let mut errors: Vec<String> = text
        .lines()
        .filter(|line| line.contains("error:") || line.contains("note: previous"))
        .map(|line| line.trim().to_string())
        .collect();
    let more = errors.len().saturating_sub(MOST);
    if more > 0 {
        errors.truncate(MOST);
        errors.push(format!("and {more} lines more"));
    }
    Ok(Some(errors))
}
