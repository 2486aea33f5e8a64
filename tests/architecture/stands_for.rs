//! Which safe item stands for which of the server's.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A public item with the names that it is also found under.
struct Item {
    name: String,
    /// What it looks like where it is used.
    used_as: Vec<String>,
    /// A method of this name is one of the standard library's as well: its type must be named, or
    /// the value be called like it.
    of_type: Option<String>,
    aliases: Vec<String>,
}

/// Methods that other types have, too.
const COMMON: &[&str] = &[
    "add",
    "argument",
    "call",
    "check",
    "close",
    "columns",
    "connect",
    "context",
    "fetch",
    "get",
    "hint",
    "kind",
    "launch",
    "len",
    "name",
    "read",
    "receive",
    "remove",
    "reset",
    "send",
    "spawn",
    "status",
    "try_read",
    "try_send",
    "try_write",
    "wait",
    "write",
];

/// The tables, by the directory or file of the source.
pub(crate) fn write(page: &mut String) {
    let (examples, tests) = (sources("examples"), sources("tests"));
    let (mut covered, mut unseen) = (BTreeSet::new(), Vec::new());
    let mut areas: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in sources("src") {
        let inner = path.strip_prefix("src").expect("a source");
        let area = inner.iter().next().expect("a name").to_string_lossy();
        let area = area.trim_end_matches(".rs").to_owned();
        for item in items(&text) {
            let seen = [&examples, &tests].map(|files| first(files, &item));
            let seen: Vec<&str> = seen.into_iter().flatten().collect();
            if seen.is_empty() {
                unseen.push(item.name.clone());
            }
            let names: Vec<String> = item
                .aliases
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            // Writing into a String cannot fail.
            let _ = writeln!(
                areas.entry(area.clone()).or_default(),
                "| {} | `{}` | {} |",
                names.join(", "),
                item.name,
                seen.join(", ")
            );
            covered.extend(item.aliases);
            // Some are called as they are in C.
            covered.insert(item.name);
        }
    }
    assert!(unseen.is_empty(), "no example and no test uses {unseen:?}");
    for (area, rows) in areas {
        let _ = write!(
            page,
            "\n## {area}\n\n| in C | here | seen in |\n|---|---|---|\n{rows}"
        );
    }
    page.push_str("\n## Left out, with a reason\n\n| in C | why |\n|---|---|\n");
    let left_out = left_out();
    for (name, reason) in &left_out {
        assert!(
            !covered.contains(name),
            "{name} has a safe item now: docs/left-out.tsv is stale"
        );
        let _ = writeln!(page, "| `{name}` | {reason} |");
    }
    let neither =
        |name: &String| !covered.contains(name.as_str()) && !left_out.contains_key(name.as_str());
    let gaps: Vec<String> = of_bgworker_h().into_iter().filter(neither).collect();
    assert!(
        gaps.is_empty(),
        "these of bgworker.h have neither a safe item (doc alias) nor a line in docs/left-out.tsv: {gaps:?}"
    );
}

/// The public items of a file that have aliases. A line says what it is: the sources are formatted.
fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut container = String::new();
    let mut aliases = Vec::new();
    for line in text.lines() {
        let code = line.trim_start();
        if let Some(alias) = code.strip_prefix("#[doc(alias = \"") {
            aliases.extend(alias.split('"').next().map(str::to_owned));
            continue;
        }
        if code.starts_with("//") || code.starts_with("#[") {
            continue;
        }
        let outermost = line == code;
        if outermost && (code.starts_with("impl") || code.starts_with("unsafe impl")) {
            container = implemented(code);
        }
        // A macro's own name says nothing.
        let Some((kind, name)) = declared(code).filter(|(_, name)| !name.is_empty()) else {
            if code.is_empty() || code.ends_with('}') {
                aliases.clear();
            }
            continue;
        };
        if outermost && kind != "fn" {
            container = name.to_owned();
        }
        if !aliases.is_empty() {
            let full = match outermost {
                true => name.to_owned(),
                false => format!("{container}::{name}"),
            };
            let mut of_type = None;
            let used_as = match kind {
                "fn" if outermost => vec![format!("{name}("), format!("{name}::<")],
                "fn" => {
                    of_type = COMMON.contains(&name).then(|| container.clone());
                    [".", "::"]
                        .into_iter()
                        .flat_map(|dot| [format!("{dot}{name}("), format!("{dot}{name}::<")])
                        .collect()
                }
                "macro_rules!" => vec![format!("{name}!")],
                "variant" | "const" => vec![full.clone()],
                // A type need not be named by those who use it.
                _ => vec![name.to_owned(), format!(".{}(", name.to_lowercase())],
            };
            let aliases = std::mem::take(&mut aliases);
            match items.iter_mut().find(|item| item.name == full) {
                // Another implementation of the same.
                Some(item) => item.aliases.extend(
                    aliases
                        .into_iter()
                        .filter(|name| !item.aliases.contains(name))
                        .collect::<Vec<_>>(),
                ),
                None => items.push(Item {
                    name: full,
                    used_as,
                    of_type,
                    aliases,
                }),
            }
        }
    }
    items
}

