//! The report as Markdown, for a pull request. Contains only changes.

use super::history::{Change, Group, History, Layout};
use super::majors::majors;
use super::symbols::{Light, Symbol, symbols};
use std::fmt::Write;

/// Returns the changes from major to major, and the table of symbols that differ between majors.
pub fn report(history: &History) -> String {
    let mut text = format!(
        "### PostgreSQL {} as a background worker sees it\n\n",
        majors(&history.majors())
    );
    let changed: Vec<&str> = history
        .types()
        .into_iter()
        .filter(|name| !history.is_stable(name))
        .collect();
    let _ = write!(
        text,
        "{} types, of which {} changed between these majors.\n\n",
        history.types().len(),
        changed.len()
    );
    for name in changed {
        text.push_str(&type_changes(history, name));
    }
    let unstable: Vec<Symbol> = symbols(history)
        .into_iter()
        .filter(|symbol| !symbol.is_stable())
        .collect();
    let _ = write!(
        text,
        "\n<details><summary>{} functions and variables that differ between majors</summary>\n\n",
        unstable.len()
    );
    text.push_str(&lights(history, &unstable));
    text.push_str("\n● present, + new, ▲ prototype changed, – absent, ? unknown\n\n</details>\n");
    text
}

fn type_changes(history: &History, of: &str) -> String {
    let groups = history.groups(of);
    let known: Vec<&Group<'_>> = groups.iter().filter(|g| g.layout.is_some()).collect();
    let mut text = String::new();
    for pair in known.windows(2) {
        let (Some(before), Some(after)) = (&pair[0].layout, &pair[1].layout) else {
            continue;
        };
        let changes = changes(after, before);
        let first = pair[1].majors.first().copied().unwrap_or_default();
        let _ = writeln!(text, "* `{of}` in {first}: {}", changes.join("; "));
    }
    text
}

/// Returns the changes of a type, one sentence each.
pub(super) fn changes(after: &Layout, before: &Layout) -> Vec<String> {
    let mut lines = Vec::new();
    if after.size != before.size {
        lines.push(format!("size {} → {}", before.size, after.size));
    }
    let mut moved = Vec::new();
    for piece in &after.pieces {
        let Some(name) = &piece.name else {
            continue;
        };
        let old = before.pieces.iter().find(|old| old.name == piece.name);
        match (after.change(piece, Some(before)), old) {
            (Change::Added, _) => {
                lines.push(format!("{name} is new, at {} ({})", piece.offset, piece.ty));
            }
            (Change::Retyped, Some(old)) if old.ty == piece.ty => {
                lines.push(format!("{name}: {} → {} bytes", old.size, piece.size));
            }
            (Change::Retyped, Some(old)) => {
                lines.push(format!("{name}: {} → {}", old.ty, piece.ty));
            }
            (Change::Moved, Some(old)) => {
                moved.push(format!("{name} {} → {}", old.offset, piece.offset));
            }
            _ => {}
        }
    }
    const SHOWN: usize = 4;
    if !moved.is_empty() {
        let more = match moved.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        moved.truncate(SHOWN);
        lines.push(format!("moved: {}{more}", moved.join(", ")));
    }
    let removed = after.removed(before);
    if !removed.is_empty() {
        lines.push(format!("gone: {}", removed.join(", ")));
    }
    lines
}

fn lights(history: &History, symbols: &[Symbol]) -> String {
    let head = history.majors().join(" | ");
    let rule = "|:-:".repeat(history.majors().len());
    let mut text = format!("| | {head} |\n|---{rule}|\n");
    for symbol in symbols {
        let signs: Vec<&str> = symbol.lights.iter().map(|light| light.sign()).collect();
        let _ = writeln!(text, "| `{}` | {} |", symbol.name, signs.join(" | "));
    }
    text
}

/// Returns each prototype with the majors that have it.
pub(super) fn spellings(history: &History, symbol: &Symbol) -> Vec<(String, String)> {
    let mut ranges: Vec<(Vec<&str>, &str)> = Vec::new();
    for ((major, spelling), light) in history
        .majors()
        .into_iter()
        .zip(&symbol.spellings)
        .zip(&symbol.lights)
    {
        match (spelling, ranges.last_mut()) {
            (Some(_), Some((majors, _))) if *light == Light::Same => majors.push(major),
            (Some(spelling), _) => ranges.push((vec![major], spelling)),
            (None, _) => {}
        }
    }
    let ranges = ranges.into_iter();
    ranges
        .map(|(all, spelling)| (majors(&all), spelling.to_owned()))
        .collect()
}
