//! The source `rust`: the bindings as compiled by rustc. It compiles them with a table of sizes,
//! offsets and values, and the table is read from the object file. Nothing is linked or run.

use super::names::c_names;
use super::object;
use super::reading::Reading;
use crate::contract::{Declarations, in_c};
use crate::facts::Items;
use crate::facts::{Key, Kind};
use pg_scratch::process::{Unfinished, run_limited, tail};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The source code before the table.
const HEAD: &str = r#"
use bindings::*;
const fn width<T, F>(_: fn(*const T) -> *const F) -> u64 { size_of::<F>() as u64 }
const fn value(value: i128) -> u64 { value as u64 }
const fn sign(value: i128) -> u64 { (value < 0) as u64 }
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,pgbgw_rust"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = "pgbgw_rust"))]
static TABLE: [u64; TABLE_LENGTH] = ["#;

/// The two numbers of each item: key, and their Rust expressions.
type Questions = Vec<(Key, [String; 2])>;

fn questions(declarations: &Declarations, names: &BTreeMap<String, String>) -> Questions {
    let c = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let mut all = Questions::new();
    for layout in &declarations.layouts {
        let rust = &layout.name;
        let numbers = [
            format!("size_of::<{rust}>() as u64"),
            format!("align_of::<{rust}>() as u64"),
        ];
        all.push((Key::new(Kind::Type, c(rust)), numbers));
        for (field, _) in &layout.fields {
            let place = format!("core::mem::offset_of!({rust}, {field}) as u64");
            let open = declarations.fields.get(&(rust.clone(), field.clone()));
            let width = match open.is_some_and(is_open) {
                true => "0".to_owned(),
                false => {
                    format!("width(|it: *const {rust}| unsafe {{ &raw const (*it).{field} }})")
                }
            };
            let name = format!("{}.{}", c(rust), in_c(field));
            all.push((Key::new(Kind::Field, name), [place, width]));
        }
    }
    for (name, text) in &declarations.constants {
        if text.starts_with('"') {
            continue;
        }
        let (kind, path) = match declarations.enumerators.get(name) {
            Some(of) => (Kind::Enumerator, format!("{of}::{name}.0")),
            None => (Kind::Constant, name.clone()),
        };
        let numbers = [
            format!("value({path} as i128)"),
            format!("sign({path} as i128)"),
        ];
        all.push((Key::new(kind, name), numbers));
    }
    for (name, _) in &declarations.aliases {
        let is_enum = declarations.enums.contains(name);
        let signed = match is_enum {
            true => format!("sign({name}(!0).0 as i128)"),
            false => format!("sign({name}::MIN as i128)"),
        };
        let kind = if is_enum { Kind::Enum } else { Kind::Integer };
        all.push((
            Key::new(kind, c(name)),
            [format!("size_of::<{name}>() as u64"), signed],
        ));
    }
    all
}

/// Returns whether it is an array without a length.
fn is_open(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "__IncompleteArrayField"),
        syn::Type::Array(array) => matches!(&array.len, syn::Expr::Lit(length)
            if matches!(&length.lit, syn::Lit::Int(number) if number.base10_digits() == "0")),
        _ => false,
    }
}

/// Returns rustc's facts of bindings about `items`, which have C names.
pub fn read(bindings: &str, items: &Items, target: &str) -> Result<Reading> {
    let declarations = Declarations::parse(bindings)?;
    let names = c_names(items);
    let mut questions = questions(&declarations, &names);
    // An alias of a non-integer type has no sign.
    questions.retain(|(key, _)| key.kind != Kind::Integer || items.contains_key(key));
    let rows = questions.iter().flat_map(|(_, numbers)| numbers);
    let rows: Vec<&str> = rows.map(String::as_str).collect();
    let head = HEAD.replace("TABLE_LENGTH", &rows.len().to_string());
    let compiled = |bindings: &str| {
        let rows = rows.join(",\n");
        let text = format!(
            "#![no_std]\n#![allow(warnings)]\nmod bindings {{\n{bindings}\n}}\n{head}\n{rows}\n];\n"
        );
        compile(&text, target)
    };
    // Bindings of a user may have another form.
    let object = compiled(&layouts(bindings)).or_else(|_| compiled(bindings))?;
    let numbers = object::numbers(&object, "pgbgw_rust")?;
    if numbers.len() != rows.len() {
        return Err(Error::new("rustc's object file does not contain the table"));
    }
    let mut reading = Reading::default();
    let functions = declarations.functions.iter();
    let functions = functions.map(|name| Key::new(Kind::Function, name));
    let globals = declarations.globals.iter();
    let globals = globals.map(|(name, ..)| Key::new(Kind::Global, name));
    // A C compiler checks their types later, if there is one.
    functions
        .chain(globals)
        .for_each(|key| reading.say(key, "declared", "yes"));
    for ((key, _), pair) in questions.into_iter().zip(numbers.chunks_exact(2)) {
        say(&mut reading, key, pair[0], pair[1]);
    }
    for (name, text) in &declarations.constants {
        if text.starts_with('"') {
            reading.say(Key::new(Kind::Constant, name), "value", text);
        }
    }
    Ok(reading)
}

