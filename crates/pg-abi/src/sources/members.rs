//! Finds additional members: a field or an enumerator that only a newer server has is not in the
//! list of requested items. The preprocessed headers give the names; the compiler reports the
//! facts.

use crate::contract::{Compiler, tokens};
use crate::facts::Items;
use crate::facts::{Fact, Key, Kind};
use pg_scratch::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Definitions by the names of their type: its tag as `struct tag`, and its typedefs.
pub(crate) type Members = BTreeMap<String, Definition>;

/// What is between the braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) is_enum: bool,
    /// The fields or the enumerators.
    pub(crate) names: Vec<String>,
}

/// Adds the fields of known types, and the enumerators of known enums, that `items` lacks.
pub(crate) fn add_new(items: &mut Items, compiler: &Compiler) -> Result<()> {
    let text = compiler.preprocessed(&["-P"])?;
    let members = read(&text);
    // A type without known fields is opaque on purpose.
    let open: BTreeSet<&str> = items
        .keys()
        .filter(|key| key.kind == Kind::Field)
        .map(Key::owner)
        .collect();
    let mut new = Items::new();
    for of in open {
        for field in members.get(of).into_iter().flat_map(|it| &it.names) {
            let fact = Fact::Field {
                offset: 0,
                size: 0,
                ty: String::new(),
            };
            new.insert(Key::new(Kind::Field, format!("{of}.{field}")), fact);
        }
    }
    let enums = items.values().filter_map(|fact| match fact {
        Fact::Enumerator { of, .. } => Some(of),
        _ => None,
    });
    for of in enums.collect::<BTreeSet<_>>() {
        let members = members
            .get(of)
            .or_else(|| members.get(&format!("enum {of}")));
        for name in members.into_iter().flat_map(|it| &it.names) {
            let fact = Fact::Enumerator {
                value: "0".to_owned(),
                of: of.clone(),
            };
            new.insert(Key::new(Kind::Enumerator, name), fact);
        }
    }
    new.retain(|key, _| !items.contains_key(key));
    items.extend(new);
    Ok(())
}

/// Returns the typedef or the tag of the enum that has an enumerator.
pub(crate) fn enum_of(members: &Members, enumerator: &str) -> Option<String> {
    let has = |it: &Definition| it.is_enum && it.names.iter().any(|name| name == enumerator);
    let found = members.iter().filter(|(_, definition)| has(definition));
    let names: Vec<&str> = found.map(|(name, _)| name.as_str()).collect();
    let typedef = names.iter().find(|name| !name.contains(' '));
    let name = typedef.or_else(|| names.first())?;
    Some(name.trim_start_matches("enum ").to_owned())
}

/// Returns every struct, union and enum that a preprocessed text defines at top level.
pub(crate) fn read(text: &str) -> Members {
    let words = text.lines().filter(|line| !line.starts_with('#'));
    let words: Vec<&str> = words.flat_map(tokens).collect();
    let words = without_attributes(&words);
    let mut members = Members::new();
    // Typedefs of types that are defined elsewhere.
    let mut later = Vec::new();
    let (mut at, mut is_typedef) = (0, false);
    while at < words.len() {
        match words[at] {
            ";" => is_typedef = false,
            "typedef" => is_typedef = true,
            tag @ ("struct" | "union" | "enum") => {
                if let Some((name, body, end)) = definition(&words, at) {
                    let is_enum = tag == "enum";
                    let names = match is_enum {
                        true => enumerators(body),
                        false => fields(body),
                    };
                    let found = Definition { is_enum, names };
                    for typedef in typedefs(&words[end..], is_typedef) {
                        members.insert(typedef.to_owned(), found.clone());
                    }
                    if !name.is_empty() {
                        members.insert(format!("{tag} {name}"), found);
                    }
                    at = end;
                    continue;
                }
                if let (true, [_, name, typedef, ";", ..]) = (is_typedef, &words[at..]) {
                    later.push((*typedef, format!("{tag} {name}")));
                }
            }
            "{" => {
                // The body of a function.
                at = closing(&words, at);
            }
            _ => {}
        }
        at += 1;
    }
    for (typedef, tagged) in later {
        if let Some(found) = members.get(&tagged).cloned() {
            members.insert(typedef.to_owned(), found);
        }
    }
    members
}

fn without_attributes<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let (mut others, mut at) = (Vec::new(), 0);
    while at < words.len() {
        if words[at].starts_with("__attribute") && words.get(at + 1) == Some(&"(") {
            at = closing(words, at + 1);
        } else {
            others.push(words[at]);
        }
        at += 1;
    }
    others
}

