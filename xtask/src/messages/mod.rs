//! Extracts the messages of the library from its sources.

mod c;
mod message;
mod rust;

use message::Message;
use pg_scratch::{Error, Result};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "# Messages

The messages that the library, its commands and its build scripts write themselves, with the kind of the error or the level of the line in the
log. `{…}` is replaced by a value. Messages of the server, which the library passes on, are not listed.

`cargo xtask messages` writes this page from the sources.
";

/// Returns the page with all messages.
pub(crate) fn page(root: &Path) -> Result<String> {
    let mut page = HEAD.to_owned();
    for (directory, extension) in [
        ("src", "rs"),
        ("postgres-bgworker-sys/shim", "c"),
        ("crates/cargo-bgworker/src", "rs"),
        ("crates/cargo-bgworker-faults/src", "rs"),
        ("crates/bgworker-cli/src", "rs"),
        ("crates/bgworker-run/src", "rs"),
        ("crates/pg-scratch/src", "rs"),
        ("crates/pg-abi/src", "rs"),
        ("crates/postgres-bgworker-build/src", "rs"),
        ("postgres-bgworker-sys/build", "rs"),
    ] {
        let mut files = Vec::new();
        collect(&root.join(directory), extension, &mut files)?;
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file)
                .map_err(|error| Error::new(format!("{}: {error}", file.display())))?;
            let messages = match extension {
                "rs" => rust::messages(&text)
                    .map_err(|error| Error::new(format!("{}: {error}", file.display())))?,
                _ => c::messages(&text),
            };
            let shown = file.strip_prefix(root).unwrap_or(&file);
            section(&mut page, shown, &messages);
        }
    }
    Ok(page)
}

fn collect(directory: &Path, extension: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Error::new(format!("{}: {error}", directory.display()));
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}

fn section(page: &mut String, file: &Path, messages: &[Message]) {
    if messages.is_empty() {
        return;
    }
    // Writing into a String cannot fail.
    let _ = writeln!(page, "\n## `{}`\n", file.display());
    page.push_str("| message | detail and hint | kind |\n|---|---|---|\n");
    for message in messages {
        let more: Vec<String> = (message.detail.iter())
            .map(|text| format!("DETAIL: {}", cell(text)))
            .chain(
                message
                    .hint
                    .iter()
                    .map(|text| format!("HINT: {}", cell(text))),
            )
            .collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            cell(&message.text),
            more.join("<br>"),
            message.kind
        );
    }
}

/// Escapes text for a Markdown table.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '\\' => {
                shown.push('\\');
                shown.push(letter);
            }
            '\n' => shown.push(' '),
            _ => shown.push(letter),
        }
    }
    shown
}