/// Returns the bindings without functions, variables and assertions, which the table does not need:
/// they cost rustc time and memory. Removes items that bindgen and rustfmt write on several lines.
fn layouts(bindings: &str) -> String {
    let mut kept = String::new();
    let mut end = None;
    // All warnings are allowed anyway.
    for line in bindings
        .lines()
        .filter(|line| !line.starts_with("#[allow("))
    {
        match (end, line) {
            (Some(closing), _) => end = end.filter(|_| line != closing),
            (None, "const _: () = {") => end = Some("};"),
            (None, "unsafe extern \"C\" {" | "extern \"C\" {") => end = Some("}"),
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}

fn say(reading: &mut Reading, key: Key, first: u64, second: u64) {
    let (a, b) = (first.to_string(), second.to_string());
    match key.kind {
        Kind::Type => {
            reading.say(key.clone(), "size", a);
            reading.say(key, "align", b);
        }
        Kind::Field => {
            reading.say(key.clone(), "offset", a);
            reading.say(key, "size", b);
        }
        Kind::Enum | Kind::Integer => {
            reading.say(key.clone(), "size", a);
            reading.say(key, "signed", if second == 0 { "no" } else { "yes" });
        }
        _ => {
            let value = if second == 0 {
                a
            } else {
                (first as i64).to_string()
            };
            reading.say(key, "value", value);
        }
    }
}

fn compile(text: &str, target: &str) -> Result<Vec<u8>> {
    let dir = tempfile::tempdir().map_err(|e| Error::io("could not create a directory", &e))?;
    let (source, object) = (dir.path().join("table.rs"), dir.path().join("table.o"));
    std::fs::write(&source, text).map_err(|e| Error::io(source.display(), &e))?;
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(&rustc);
    command.args([
        "--edition=2024",
        "--crate-type=lib",
        "--crate-name=table",
        "--emit=obj",
    ]);
    command.args([
        "-Cpanic=abort",
        "-Ccodegen-units=1",
        "--target",
        target,
        "-o",
    ]);
    command.arg(&object).arg(&source);
    let done = run_limited(&mut command, LIMIT).map_err(|unfinished| match unfinished {
        Unfinished::CannotRun(e) => Error::io(format!("could not run {rustc}"), &e),
        Unfinished::TimedOut => Error::new(format!("{rustc} did not exit within {LIMIT:?}")),
    })?;
    if !done.status.success() {
        let errors = done.stderr.lines().filter(|line| line.starts_with("error"));
        let errors = errors.take(5).collect::<Vec<_>>().join("\n");
        return Err(
            Error::new("rustc rejected the bindings").note(if errors.is_empty() {
                tail(&done.stderr, 5)
            } else {
                errors
            }),
        );
    }
    std::fs::read(&object).map_err(|e| Error::io(object.display(), &e))
}

#[cfg(test)]
mod tests {
    use super::layouts;

    #[test]
    fn only_layouts_are_compiled() {
        let bindings = "pub struct A {\n    a: i32,\n}\n#[allow(clippy::x)]\nconst _: () = {\n    \
                        [\"Size\"][0];\n};\nunsafe extern \"C\" {\n    pub fn f();\n}\n\
                        pub const B: i32 = 1;\n";
        let wanted = "pub struct A {\n    a: i32,\n}\npub const B: i32 = 1;\n";
        assert_eq!(layouts(bindings), wanted);
    }
}
