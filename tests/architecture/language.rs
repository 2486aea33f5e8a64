//! The language of comments and pages: words that readers stumble over, and the width of comments.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Words that have a plainer equivalent: the actor, the noun or the parameter that is meant.
const WORDS: &[&str] = &[
    "told to leave",
    "so long",
    "likewise",
    "for people",
    "nobody",
    "somebody",
    "anybody",
    "whoever",
    "for ever",
    "himself",
    "stands for",
    "comes back",
    "lets go of",
    "twin",
    "twins",
];

/// Comments have at most this many columns.
const WIDTH: usize = 100;

/// The directories whose comments are checked, and the pages.
const SOURCES: &[&str] = &[
    "src",
    "examples",
    "postgres-bgworker-sys/src",
    "crates/postgres-bgworker-build/src",
    "postgres-bgworker-sys/build",
    "crates",
    "xtask/src",
];
const PAGES: &[&str] = &[
    "docs/src",
    "README.md",
    "SAFETY.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "RELEASING.md",
];

/// Pages that commands write, and texts that are not the project's.
const GENERATED: &[&str] = &[
    "benchmarks.md",
    "corpus.md",
    "coverage.md",
    "fault-results.md",
    "messages.md",
    "mistakes.md",
    "safe.md",
];

/// Lists each line with a word of the list, and each comment that is too wide.
pub(crate) fn complaints() -> String {
    let root = support::workspace();
    let mut complaints = String::new();
    for directory in SOURCES {
        files(&root.join(directory), "rs", &mut |path, text| {
            for (number, line) in text.lines().enumerate() {
                let line = line.trim_end();
                if line.trim_start().starts_with("//") {
                    check(&mut complaints, root, path, number, line, true);
                }
            }
        });
    }
    for page in PAGES {
        files(&root.join(page), "md", &mut |path, text| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if GENERATED.contains(&&*name) {
                return;
            }
            for (number, line) in text.lines().enumerate() {
                check(&mut complaints, root, path, number, line, false);
            }
        });
    }
    complaints
}

fn files(path: &Path, extension: &str, read: &mut impl FnMut(&Path, &str)) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a directory of the project");
        for entry in entries {
            files(&entry.expect("an entry").path(), extension, read);
        }
    } else if path.extension().is_some_and(|found| found == extension) {
        read(path, &fs::read_to_string(path).expect("a text"));
    }
}

fn check(
    complaints: &mut String,
    root: &Path,
    path: &Path,
    number: usize,
    line: &str,
    is_comment: bool,
) {
    let mut complain = |what: &str| {
        let path = path.strip_prefix(root).unwrap_or(path);
        // Writing into a String cannot fail.
        let _ = writeln!(complaints, "{}:{}: {what}", path.display(), number + 1);
    };
    // Code and quotations are not prose.
    let prose: String = line.split(['`', '"']).step_by(2).collect();
    let words: Vec<String> = prose
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let text = format!(" {} ", words.join(" "));
    for word in WORDS {
        if text.contains(&format!(" {word} ")) {
            complain(&format!("\"{word}\""));
        }
    }
    // A table and a link cannot be wrapped.
    let can_wrap = !['|', '\\'].iter().any(|c| line.contains(*c))
        && !line.contains("](")
        && !line.contains("://");
    if is_comment && can_wrap && line.chars().count() > WIDTH {
        complain("a comment of more than 100 columns");
    }
}
