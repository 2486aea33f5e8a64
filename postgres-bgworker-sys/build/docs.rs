//! Documents the bindings: each item's header, and the majors that have it, from `items.tsv`.

use postgres_bgworker_build::raw::versions;
use std::collections::HashMap;

/// A line of documentation for each item, by kind and name.
#[derive(Debug)]
pub struct Documentation<'a>(HashMap<(&'a str, &'a str), String>);

impl<'a> Documentation<'a> {
    /// From the lines of `items.tsv`, which was made from these majors, oldest first.
    pub fn new(items: &'a str, majors: &[&str]) -> Self {
        let lines = items.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            let mut next = || fields.next();
            let (name, kind, header) = (next()?, next()?, next()?);
            let text = describe(header, next()?, next()?, majors);
            Some(((kind, name), text))
        });
        Self(lines.collect())
    }

    /// Returns the bindings with a line above each known item.
    pub fn add_to(&self, bindings: &str) -> String {
        let mut documented = String::with_capacity(bindings.len() * 3 / 2);
        let mut is_foreign = false;
        for line in bindings.lines() {
            if !line.starts_with(' ') {
                is_foreign = line.starts_with("unsafe extern");
            }
            if let Some(text) = item(line, is_foreign).and_then(|item| self.0.get(&item)) {
                documented.push_str(&format!("#[doc = {text:?}]\n"));
            }
            documented.push_str(line);
            documented.push('\n');
        }
        documented
    }
}

/// Kind and name of the item that a line begins: of the outermost level, or inside `extern { … }`.
fn item(line: &str, is_foreign: bool) -> Option<(&'static str, &str)> {
    const OUTER: [(&str, &str); 4] = [
        ("type", "pub type "),
        ("type", "pub struct "),
        ("type", "pub union "),
        ("constant", "pub const "),
    ];
    const FOREIGN: [(&str, &str); 3] = [
        ("function", "    pub fn "),
        ("global", "    pub static mut "),
        ("global", "    pub static "),
    ];
    let forms: &[_] = if is_foreign { &FOREIGN } else { &OUTER };
    let (kind, rest) = forms
        .iter()
        .find_map(|(kind, form)| Some((*kind, line.strip_prefix(form)?)))?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
    (!name.is_empty()).then_some((kind, name))
}

/// ``Declared in `storage/latch.h`; since 17.``
fn describe(headers: &str, first: &str, last: &str, majors: &[&str]) -> String {
    let header = header(headers);
    let time = match (since(first, majors), until(last, majors)) {
        (since, None) => since,
        (since, Some(until)) => format!("{since}, {until}"),
    };
    match header {
        Some(header) => format!("{header}; {time}."),
        None => format!("{}{}.", time[..1].to_uppercase(), &time[1..]),
    }
}

/// `a.h 18:b.h` is `b.h`, which was `a.h` before 18.
fn header(headers: &str) -> Option<String> {
    let mut moves = headers.split(' ').rev();
    let newest = moves.next()?;
    let (mut since, path) = newest.split_once(':').unwrap_or(("", newest));
    if path == "-" {
        return None;
    }
    let mut text = format!("`{path}`");
    for older in moves {
        let (start, path) = older.split_once(':').unwrap_or(("", older));
        if path != "-" {
            text.push_str(&format!(" (`{path}` before {since})"));
        }
        since = start;
    }
    Some(text)
}

/// Majors without committed bindings were not examined.
fn since(first: &str, majors: &[&str]) -> String {
    if majors.first() == Some(&first) {
        return format!("since {first} or earlier");
    }
    match unseen(majors, first, -1) {
        Some(unseen) => format!("since {unseen} or {first}"),
        None => format!("since {first}"),
    }
}

fn until(last: &str, majors: &[&str]) -> Option<String> {
    if last == "-" {
        return None;
    }
    Some(match unseen(majors, last, 1) {
        Some(unseen) => format!("until {last} or {unseen}"),
        None => format!("until {last}"),
    })
}

/// Returns the neighbor of a major, unless it is one of `majors`.
fn unseen(majors: &[&str], major: &str, step: isize) -> Option<&'static str> {
    let at = versions::MAJORS
        .iter()
        .position(|(name, _)| *name == major)?;
    let (neighbour, _) = versions::MAJORS.get(at.checked_add_signed(step)?)?;
    (!majors.contains(neighbour)).then_some(*neighbour)
}