/// Returns the tag, the words between the braces, and the position after them.
fn definition<'a>(words: &'a [&'a str], at: usize) -> Option<(&'a str, &'a [&'a str], usize)> {
    let mut open = at + 1;
    let mut tag = "";
    while let Some(word) = words.get(open) {
        match *word {
            "{" => break,
            word if is_name(word) && tag.is_empty() => tag = word,
            _ => return None,
        }
        open += 1;
    }
    let end = closing(words, open);
    Some((tag, words.get(open + 1..end)?, end + 1))
}

/// Returns the names between the closing brace and the semicolon, without pointers.
fn typedefs<'a>(words: &[&'a str], is_typedef: bool) -> Vec<&'a str> {
    let end = words.iter().position(|word| *word == ";").unwrap_or(0);
    let declarators = words[..end].split(|word| *word == ",");
    let names = declarators.filter(|words| is_typedef && !words.contains(&"*"));
    names
        .filter_map(|words| words.iter().find(|word| is_name(word)).copied())
        .collect()
}

/// Returns the position of the bracket that closes the one at `open`.
fn closing(words: &[&str], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(open) {
        match *word {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    words.len()
}

/// Splits at a sign outside brackets.
fn split<'a>(words: &'a [&'a str], sign: &str) -> Vec<&'a [&'a str]> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < words.len() {
        if words[at] == sign {
            parts.push(&words[from..at]);
            from = at + 1;
        } else if ["{", "(", "["].contains(&words[at]) {
            at = closing(words, at);
        }
        at += 1;
    }
    parts.push(&words[from.min(words.len())..]);
    parts
}

fn enumerators(body: &[&str]) -> Vec<String> {
    let names = split(body, ",")
        .into_iter()
        .filter_map(|words| words.first().copied());
    names.map(str::to_owned).collect()
}

fn fields(body: &[&str]) -> Vec<String> {
    let declarations = split(body, ";").into_iter();
    let declarators = declarations.flat_map(|words| {
        let parts = split(words, ",");
        parts
            .into_iter()
            .filter_map(declarator)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    declarators.collect()
}

/// Returns the name in `char name[4]`, `void (*name)(int)`, `struct {…} name`; `None` if there is
/// none.
fn declarator<'a>(words: &'a [&'a str]) -> Option<&'a str> {
    let pointer = words.windows(2).position(|pair| pair == ["(", "*"]);
    if let Some(at) = pointer {
        return words[at..].iter().find(|word| is_name(word)).copied();
    }
    let end = words.iter().position(|word| ["[", ":"].contains(word));
    let last = words[..end.unwrap_or(words.len())].last()?;
    // A type alone declares nothing, and neither does a body without a name.
    let is_name = is_name(last) && (words.len() > 1 || end.is_none());
    is_name.then_some(*last)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{enum_of, read};

    const HEADER: &str = "
        typedef enum { FIRST, SECOND = 1 + (2), THIRD } Kind;
        enum other { A, B };
        static inline int f(struct W *w) { struct local { int x; } y; return 0; }
        typedef struct __attribute__((packed)) W {
            int a, *b; char name[(64 + 1)]; void (*call)(int x, struct other *y);
            unsigned flag : 1; union { int i; float f; } either; struct { int lost; };
            const struct W *next __attribute__((aligned(8)));
        } W, *WP;
        struct W *variable;
        typedef struct W Same;
        typedef union { __attribute__((aligned(8))) char data[8]; } __attribute__((packed)) Block;
        extern void g(struct W *w);
    ";

    #[test]
    fn members_are_found() {
        let found = read(HEADER);
        assert_eq!(found["Kind"].names, ["FIRST", "SECOND", "THIRD"]);
        assert_eq!(found["enum other"].names, ["A", "B"]);
        assert!(found["Kind"].is_enum && !found["W"].is_enum);
        assert_eq!(found["Block"].names, ["data"]);
        assert_eq!(enum_of(&found, "SECOND").as_deref(), Some("Kind"));
        assert_eq!(enum_of(&found, "B").as_deref(), Some("other"));
        assert_eq!(enum_of(&found, "a"), None);
        let fields = ["a", "b", "name", "call", "flag", "either", "next"];
        for name in ["W", "struct W", "Same"] {
            assert_eq!(found[name].names, fields, "{name}");
        }
        assert!(!found.contains_key("WP") && !found.contains_key("struct local"));
    }
}
