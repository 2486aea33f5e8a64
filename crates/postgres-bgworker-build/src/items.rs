//! The items of a list: expressions for bindgen, and what is said about one that is not bound.

use crate::definition::{self, Definition};
use crate::generate::{BLOCKED, VA_LIST};
use crate::headers::Headers;
use crate::report::{Report, Result};
use crate::request::Request;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

/// How many names of a list a message has.
const MOST: usize = 20;

impl Request {
    /// Returns the items for bindgen. bindgen ignores invalid expressions, so they are checked
    /// here first.
    pub fn patterns(&self) -> Result<Vec<String>> {
        self.expressions()?;
        let items = self.items.iter();
        Ok(items.map(|item| format!("(?:{item})")).collect())
    }

    /// Returns expressions for the files of which all items are requested.
    pub fn files(&self, headers: &Headers) -> Vec<String> {
        let dirs = headers.include_dirs();
        let whole = self.whole.iter().filter_map(|header| {
            let mut found = dirs.iter().map(|dir| dir.join(header));
            found.find(|path| path.is_file())
        });
        whole
            .map(|path| regex::escape(&path.display().to_string()))
            .collect()
    }

    /// Returns whether this exact name was requested.
    pub fn names(&self, name: &str) -> bool {
        self.items.iter().any(|item| item == name)
    }

    /// An item that matches nothing is misspelled, or bindgen cannot bind it.
    pub fn all_bound(&self, bindings: &[&str], headers: &Headers, wrapper: &Path) -> Result<()> {
        if self.items.is_empty() {
            return Ok(());
        }
        let declared = Regex::new(r"\bpub (?:fn|const|static mut|static|type|struct|union) (\w+)")
            .expect("an expression of ours");
        let found = bindings
            .iter()
            .flat_map(|text| declared.captures_iter(text));
        let names: Vec<&str> = found
            .filter_map(|found| Some(found.get(1)?.as_str()))
            .collect();
        let exact: BTreeSet<&str> = names.iter().copied().collect();
        let expressions = self.expressions()?;
        let required = |item: &String| !self.optional.contains(item);
        let nothing = expressions
            .iter()
            .zip(&self.items)
            .filter(|(_, item)| required(item))
            .filter(|(_, item)| !exact.contains(item.as_str()))
            .filter(|(expression, _)| !names.iter().any(|name| expression.is_match(name)));
        let nothing: Vec<(&Regex, &String)> = nothing.collect();
        let Some(((expression, item), others)) = nothing.split_first() else {
            return Ok(());
        };
        let definition = definition::find(headers, &self.unit(wrapper)?, item);
        let report = self.matches_nothing(expression, item, definition);
        let others: Vec<&str> = others.iter().map(|(_, item)| item.as_str()).collect();
        Err(match others.is_empty() {
            true => report,
            false => report.note(format!("also not bound: {}", listed(&others))),
        })
    }

    fn expressions(&self) -> Result<Vec<Regex>> {
        let read = |item: &String| {
            Regex::new(&format!("^(?:{item})$")).map_err(|error| {
                Report::new(format!(
                    "{item:?} in {} is not a regular expression",
                    self.lists.items
                ))
                .note(error.to_string())
                .help("write names or expressions: BufFile.*, GetNumProcs")
            })
        };
        self.items.iter().map(read).collect()
    }

    fn matches_nothing(
        &self,
        expression: &Regex,
        item: &str,
        definition: Option<Definition>,
    ) -> Report {
        let list = self.lists.items;
        let mut blocked = BLOCKED.iter();
        if let Some((name, why)) = blocked.find(|(name, _)| expression.is_match(name)) {
            return Report::new(format!("{list} lists {item:?}, and {name} is never bound"))
                .note(why.to_string())
                .help("leave it out of the list");
        }
        let in_c = "write a C function of your own that calls it: Server::c of postgres-bgworker-build compiles it";
        match definition {
            Some(Definition::Macro(text)) => {
                return Report::new(format!(
                    "{list} lists {item:?}, a macro that bindgen makes no constant of"
                ))
                .note(format!("it is defined as: {text}"))
                .help(format!("declare it in Rust: pub const {item}: … = …;"));
            }
            Some(Definition::MacroWithArguments) => {
                let what = format!("{list} lists {item:?}, a macro with arguments");
                return Report::new(what).help(in_c);
            }
            Some(Definition::InlineFunction) => {
                let what = format!("{list} lists {item:?}, an inline function");
                return Report::new(what).help(in_c);
            }
            Some(Definition::VaList) => {
                let what = format!("{list} lists {item:?}, a function that is never bound");
                return Report::new(what).note(VA_LIST).help(in_c);
            }
            None => {}
        }
        Report::new(format!(
            "{list} lists {item:?}, but the headers declare no such item"
        ))
        .note(match self.headers.as_slice() {
            [] => "no header was added".to_string(),
            headers => format!("added headers: {}", listed(headers)),
        })
        .note("an enumerator is bound with its enum: list the enum")
        .help(format!(
            "add the header that declares it to {}",
            self.lists.headers
        ))
        .help(format!("if only some majors have it, write {item}?"))
    }
}

/// A list without an end is no help.
fn listed(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().map(AsRef::as_ref).take(MOST).collect();
    let more = names.len() - shown.len();
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}
