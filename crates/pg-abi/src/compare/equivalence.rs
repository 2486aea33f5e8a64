//! Whether two spellings of a type mean the same to compiled code: a `typedef` of an integer is
//! that integer.

use crate::facts::{Fact, Facts, Kind};

/// Returns whether two facts are the same, each with the typedefs of its server.
pub(crate) fn is_same(old: &Facts, was: &Fact, new: &Facts, is: &Fact) -> bool {
    without_type(was) == without_type(is) && plain(old, was) == plain(new, is)
}

/// Returns whether two facts are the same except for `const`, which does not affect compiled code.
pub(crate) fn is_same_but_const(old: &Facts, was: &Fact, new: &Facts, is: &Fact) -> bool {
    let without = |words: Vec<String>| {
        words
            .into_iter()
            .filter(|word| word != "const")
            .collect::<Vec<_>>()
    };
    without_type(was) == without_type(is) && without(plain(old, was)) == without(plain(new, is))
}

/// Returns a fact without its type.
fn without_type(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    match &mut fact {
        Fact::Alias { ty } | Fact::Global { ty } | Fact::Field { ty, .. } => ty.clear(),
        Fact::Function { prototype } => prototype.clear(),
        _ => {}
    }
    fact
}

/// Returns the words and signs of its type, with integers replaced by their size.
fn plain(facts: &Facts, fact: &Fact) -> Vec<String> {
    let text = match fact {
        Fact::Alias { ty } | Fact::Global { ty } | Fact::Field { ty, .. } => ty,
        Fact::Function { prototype } => prototype,
        _ => return Vec::new(),
    };
    resolve(facts, text, 0)
}

/// The limit for nested typedefs.
const DEEPEST: u32 = 8;

/// Returns the words of a type, with typedefs resolved and integers replaced by their size.
fn resolve(facts: &Facts, text: &str, depth: u32) -> Vec<String> {
    let mut all = Vec::new();
    let mut base: Vec<&str> = Vec::new();
    for word in words(text) {
        if BASE.contains(&word) {
            base.push(word);
            continue;
        }
        all.extend(base_type(facts, &mut base));
        // In these headers, a tag and a typedef with the same name are always the same type.
        if ["struct", "union", "enum"].contains(&word) {
            continue;
        }
        match (facts.get(Kind::Integer, word), facts.get(Kind::Alias, word)) {
            (Some(Fact::Integer { size, signed }), _) => all.push(sized(*size, *signed)),
            (_, Some(Fact::Alias { ty })) if depth < DEEPEST && !ty.contains(['(', '[']) => {
                all.extend(resolve(facts, ty, depth + 1));
            }
            _ => all.push(word.to_owned()),
        }
    }
    all.extend(base_type(facts, &mut base));
    all
}

fn sized(size: u64, signed: bool) -> String {
    format!("{}{size}", if signed { "i" } else { "u" })
}

/// The words of C integer types.
const BASE: [&str; 5] = ["int", "long", "short", "signed", "unsigned"];

/// Returns the size of a type like `unsigned long int`; `None` without words.
fn base_type(facts: &Facts, words: &mut Vec<&str>) -> Option<String> {
    let words = std::mem::take(words);
    let longs = words.iter().filter(|word| **word == "long").count();
    let long = match facts.get(Kind::Environment, "long_width") {
        Some(Fact::Environment { value }) => value.parse::<u64>().map_or(8, |bits| bits / 8),
        _ => 8,
    };
    let size = match longs {
        0 if words.contains(&"short") => 2,
        0 => 4,
        1 => long,
        _ => 8,
    };
    (!words.is_empty()).then(|| sized(size, !words.contains(&"unsigned")))
}

/// Words and single signs.
fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Key;
    use crate::facts::header::Header;

    #[test]
    fn integers_are_what_they_are() {
        let mut facts = Facts::new(Header::new("18", "t"));
        let (size, signed) = (4, true);
        facts.items.insert(
            Key::new(Kind::Integer, "Loc"),
            Fact::Integer { size, signed },
        );
        let ty = "Port *".to_owned();
        facts
            .items
            .insert(Key::new(Kind::Alias, "PortPtr"), Fact::Alias { ty });
        let of = |text: &str| Fact::Global {
            ty: text.to_owned(),
        };
        let same = |a: &str, b: &str| is_same(&facts, &of(a), &facts, &of(b));
        assert!(same("Loc *", "int *") && same("struct Port *", "PortPtr"));
        assert!(same("f(long int, long long)", "f(long, long)") && !same("long", "unsigned long"));
        assert!(!same("Loc *", "unsigned int *") && !same("int *", "const int *"));
        assert!(is_same_but_const(
            &facts,
            &of("int *"),
            &facts,
            &of("const Loc *")
        ));
    }
}
