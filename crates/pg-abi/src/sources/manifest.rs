//! A manifest: a hand-written set of facts, for example the assumptions of other bindings. Lines as
//! in a file of facts, without its header, in any order, each with a subset of the attributes.
//!
//! ```text
//! type BackgroundWorker: size=1472
//! field BackgroundWorker.bgw_main_arg: offset=1328
//! constant BGW_NEVER_RESTART: value=-1
//! function proc_exit: void proc_exit(int)
//! ```

use super::reading::Reading;
use crate::facts::{Key, Kind};
use pg_scratch::{Error, Result};
use std::path::Path;

const ATTRIBUTES: [&str; 8] = [
    "align", "enum", "offset", "signed", "size", "type", "use", "value",
];

/// Reads a file.
pub fn read(path: &Path) -> Result<Reading> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
    parse(&text).map_err(|e| e.context(format!("{} is not a manifest", path.display())))
}

fn parse(text: &str) -> Result<Reading> {
    let mut reading = Reading::default();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |what: &str| {
            Error::new(format!("line {}: {what}: {line:?}", index + 1))
                .help("example of a line: field BackgroundWorker.bgw_flags: offset=192 size=4")
        };
        let (item, said) = line.split_once(": ").ok_or_else(|| bad("no fact"))?;
        let (kind, name) = item.split_once(' ').ok_or_else(|| bad("no name"))?;
        let kind = Kind::parse(kind).ok_or_else(|| bad("an unknown kind"))?;
        let key = Key::new(kind, name);
        if reading.0.contains_key(&key) {
            return Err(bad("twice"));
        }
        let whole = [
            Kind::Alias,
            Kind::Environment,
            Kind::Function,
            Kind::Global,
            Kind::Macro,
            Kind::Symbol,
        ];
        if whole.contains(&kind) {
            reading.say(key, "is", said);
            continue;
        }
        let mut rest = said;
        while !rest.is_empty() {
            let (attribute, value) = rest.split_once('=').ok_or_else(|| bad("no attribute"))?;
            let attribute = ATTRIBUTES.iter().find(|known| **known == attribute);
            let attribute = *attribute.ok_or_else(|| bad("an unknown attribute"))?;
            // A type contains spaces, so it comes last; the type of a constant comes first.
            let ends = if attribute == "type" && kind != Kind::Constant {
                None
            } else {
                value.split_once(' ')
            };
            let (value, more) = ends.unwrap_or((value, ""));
            reading.say(key.clone(), attribute, value);
            rest = more.trim_start();
        }
    }
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_they_want() {
        let text = "# ours\nfield W.a: offset=8 type=char [4]\n\ntype W: size=16\nfunction f: int f(void)\n";
        let said = parse(text).unwrap();
        let of = |kind, name: &str, attribute| {
            said.of(&Key::new(kind, name), attribute).map(str::to_owned)
        };
        assert_eq!(of(Kind::Field, "W.a", "type").as_deref(), Some("char [4]"));
        assert_eq!(of(Kind::Field, "W.a", "size"), None);
        assert_eq!(of(Kind::Type, "W", "size").as_deref(), Some("16"));
        assert_eq!(
            of(Kind::Function, "f", "is").as_deref(),
            Some("int f(void)")
        );
        for bad in [
            "x",
            "field W.a",
            "feld W.a: size=1",
            "field W.a: sise=1",
            "field W.a: 8",
            "type W: size=1\ntype W: size=1",
        ] {
            assert!(
                parse(bad).unwrap_err().to_string().contains("line "),
                "{bad}"
            );
        }
    }
}
