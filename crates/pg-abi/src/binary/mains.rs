//! What a file tells about the main functions of workers: the server looks them up by name, so
//! their names are among its texts.

use super::calls::{Window, constants, loaded};
use super::contents::Binary;
use super::image::{Image, Part};
use super::naming::{Mains, Named, is_usual};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The capacity of `bgw_function_name`.
const LONGEST: usize = 96;
/// Functions that the server calls for another purpose.
const OTHERS: [&str; 5] = ["_PG_init", "_PG_fini", "Pg_magic_func", "_init", "_fini"];
/// Returns the main functions of a module that registers workers. `own_names` has the addresses of
/// texts in which a function names itself, for messages.
pub(super) fn find(
    image: &Image<'_>,
    binary: &Binary,
    windows: &[Window<'_>],
    own_names: &BTreeSet<u64>,
) -> Mains {
    let functions = binary.exports.keys().map(String::as_str);
    let functions: BTreeSet<&str> = functions
        .filter(|name| binary.has_function(name) && name.len() < LONGEST)
        .filter(|name| !OTHERS.contains(name) && !name.starts_with("pg_finfo_"))
        .collect();
    let mut exported: BTreeMap<&str, bool> = BTreeMap::new();
    let mut others: BTreeMap<&str, bool> = BTreeMap::new();
    for (_, word) in words(image).filter(|(address, _)| !own_names.contains(address)) {
        if let Some(name) = functions.get(word) {
            exported.entry(name).or_default();
        } else if binary.hidden.contains(word) && is_usual(word) {
            others.entry(word).or_default();
        }
    }
    // The texts of Rust have no end: a name is at the start of what the code loads.
    let loaded = image.targets().chain(loaded(image));
    for target in loaded.filter(|address| !own_names.contains(address)) {
        let text = image.at(target).unwrap_or_default();
        let piece = || only(&functions, text.get(..16)?);
        if let Some(name) = begin(&functions, text).or_else(piece) {
            exported.entry(name).or_default();
        }
    }
    let is_begin = |piece: &[u8]| {
        let piece = std::str::from_utf8(piece).unwrap_or_default();
        let mut after = functions.range::<str, _>((Bound::Included(piece), Bound::Unbounded));
        after.next().is_some_and(|name| name.starts_with(piece))
    };
    // Modules have fewer.
    for window in constants(image, is_begin).take(256) {
        for name in stored(&window, &functions, false) {
            exported.entry(name).or_default();
        }
    }
    for window in windows {
        for target in window.operands().filter(|a| !own_names.contains(a)) {
            let Some(text) = image.at(target) else {
                continue;
            };
            match word_at(image, target, text) {
                Some(word) => match functions.get(word) {
                    Some(name) => _ = exported.insert(name, true),
                    None if is_name(word) => _ = others.insert(word, true),
                    None => {}
                },
                // The compiler copies a long name in pieces of 16 bytes.
                None => {
                    if let Some(name) = text.get(..16).and_then(|t| only(&functions, t)) {
                        exported.insert(name, true);
                    }
                }
            }
        }
        for name in stored(window, &functions, true) {
            exported.insert(name, true);
        }
    }
    let imports: BTreeSet<&str> = binary.imports.iter().map(|one| one.name.as_str()).collect();
    let known = |name: &str| {
        binary.exports.contains_key(name) || OTHERS.contains(&name) || imports.contains(name)
    };
    Mains {
        has_calls: !windows.is_empty(),
        exported: ranked(exported, |name, near| {
            // Functions for SQL name themselves in messages.
            let is_for_sql = binary.exports.contains_key(&format!("pg_finfo_{name}"));
            near || is_usual(name) || !is_for_sql
        }),
        others: ranked(others, |name, _| !known(name)),
    }
}

/// Sorts the most likely names to the front.
fn ranked(names: BTreeMap<&str, bool>, is_possible: impl Fn(&str, bool) -> bool) -> Vec<Named> {
    let names = names
        .into_iter()
        .filter(|(name, near)| is_possible(name, *near));
    let mut names: Vec<Named> = names
        .map(|(name, near)| Named {
            name: name.to_owned(),
            near,
        })
        .collect();
    names.sort_by_key(|named| (!named.near, !is_usual(&named.name)));
    names
}

/// Returns all texts that end with a zero, with their addresses.
fn words<'data>(image: &Image<'data>) -> impl Iterator<Item = (u64, &'data str)> {
    let parts = image.parts.iter();
    parts.flat_map(|Part { address, bytes, .. }| {
        let mut at = 0;
        let words = bytes.split(|byte| *byte == 0).map(move |word| {
            let start = at;
            at += word.len() + 1;
            (address.wrapping_add(start as u64), word)
        });
        let words = words.filter(|(_, word)| (1..LONGEST).contains(&word.len()));
        words.filter_map(|(address, word)| Some((address, std::str::from_utf8(word).ok()?)))
    })
}

