//! `items.tsv`: each item of the committed bindings, with its header and the majors that have it.

use super::declarations::Declarations;
use super::places::Places;
use crate::major::{Order, order};
use pg_scratch::Result;
use std::collections::BTreeMap;
use std::fmt;

/// The kind of item in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A constant or an enumerator.
    Constant,
    /// A function.
    Function,
    /// A variable of the server.
    Global,
    /// A struct, union, enum or alias.
    Type,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Constant, "constant"),
    (Kind::Function, "function"),
    (Kind::Global, "global"),
    (Kind::Type, "type"),
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = KINDS.iter().find(|(kind, _)| kind == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl Kind {
    fn parse(text: &str) -> Option<Self> {
        KINDS
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(kind, _)| *kind)
    }
}

/// Name and kind. Rust has separate name spaces for types and values.
pub type Key = (String, Kind);

/// Major and header.
type ByMajor = BTreeMap<Order, (String, String)>;

/// Each item with the majors that have it, and the header there; empty when unknown.
#[derive(Debug, Default)]
pub struct Items(BTreeMap<Key, ByMajor>);

impl Items {
    /// Adds the declarations of a bindings file; `header` returns the header of each.
    pub fn add(
        &mut self,
        major: &str,
        bindings: &str,
        header: &dyn Fn(&Key) -> String,
    ) -> Result<()> {
        for key in declared(bindings)? {
            let here = (major.to_owned(), header(&key));
            self.0.entry(key).or_default().insert(order(major), here);
        }
        Ok(())
    }

    /// Returns the items of a major, by name.
    pub fn of(&self, major: &str) -> impl Iterator<Item = &Key> {
        let major = order(major);
        let here = self
            .0
            .iter()
            .filter(move |(_, majors)| majors.contains_key(&major));
        here.map(|(key, _)| key)
    }

    /// Returns one line per item: name, kind, headers, first major, last major or `-`. `majors` is
    /// the full list. A major in between may lack the item: `strlcpy`, if the C library already had
    /// it.
    pub fn write(&self, majors: &[String]) -> String {
        let mut text = String::new();
        for ((name, kind), has) in &self.0 {
            let (first, last) = (has.values().next(), has.values().next_back());
            let (Some((first, _)), Some((last, _))) = (first, last) else {
                continue;
            };
            let until = if majors.last() == Some(last) {
                "-"
            } else {
                last
            };
            let headers = history(has.values());
            text.push_str(&format!("{name}\t{kind}\t{headers}\t{first}\t{until}\n"));
        }
        text
    }
}

fn declared(bindings: &str) -> Result<Vec<Key>> {
    let found = Declarations::parse(bindings)?;
    let constants = found
        .constants
        .into_iter()
        .map(|(name, _)| (name, Kind::Constant));
    let functions = found
        .functions
        .into_iter()
        .map(|name| (name, Kind::Function));
    let globals = found
        .globals
        .into_iter()
        .map(|(name, _, _)| (name, Kind::Global));
    let types = found.types.into_iter().map(|name| (name, Kind::Type));
    Ok(constants
        .chain(functions)
        .chain(globals)
        .chain(types)
        .collect())
}

/// `a.h`, or `a.h 18:b.h` for an item that moved in 18; `-` when unknown.
fn history<'a>(places: impl Iterator<Item = &'a (String, String)>) -> String {
    let mut text = String::new();
    let mut before: Option<&str> = None;
    for (major, header) in places {
        let shown = if header.is_empty() { "-" } else { header };
        match before {
            None => text.push_str(shown),
            Some(same) if same == header => {}
            Some(_) => text.push_str(&format!(" {major}:{shown}")),
        }
        before = Some(header);
    }
    text
}

/// The headers that an `items.tsv` names.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<Key, Vec<(Order, String)>>);

impl Known {
    /// Parses the output of [`Items::write`].
    pub fn read(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            let key = (fields.next()?.to_owned(), Kind::parse(fields.next()?)?);
            Some((key, fields.next()?.split(' ').map(since).collect()))
        });
        Self(lines.collect())
    }

    /// Returns the header in a major; empty when unknown.
    pub fn header(&self, key: &Key, major: &str) -> String {
        let history = self.0.get(key).into_iter().flatten();
        let mut until_then = history.filter(|(since, _)| *since <= order(major));
        until_then
            .next_back()
            .map_or_else(String::new, |(_, header)| header.clone())
    }
}

/// `a.h`, `18:b.h`.
fn since(text: &str) -> (Order, String) {
    let (major, header) = text.split_once(':').unwrap_or(("0", text));
    let header = if header == "-" { "" } else { header };
    (order(major), header.to_owned())
}

/// Returns the header of an item as reported by the compiler.
pub fn by_places(places: &Places, key: &Key) -> String {
    // bindgen's name for `bool` where it is a char.
    let stem = key.0.strip_suffix('_').unwrap_or(&key.0);
    let header = places.header(&key.0).or_else(|| places.header(stem));
    header.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Items, Kind, Known};

    fn add(items: &mut Items, major: &str, bindings: &str, header: &str) {
        items.add(major, bindings, &|_| header.to_owned()).unwrap();
    }

    #[test]
    fn lines_say_where_and_since_when() {
        let mut items = Items::default();
        let wait = r#"unsafe extern "C" { pub fn wait(); }"#;
        add(&mut items, "9.6", "pub const OLD: u8 = 1;", "");
        add(&mut items, "9.6", wait, "latch.h");
        add(&mut items, "10", wait, "latch.h");
        add(&mut items, "11", wait, "set.h");
        add(&mut items, "11", "pub type New = u8;", "new.h");
        let text = items.write(&["9.6", "10", "11"].map(str::to_owned));
        assert_eq!(
            text,
            "New\ttype\tnew.h\t11\t-\nOLD\tconstant\t-\t9.6\t9.6\nwait\tfunction\tlatch.h 11:set.h\t9.6\t-\n"
        );
        let known = Known::read(&text);
        let header = |major| known.header(&("wait".to_owned(), Kind::Function), major);
        assert_eq!(
            [header("9.6"), header("10"), header("11")],
            ["latch.h", "latch.h", "set.h"]
        );
        assert_eq!(known.header(&("OLD".to_owned(), Kind::Constant), "9.6"), "");
        assert_eq!(items.of("10").count(), 1);
    }
}
