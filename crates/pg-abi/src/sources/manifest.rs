//! A manifest: a hand-written list of items that a library uses, with or without facts about them.
//! Lines as in a file of facts, without its header, in any order, each with a subset of the
//! attributes. A line without facts only asks for the item.
//!
//! ```text
//! include executor/executor.h
//! standard_ExecutorStart
//! field PGPROC.*
//! type BackgroundWorker: size=1472
//! field BackgroundWorker.bgw_main_arg: offset=1328
//! constant BGW_NEVER_RESTART: value=-1
//! function proc_exit: void proc_exit(int)
//! ```

use super::reading::Reading;
use crate::facts::{Key, Kind, Use};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

const ATTRIBUTES: [&str; 8] = [
    "align", "enum", "offset", "signed", "size", "type", "use", "value",
];

/// The contents of a manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Headers that declare its items, besides those of `wrapper.h`.
    pub includes: Vec<String>,
    /// The items with their kinds, and the line of each. A field may be `Type.*`.
    pub(crate) items: BTreeMap<Key, usize>,
    /// Names without a kind, and the line of each.
    pub(crate) names: BTreeMap<String, usize>,
    /// The facts.
    pub(crate) facts: Reading,
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Manifest> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
    parse(&text).map_err(|e| e.context(format!("{} is not a manifest", path.display())))
}

fn parse(text: &str) -> Result<Manifest> {
    let mut manifest = Manifest::default();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        manifest.add(line, index + 1).map_err(|what| {
            Error::new(format!("line {}: {what}: {line:?}", index + 1))
                .help("example of a line: field BackgroundWorker.bgw_flags: offset=192 size=4")
        })?;
    }
    Ok(manifest)
}

impl Manifest {
    fn add(&mut self, line: &str, number: usize) -> std::result::Result<(), &'static str> {
        if let Some(header) = line.strip_prefix("include ") {
            return self.include(header.trim());
        }
        let (item, said) = match line.split_once(": ") {
            Some((item, said)) => (item, Some(said)),
            None => (line, None),
        };
        let Some((kind, name)) = item.split_once(' ') else {
            return match said {
                None if is_name(item) => self.add_name(item, number),
                None => Err("not a name"),
                Some(_) => Err("no kind"),
            };
        };
        let kind = Kind::parse(kind).ok_or("an unknown kind")?;
        if !is_balanced(name) {
            return Err("not a name");
        }
        let key = Key::new(kind, name.trim());
        let all_fields = kind == Kind::Field && key.member() == "*";
        if kind == Kind::Field && !name.contains('.') {
            return Err("not a field of a type");
        }
        if all_fields && said.is_some() {
            return Err("facts about all fields");
        }
        if self.items.insert(key.clone(), number).is_some() {
            return Err("twice");
        }
        match said {
            Some(said) => self.add_facts(key, said),
            None => Ok(()),
        }
    }

    fn include(&mut self, header: &str) -> std::result::Result<(), &'static str> {
        let header = header.trim_matches(['"', '<', '>']);
        if header.is_empty() || header.contains(['"', '\\']) {
            return Err("not a header");
        }
        self.includes.push(header.to_owned());
        Ok(())
    }

    fn add_name(&mut self, name: &str, number: usize) -> std::result::Result<(), &'static str> {
        match self.names.insert(name.to_owned(), number) {
            None => Ok(()),
            Some(_) => Err("twice"),
        }
    }

    fn add_facts(&mut self, key: Key, said: &str) -> std::result::Result<(), &'static str> {
        let whole = [
            Kind::Alias,
            Kind::Environment,
            Kind::Function,
            Kind::Global,
            Kind::Macro,
            Kind::Symbol,
            Kind::Text,
        ];
        if whole.contains(&key.kind) {
            self.facts.say(key, "is", said);
            return Ok(());
        }
        let mut rest = said;
        if key.kind == Kind::Constant {
            // Both may contain spaces.
            let (before, value) = said.split_once("value=").ok_or("no value")?;
            self.facts.say(key.clone(), "value", value);
            rest = before.trim_end();
            if let Some(ty) = rest.strip_prefix("type=") {
                self.facts.say(key, "type", ty);
                return Ok(());
            }
        }
        while !rest.is_empty() {
            let (attribute, value) = rest.split_once('=').ok_or("no attribute")?;
            let attribute = ATTRIBUTES.iter().find(|known| **known == attribute);
            let attribute = *attribute.ok_or("an unknown attribute")?;
            // A type contains spaces, so it comes last.
            let ends = if attribute == "type" {
                None
            } else {
                value.split_once(' ')
            };
            let (value, more) = ends.unwrap_or((value, ""));
            if attribute == "use" && Use::parse(value).is_none() {
                return Err("an unknown use");
            }
            self.facts.say(key.clone(), attribute, value);
            rest = more.trim_start();
        }
        Ok(())
    }
}