/// Returns the text at an address if it begins and ends there.
fn word_at<'data>(image: &Image<'data>, address: u64, text: &'data [u8]) -> Option<&'data str> {
    let end = text.iter().take(LONGEST).position(|byte| *byte == 0)?;
    let before = image
        .at(address.wrapping_sub(1))
        .and_then(|bytes| bytes.first());
    let word = std::str::from_utf8(&text[..end]).ok()?;
    (!word.is_empty() && before.is_none_or(|byte| *byte == 0)).then_some(word)
}

fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    let is_start = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    is_start && word.len() >= 4 && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns the longest name that a text begins with.
fn begin<'a>(names: &BTreeSet<&'a str>, text: &[u8]) -> Option<&'a str> {
    const SHORTEST: usize = 8;
    let text = &text[..text.len().min(LONGEST)];
    let end = text.iter().position(|byte| !(0x21..0x7f).contains(byte));
    let mut text = std::str::from_utf8(&text[..end.unwrap_or(text.len())]).ok()?;
    while text.len() >= SHORTEST {
        let name = names
            .range::<str, _>((Bound::Unbounded, Bound::Included(text)))
            .next_back()?;
        if text.starts_with(name) {
            return (name.len() >= SHORTEST).then_some(*name);
        }
        // The next candidate is not longer than what both have in common.
        let common = text.bytes().zip(name.bytes()).take_while(|(a, b)| a == b);
        text = &text[..common.count()];
    }
    None
}

/// Returns the only name with this beginning.
fn only<'a>(names: &BTreeSet<&'a str>, beginning: &[u8]) -> Option<&'a str> {
    let beginning = std::str::from_utf8(beginning).ok()?;
    let mut after = names.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
    let first = after.next().filter(|name| name.starts_with(beginning))?;
    let is_only = after.next().is_none_or(|name| !name.starts_with(beginning));
    is_only.then_some(*first)
}

/// Returns the names that the code contains itself, in pieces of 8 or 4 bytes.
fn stored<'a>(window: &Window<'_>, names: &BTreeSet<&'a str>, with_short: bool) -> Vec<&'a str> {
    /// Names that begin alike, or are short. Modules have fewer.
    const MOST: usize = 256;
    let mut begun: Vec<&str> = Vec::new();
    for piece in window.code.windows(8) {
        if let Ok(piece) = std::str::from_utf8(piece) {
            let alike = names.range::<str, _>((Bound::Included(piece), Bound::Unbounded));
            begun.extend(alike.take_while(|name| name.starts_with(piece)).take(MOST));
        }
        if begun.len() > MOST {
            break;
        }
    }
    if with_short {
        let short = names.iter().filter(|name| (4..8).contains(&name.len()));
        begun.extend(short.take(MOST));
    }
    begun.retain(|name| {
        // With the zero of C, or without it.
        let text = [name.as_bytes(), b"\0"].concat();
        [&text[..], name.as_bytes()]
            .into_iter()
            .any(|text| is_stored(window, text))
    });
    begun
}

/// Returns whether the code contains the beginning and the end of a text, as pieces of 8 or 4
/// bytes that may overlap, or with a shorter piece at the end.
fn is_stored(window: &Window<'_>, text: &[u8]) -> bool {
    let size = if text.len() >= 8 { 8 } else { 4 };
    let Some(last) = text.len().checked_sub(size) else {
        return false;
    };
    let rest = &text[(text.len() - 1) / size * size..];
    window.contains(&text[..size])
        && (window.contains(&text[last..]) || window.contains(&rest[..rest.len().min(4)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_at_the_start_of_a_text_is_found() {
        let names = BTreeSet::from(["short_1", "worker_a", "worker_ab", "worker_abz"]);
        for (text, expected) in [
            (&b"worker_abc"[..], Some("worker_ab")),
            (b"worker_abzz", Some("worker_abz")),
            (b"worker_a", Some("worker_a")),
            (b"worker_a and more", Some("worker_a")),
            (b"worker_", None),
            (b"short_1", None),
            (b"", None),
            (b"\xff\xff\xff", None),
        ] {
            assert_eq!(begin(&names, text), expected, "{text:?}");
        }
        assert_eq!(only(&names, b"worker_abz"), Some("worker_abz"));
        assert_eq!(only(&names, b"worker_a"), None);
    }
}
