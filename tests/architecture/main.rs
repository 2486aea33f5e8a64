//! What the layer stands for and how it is built, read from its sources: every part of the server's
//! interface has a safe item or a reason why not, no two modules or folders import each other, by
//! whatever way, and what is public is what was reviewed. The findings are kept as pages; `BLESS=1`
//! writes them.

mod api;
mod imports;
mod language;
mod sqlstates;
mod stands_for;

use imports::Graph;
use std::fmt::Write;
use std::path::PathBuf;

/// Files of Rust below a directory, sorted, with their text.
fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    let root = support::workspace();
    let mut found = Vec::new();
    let mut open = vec![root.join(directory)];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory of the package") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path.strip_prefix(root).expect("below").to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn page() -> String {
    let mut page = String::from(
        "# C API and Rust API\n\n\
         Each table maps names of the C interface to public items of `postgres-bgworker`. The last column names files that use \
         the item. `BLESS=1 cargo test --test architecture` writes this page from the `doc(alias)` attributes.\n",
    );
    stands_for::write(&mut page);
    page.push_str("\n## Who imports whom\n\nA module imports only from lines above its own; there are no circles.\n");
    levels(&mut page, &Graph::of_modules("src"));
    page.push_str(
        "\n## Folders\n\nThe same by folder, of each crate. Those in braces import each other.\n",
    );
    for directory in crates() {
        // Writing into a String cannot fail.
        let _ = writeln!(page, "\n`{directory}`");
        levels(&mut page, &Graph::of_modules(&directory).of_folders());
    }
    page
}

fn levels(page: &mut String, graph: &Graph) {
    page.push_str("\n```text\n");
    for (level, names) in graph.levels().iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = writeln!(page, "{level:2}  {}", names.join("  "));
    }
    page.push_str("```\n");
}

/// The directories with sources of a crate.
fn crates() -> Vec<String> {
    let members = std::fs::read_dir(support::workspace().join("crates")).expect("a directory");
    let names = members.map(|entry| entry.expect("an entry").file_name());
    let mut crates: Vec<String> = names
        .map(|name| format!("crates/{}/src", name.to_string_lossy()))
        .collect();
    crates.extend(["src", "xtask/src"].map(str::to_owned));
    crates.sort();
    crates
}

#[test]
fn modules_and_folders_import_in_one_direction() {
    let mut wrong = String::new();
    for directory in crates() {
        let modules = Graph::of_modules(&directory);
        let folders = modules.of_folders();
        for (what, graph) in [("modules", modules), ("folders", folders)] {
            for circle in graph.circles() {
                // Writing into a String cannot fail.
                let _ = writeln!(wrong, "{directory}: {what} import each other: {circle:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn safe_item_page_is_current() {
    let file = support::workspace().join("docs/src/safe.md");
    let page = page();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &page).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        page == kept,
        "docs/src/safe.md is not what the sources say: BLESS=1 cargo test --test architecture"
    );
}

/// The hand-written part; the generated one is committed, and `cargo xtask pregenerate --check`
/// compares it.
#[test]
fn api_texts_are_current() {
    let mut changes = String::new();
    for (name, directory) in [
        ("postgres-bgworker", "src"),
        ("postgres-bgworker-sys", "postgres-bgworker-sys/src"),
    ] {
        let file = support::workspace().join(format!("api/{name}.txt"));
        let page = api::page(directory);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &page).expect("it can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        let only_in = |text: &str, other: &str, sign: char| -> String {
            let others: std::collections::BTreeSet<&str> = other.lines().collect();
            let lines = text.lines().filter(|line| !others.contains(line));
            lines.map(|line| format!("{sign} {line}\n")).collect()
        };
        if page != kept {
            let (gone, new) = (only_in(&kept, &page, '-'), only_in(&page, &kept, '+'));
            changes.push_str(&format!("api/{name}.txt:\n{gone}{new}"));
        }
    }
    assert!(
        changes.is_empty(),
        "public items have changed; where that is meant, BLESS=1 cargo test --test architecture, and a line in CHANGELOG.md\n{changes}"
    );
}

/// Code without what a formatter puts in or leaves out.
fn bare(code: &str) -> String {
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && !"{}".contains(*c))
        .collect();
    code.replace(",)", ")")
}

#[test]
fn the_readme_shows_the_whole_heartbeat() {
    let (_, code) = include_str!("../../README.md")
        .split_once("```rust,no_run\n")
        .expect("an example");
    let (shown, _) = code.split_once("```").expect("its end");
    let example = include_str!("../../examples/heartbeat.rs");
    let (_, example) = example.split_once("\n\n").expect("code");
    assert_eq!(bare(shown), bare(example));
}

/// `src/server/process.rs` says why each of the others is not in there.
#[test]
fn the_state_of_the_process_is_in_one_file() {
    let mut found: Vec<(String, String)> = Vec::new();
    for (path, text) in sources("src") {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines() {
            let line = line.trim_start();
            let line = line.strip_prefix("pub ").unwrap_or(line);
            let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
            if let Some((name, _)) = line
                .strip_prefix("static ")
                .and_then(|rest| rest.split_once(':'))
            {
                found.push((path.display().to_string(), name.to_owned()));
            }
        }
    }
    let expected = [
        ("src/logging/queue.rs", "SENDER"),
        ("src/logging/queue.rs", "MAIN"),
        ("src/logging/queue.rs", "RECEIVER"),
        // A symbol of the library that calls the macro.
        ("src/module/mod.rs", "ONCE"),
        // A constant.
        ("src/server/log_line.rs", "NOT_COPIED"),
        ("src/server/panic.rs", "HOOK_STATE"),
        ("src/server/process.rs", "PROCESS"),
        // Constants of the library that calls the macro.
        ("src/server_test/declare.rs", "FUNCTION"),
        ("src/server_test/declare.rs", "INFO"),
        ("src/session/function.rs", "FUNCTION"),
        ("src/session/function.rs", "INFO"),
        ("src/session/trigger.rs", "FUNCTION"),
    ];
    assert_eq!(
        found,
        expected.map(|(path, name)| (path.to_owned(), name.to_owned()))
    );
}

#[test]
fn comments_and_pages_use_plain_words() {
    let complaints = language::complaints();
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn files_are_small() {
    let mut lengths: Vec<usize> = sources("src")
        .iter()
        .map(|(_, text)| text.lines().count())
        .collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(
        median <= 200,
        "half of the files have more than {median} lines"
    );
}
