//! Whether two spellings of a type mean the same to compiled code: a `typedef` of an integer is that integer.

use crate::facts::{Fact, Facts, Kind};

/// Whether two facts are the same, each in the words of its server.
pub(crate) fn is_same(old: &Facts, was: &Fact, new: &Facts, is: &Fact) -> bool {
    without_type(was) == without_type(is) && plain(old, was) == plain(new, is)
}

/// Whether two facts are the same but for `const`, which is not compiled.
pub(crate) fn is_same_but_const(old: &Facts, was: &Fact, new: &Facts, is: &Fact) -> bool {
    let without = |words: Vec<String>| {
        words
            .into_iter()
            .filter(|word| word != "const")
            .collect::<Vec<_>>()
    };
    without_type(was) == without_type(is) && without(plain(old, was)) == without(plain(new, is))
}

/// What a fact says apart from its type.
fn without_type(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    match &mut fact {
        Fact::Alias { ty } | Fact::Global { ty } | Fact::Field { ty, .. } => ty.clear(),
        Fact::Function { prototype } => prototype.clear(),
        _ => {}
    }
    fact
}

/// The words and signs of its type, integers by their size.
fn plain(facts: &Facts, fact: &Fact) -> Vec<String> {
    let text = match fact {
        Fact::Alias { ty } | Fact::Global { ty } | Fact::Field { ty, .. } => ty,
        Fact::Function { prototype } => prototype,
        _ => return Vec::new(),
    };
    resolve(facts, text, 0)
}

/// How often a typedef may stand for another one.
const DEEPEST: u32 = 8;

/// The words of a type: typedefs resolved, integers by their size.
fn resolve(facts: &Facts, text: &str, depth: u32) -> Vec<String> {
    let mut all = Vec::new();
    let mut base: Vec<&str> = Vec::new();
    for word in words(text) {
        if BASE.contains(&word) {
            base.push(word);
            continue;
        }
        all.extend(base_type(facts, &mut base));
        // Tags and typedefs of one name are one type everywhere in these headers.
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

/// Words that integer types of C are made of.
const BASE: [&str; 5] = ["int", "long", "short", "signed", "unsigned"];

/// `unsigned long int` by its size; nothing for no words.
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
