//! Committed bindings are believed only after the C compiler has agreed: each has a C file that states
//! every size, offset, alignment and constant, and declares every function and global once more. The
//! compiler reads it after the server's headers; whatever differs is an error that names the item.

use crate::bindings::Bindings;
use crate::headers::Headers;
use crate::report::{Report, Result};
use std::process::Command;

/// Stop the build unless these headers say what the committed bindings say.
pub fn verify(headers: &Headers, bindings: &Bindings) -> Result<()> {
    let contract = bindings.committed.with_extension("c");
    if !contract.is_file() {
        return Err(Report::new(format!(
            "the contract {} is missing",
            contract.display()
        )));
    }
    let compiler = headers.cc().try_get_compiler().map_err(|error| {
        Report::new("no C compiler was found")
            .note(error.to_string())
            .help("Debian: apt install gcc libc6-dev; the variable CC names another one")
    })?;
    let mut command: Command = compiler.to_command();
    let output = command
        .args(["-fsyntax-only", "-w"])
        .arg(&contract)
        .output()
        .map_err(|error| Report::new(format!("the C compiler cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(text
        .lines()
        .filter(|line| line.contains("error:") || line.contains("note: previous"))
        .take(20)
        .fold(
            Report::new(format!(
                "these headers of PostgreSQL {} differ from the committed bindings",
                headers.major
            ))
            .note(format!("headers: {}", headers.includedir_server.display())),
            |report, line| report.note(line.trim()),
        )
        .help(
            "install libclang and enable the feature `bindgen`: then the headers at hand are read",
        )
        .help("if these headers are a released server's, please report the lines above"))
}