/// Returns whether a line of C with this name ends where the name does.
fn is_balanced(name: &str) -> bool {
    let count = |c: char| name.matches(c).count();
    count('(') == count(')')
        && count('[') == count(']')
        && count('"') % 2 == 0
        && count('\'') % 2 == 0
        && !name.contains(['\\', '{', '}', ';', '#'])
        && !name.contains("/*")
        && !name.contains("//")
}

fn is_name(text: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(is_first) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_they_want() {
        let text = "# ours\nfield W.a: offset=8 type=char [4]\n\ntype W: size=16\nfunction f: int f(void)\n";
        let facts = parse(text).unwrap().facts;
        let of = |kind, name: &str, attribute| {
            facts
                .of(&Key::new(kind, name), attribute)
                .map(str::to_owned)
        };
        assert_eq!(of(Kind::Field, "W.a", "type").as_deref(), Some("char [4]"));
        assert_eq!(of(Kind::Field, "W.a", "size"), None);
        assert_eq!(of(Kind::Type, "W", "size").as_deref(), Some("16"));
        assert_eq!(
            of(Kind::Function, "f", "is").as_deref(),
            Some("int f(void)")
        );
    }

    #[test]
    fn lines_without_facts_ask_for_items() {
        let manifest = parse("include <a/b.h>\nf\n\nfield W.*\ntype struct w\n").unwrap();
        assert_eq!(manifest.includes, ["a/b.h"]);
        assert_eq!(manifest.names["f"], 2);
        assert_eq!(manifest.items[&Key::new(Kind::Field, "W.*")], 4);
        assert_eq!(manifest.items[&Key::new(Kind::Type, "struct w")], 5);
        assert!(manifest.facts.0.is_empty());
    }

    #[test]
    fn values_may_contain_spaces() {
        let text = "constant A: type=unsigned int value=\"a b\"\nconstant B: value=-1\n";
        let facts = parse(text).unwrap().facts;
        let of = |name, attribute| {
            facts
                .of(&Key::new(Kind::Constant, name), attribute)
                .map(str::to_owned)
        };
        assert_eq!(of("A", "type").as_deref(), Some("unsigned int"));
        assert_eq!(of("A", "value").as_deref(), Some("\"a b\""));
        assert_eq!(of("B", "value").as_deref(), Some("-1"));
    }

    #[test]
    fn bad_lines_are_named() {
        for (bad, what) in [
            ("x y", "an unknown kind"),
            ("x-y", "not a name"),
            ("x: size=1", "no kind"),
            ("x\nx", "twice"),
            ("macro F(1", "not a name"),
            ("type struct w {", "not a name"),
            ("constant A: type=int", "no value"),
            ("field W", "not a field"),
            ("field W.*: size=1", "facts about all fields"),
            ("type W: use=alocated", "an unknown use"),
            ("include \"", "not a header"),
            ("feld W.a: size=1", "an unknown kind"),
            ("field W.a: sise=1", "an unknown attribute"),
            ("field W.a: 8", "no attribute"),
            ("type W: size=1\ntype W: size=1", "twice"),
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(
                error.contains("line ") && error.contains(what),
                "{bad}: {error}"
            );
        }
    }
}
