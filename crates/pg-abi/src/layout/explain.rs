//! Prints one type as text.

use super::history::{Change, Group, History, Layout};
use super::majors::majors;
use crate::facts::Use;
use pg_scratch::{Error, Result};

/// Returns the layout of a type in every major, side by side where it differs: offsets in bytes,
/// with holes.
///
/// `mark` highlights changes since the previous column: it takes a cell and its change.
///
/// # Errors
/// Returns an error if no major has the type.
pub fn explain(
    history: &History,
    of: &str,
    mark: impl Fn(&str, Change) -> String,
) -> Result<String> {
    let groups = history.groups(of);
    let known: Vec<&Group<'_>> = groups.iter().filter(|g| g.layout.is_some()).collect();
    let Some(newest) = known.last().and_then(|group| group.layout.as_ref()) else {
        return Err(unknown(history, of));
    };
    let mut text = format!("{of}: {}\n", used(newest.used));
    let has = |major: &&str| known.iter().any(|group| group.majors.contains(major));
    let mut absent = history.majors();
    absent.retain(|major| !has(major));
    if !absent.is_empty() {
        text.push_str(&format!("unknown in PostgreSQL {}\n", majors(&absent)));
    }
    text.push('\n');
    text.push_str(&table(&known, &mark));
    for pair in known.windows(2) {
        if let Some(line) = removed(pair[0], pair[1]) {
            text.push_str(&line);
        }
    }
    Ok(text)
}

fn used(used: Use) -> &'static str {
    match used {
        Use::Allocated => "workers allocate it, so its size and all offsets are compiled in",
        Use::Embedded => "part of other types, so its size and all offsets are compiled in",
        Use::Pointed => {
            "allocated by the server; workers hold pointers to it, so it may grow at its end"
        }
    }
}

fn unknown(history: &History, of: &str) -> Error {
    let wanted = of.to_lowercase();
    let similar: Vec<&str> = history
        .types()
        .into_iter()
        .filter(|name| name.to_lowercase().contains(&wanted))
        .take(8)
        .collect();
    let error = Error::new(format!("type {of:?} is not known with its fields"))
        .note(format!("searched PostgreSQL {}", majors(&history.majors())));
    if similar.is_empty() {
        error.help("use the C name of a struct, for example BackgroundWorker or TupleDescData")
    } else {
        error.help(format!("did you mean: {}", similar.join(", ")))
    }
}

/// Returns a row per field and hole, in the order of the newest column; older fields keep their
/// relative position.
fn table(groups: &[&Group<'_>], mark: &impl Fn(&str, Change) -> String) -> String {
    let mut rows: Vec<Vec<(String, Change)>> = Vec::new();
    let layouts: Vec<&Layout> = groups.iter().filter_map(|g| g.layout.as_ref()).collect();
    for name in names(&layouts) {
        let mut row = vec![(name.clone(), Change::Same)];
        let mut ty = String::new();
        for (index, layout) in layouts.iter().enumerate() {
            let before = index.checked_sub(1).map(|i| layouts[i]);
            let mut keys = keys(layout).into_iter().zip(&layout.pieces);
            let piece = keys.find(|(key, _)| *key == name).map(|(_, piece)| piece);
            row.push(piece.map_or((String::new(), Change::Same), |piece| {
                ty.clone_from(&piece.ty);
                let cell = format!("{}+{}", piece.offset, piece.size);
                (cell, layout.change(piece, before))
            }));
        }
        row.push((ty, Change::Same));
        rows.push(row);
    }
    let total = |name: &str, of: fn(&Layout) -> u64| {
        let cells = layouts.iter().map(|l| (of(l).to_string(), Change::Same));
        std::iter::once((name.to_owned(), Change::Same))
            .chain(cells)
            .collect()
    };
    rows.push(total("size", |l| l.size));
    rows.push(total("alignment", |l| l.align));
    let head = groups.iter().map(|group| majors(&group.majors));
    let head = std::iter::once("offset+size".to_owned()).chain(head);
    let head: Vec<_> = head.map(|cell| (cell, Change::Same)).collect();
    aligned(&[vec![head], rows].concat(), mark)
}

/// Returns the row labels of a layout: a field's name, or the hole after a field.
fn keys(layout: &Layout) -> Vec<String> {
    let mut before = "the start";
    let mut keys = Vec::new();
    for piece in &layout.pieces {
        match &piece.name {
            Some(name) => {
                before = name;
                keys.push(name.clone());
            }
            None => keys.push(format!("(hole after {before})")),
        }
    }
    keys
}

/// Merges the rows of all layouts: each keeps its order, and the newest comes first.
fn names(layouts: &[&Layout]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for layout in layouts.iter().rev() {
        let mut at = 0;
        for name in keys(layout) {
            match names.iter().position(|known| *known == name) {
                Some(index) => at = index + 1,
                None => {
                    names.insert(at, name);
                    at += 1;
                }
            }
        }
    }
    names
}

fn aligned(rows: &[Vec<(String, Change)>], mark: &impl Fn(&str, Change) -> String) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|(cell, _)| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, change), width) in row.iter().zip(&widths) {
            let padding = " ".repeat(width - cell.chars().count());
            line.push_str(&mark(cell, *change));
            line.push_str(&padding);
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn removed(before: &Group<'_>, after: &Group<'_>) -> Option<String> {
    let names = after.layout.as_ref()?.removed(before.layout.as_ref()?);
    let majors = majors(&after.majors);
    (!names.is_empty()).then(|| format!("gone in {majors}: {}\n", names.join(", ")))
}
