//! The source `clang`: what libclang read from the headers, as written by bindgen. The numbers come
//! from the assertions that bindgen adds to bindings. Nothing is compiled.

use super::names::c_names;
use super::reading::Reading;
use crate::contract::{Declarations, in_c};
use crate::facts::Items;
use crate::facts::{Key, Kind};
use pg_scratch::Result;

/// Returns the facts in bindgen's output about `items`, which have C names.
pub fn read(bindings: &str, items: &Items) -> Result<Reading> {
    let declarations = Declarations::parse(bindings)?;
    let names = c_names(items);
    let c = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let mut reading = Reading::default();
    for layout in &declarations.layouts {
        let key = Key::new(Kind::Type, c(&layout.name));
        reading.say(key.clone(), "size", &layout.size);
        reading.say(key, "align", &layout.align);
        for (field, offset) in &layout.fields {
            let name = format!("{}.{}", c(&layout.name), in_c(field));
            reading.say(Key::new(Kind::Field, name), "offset", offset);
        }
    }
    for (name, value) in &declarations.constants {
        let of = declarations.enumerators.get(name);
        let kind = of.map_or(Kind::Constant, |_| Kind::Enumerator);
        let key = Key::new(kind, name);
        if let Some(of) = of {
            // Facts have the name without `enum`, which is a typedef in some servers.
            reading.say(key.clone(), "enum", of);
        }
        reading.say(key, "value", value);
    }
    // The compilers compare the types; only the existence matters here.
    for name in &declarations.functions {
        reading.say(Key::new(Kind::Function, name), "declared", "yes");
    }
    for (name, ..) in &declarations.globals {
        reading.say(Key::new(Kind::Global, name), "declared", "yes");
    }
    Ok(reading)
}