/// `impl<T> Trait for Type<T> {` is about `Type`.
fn implemented(code: &str) -> String {
    let mut depth = 0;
    let plain: String = code
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '<');
            let keep = depth == 0;
            depth -= i32::from(*c == '>');
            keep
        })
        .collect();
    let plain = plain
        .split(['{', ','])
        .next()
        .unwrap_or_default()
        .trim_start_matches("unsafe ");
    let plain = plain.split(" for ").last().unwrap_or_default();
    plain
        .trim_start_matches("impl")
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The kind and the name of what a line declares for everybody: an item, or a variant of an enum.
fn declared(code: &str) -> Option<(&str, &str)> {
    let word = |text: &str| {
        text.find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(text.len())
    };
    if let Some(rest) = code.strip_prefix("macro_rules! ") {
        return Some(("macro_rules!", &rest[..word(rest)]));
    }
    if let Some(mut rest) = code.strip_prefix("pub ") {
        for qualifier in ["const ", "unsafe "] {
            let after = rest.strip_prefix(qualifier).filter(|after| {
                qualifier != "const " || after.starts_with("fn ") || after.starts_with("unsafe ")
            });
            rest = after.unwrap_or(rest);
        }
        let (kind, rest) = rest.split_once(' ')?;
        return matches!(
            kind,
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union"
        )
        .then(|| (kind, &rest[..word(rest)]));
    }
    let end = word(code);
    let variant = end > 0
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && matches!(&code[end..], "," | "(" | " {")
        || code[end..].starts_with('(') && code.ends_with("),");
    variant.then(|| ("variant", &code[..end]))
}

/// The first file that uses it: a library's, or a case of one.
fn first<'f>(files: &'f [(std::path::PathBuf, String)], item: &Item) -> Option<&'f str> {
    let uses = |text: &str| {
        let used = item.used_as.iter().any(|used| has_word(text, used));
        let right = item.of_type.as_ref().is_none_or(|owner| {
            let value = owner.to_lowercase();
            let method = item.used_as[0].as_str();
            has_word(text, owner) || text.contains(&format!("{value}{method}"))
        });
        used && right
    };
    let mut candidates: Vec<_> = files
        .iter()
        .filter(|(path, text)| {
            !path.starts_with("tests/architecture") && text.contains("postgres_bgworker::")
        })
        .collect();
    // What only has to compile, or not, and what tries to break it, comes last.
    let last = ["tests/ui", "tests/fixtures/attacks", "tests/generator"];
    candidates.sort_by_key(|(path, _)| last.iter().any(|directory| path.starts_with(directory)));
    candidates
        .into_iter()
        .find(|(_, text)| uses(text))?
        .0
        .to_str()
}

/// Whether this stands there, and not as a part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        let starts = word.starts_with(['.', ':']) || !part(before.chars().next_back());
        let ends = word.ends_with(['(', '<', '!']) || !part(after.chars().next());
        starts && ends
    })
}

fn read(file: &str) -> String {
    let file = support::workspace().join(file);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn left_out() -> BTreeMap<String, String> {
    let text = read("docs/left-out.tsv");
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .collect()
}

fn of_bgworker_h() -> Vec<String> {
    let text = read("postgres-bgworker-sys/pregenerated/items.tsv");
    let of_it = |line: &&str| {
        line.split('\t')
            .nth(2)
            .is_some_and(|header| header.starts_with("postmaster/bgworker.h"))
    };
    text.lines()
        .filter(of_it)
        .filter_map(|line| Some(line.split('\t').next()?.to_owned()))
        .collect()
}
