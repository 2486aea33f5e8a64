//! The page of the book.

use crate::table;
use std::fs;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/mistakes.md");

const HEAD: &str = "# Mistakes and what they say

The messages that a new user sees, with the mistake behind each one and what to do. To find a message, search this page for a part
of it. `…` stands in place of a path, a number or another text that varies. [Messages](messages.md) lists all messages of the library.

`BLESS=1 cargo test --package cargo-bgworker --test mistakes` writes this page. The test makes each mistake, and compares what is
said.
";

/// Compares the page with the table, or writes it.
pub(crate) fn check() -> Result<(), String> {
    let text = page();
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        return fs::write(PATH, text).map_err(|error| error.to_string());
    }
    match fs::read_to_string(PATH).is_ok_and(|old| old == text) {
        true => Ok(()),
        false => Err(format!(
            "{PATH} is not up to date: BLESS=1 cargo test --package cargo-bgworker --test mistakes"
        )),
    }
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    for (title, mistakes) in table::CHAPTERS {
        text +=
            &format!("\n## {title}\n\n| mistake | what is said | what to do |\n|---|---|---|\n");
        for mistake in *mistakes {
            text += &format!(
                "| {} | {} | {} |\n",
                cell(mistake.what),
                said(mistake.says),
                cell(mistake.remedy)
            );
        }
    }
    text
}

/// Lines of a message, each one in a cell as code.
fn said(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(code).collect();
    lines.join("<br>")
}

fn code(line: &str) -> String {
    let line = line.trim().replace('|', "\\|");
    match line.contains('`') {
        true => format!("`` {line} ``"),
        false => format!("`{line}`"),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
