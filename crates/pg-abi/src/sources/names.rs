//! Maps the Rust names and types of bindings to C.

use super::bindings_facts::without_tag;
use crate::contract::{Declarations, in_c};
use crate::facts::Items;
use crate::facts::{Fact, Key, Kind};
use pg_scratch::Result;
use std::collections::BTreeMap;

/// The C names of types in the bindings, from the items of the server.
pub(crate) fn c_names(items: &Items) -> BTreeMap<String, String> {
    let types = items.keys().filter(|key| {
        let kinds = [Kind::Type, Kind::Alias, Kind::Integer, Kind::Enum];
        kinds.contains(&key.kind)
    });
    let mut names = BTreeMap::new();
    for key in types {
        // A typedef comes before a tag of the same name.
        let rust = without_tag(&key.name).to_owned();
        names.entry(rust).or_insert_with(|| key.name.clone());
    }
    // bindgen's name for `bool` where it is a char, before 11.
    names.insert("bool_".to_owned(), "bool".to_owned());
    for (rust, c) in items.values().flat_map(tags) {
        names.entry(rust).or_insert(c);
    }
    names
}

/// Returns the types in a fact that are known only by their tag.
fn tags(fact: &Fact) -> Vec<(String, String)> {
    let (Fact::Alias { ty: text }
    | Fact::Field { ty: text, .. }
    | Fact::Function { prototype: text }
    | Fact::Global { ty: text }) = fact
    else {
        return Vec::new();
    };
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let pairs = words
        .windows(2)
        .filter(|pair| ["struct", "union", "enum"].contains(&pair[0]));
    pairs
        .map(|pair| (pair[1].to_owned(), pair.join(" ")))
        .collect()
}

/// Returns the facts with the types of the bindings, in C, to have a compiler compare them.
pub(crate) fn types(bindings: &str, items: &Items) -> Result<Items> {
    let declarations = Declarations::parse(bindings)?;
    let names = c_names(items);
    let spell = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let mut types = Items::new();
    for signature in &declarations.signatures {
        let prototype = crate::contract::prototype(signature, &spell)?;
        let key = Key::new(Kind::Function, signature.ident.to_string());
        types.insert(key, Fact::Function { prototype });
    }
    for (name, ty, constant) in &declarations.globals {
        let ty = crate::contract::declare(ty, "", *constant, &spell)?;
        types.insert(Key::new(Kind::Global, name), Fact::Global { ty });
    }
    for ((of, field), ty) in &declarations.fields {
        let ty = crate::contract::declare(ty, "", false, &spell)?;
        let key = Key::new(Kind::Field, format!("{}.{}", spell(of), in_c(field)));
        if !ty.contains("__bindgen_") && items.contains_key(&key) {
            types.insert(
                key,
                Fact::Field {
                    offset: 0,
                    size: 0,
                    ty,
                },
            );
        }
    }
    Ok(types)
}
