//! Additional headers and items of the server that a dependent crate needs in the same bindings.

use crate::contract;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::vars;
use std::path::{Path, PathBuf};

const HEADERS: &str = "POSTGRES_BGWORKER_EXTRA_HEADERS";
const ITEMS: &str = "POSTGRES_BGWORKER_EXTRA_ITEMS";

#[derive(Debug)]
pub struct Extra {
    /// The headers, as in `#include "…"`.
    pub headers: Vec<String>,
    /// Names or regular expressions.
    pub items: Vec<String>,
    /// Headers and items that this server may lack.
    optional: Vec<String>,
}

pub fn asked() -> Result<Extra> {
    let separator = if cfg!(windows) { ';' } else { ':' };
    let headers = vars::text(HEADERS)?.unwrap_or_default();
    let items = vars::text(ITEMS)?.unwrap_or_default();
    let list = |text: &str, separates: &dyn Fn(char) -> bool| -> Vec<String> {
        text.split(separates)
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_string)
            .collect()
    };
    let mut optional = Vec::new();
    let mut named = |part: String| match part.strip_suffix('?') {
        None => part,
        Some(name) => {
            optional.push(name.to_string());
            name.to_string()
        }
    };
    let headers = list(&headers, &|c| c == ',' || c == separator || c == '\n');
    let headers = headers.into_iter().map(&mut named).collect();
    // An expression may contain a colon.
    let items = list(&items, &|c| c == ',' || c.is_whitespace());
    let items = items.into_iter().map(&mut named).collect();
    Ok(Extra {
        headers,
        items,
        optional,
    })
}

impl Extra {
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.items.is_empty()
    }

    /// Returns an error for builds that do not read headers.
    pub fn refuse(&self, why: &str) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let mut report = Report::new(format!("additional headers and items need libclang: {why}"));
        for (name, list) in [(HEADERS, &self.headers), (ITEMS, &self.items)] {
            if !list.is_empty() {
                report = report.note(format!("{name}: {}", list.join(", ")));
            }
        }
        Err(report
            .help("enable the feature `bindgen` and install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory); the headers of a server are needed, too")
            .help(format!("or unset {HEADERS} and {ITEMS}")))
    }

    /// The file that bindgen and the C compiler read: `wrapper.h`, then the additional headers.
    pub fn unit(&self) -> Result<PathBuf> {
        let wrapper = Path::new(&vars::cargo("CARGO_MANIFEST_DIR")).join("wrapper.h");
        if self.headers.is_empty() {
            return Ok(wrapper);
        }
        let lines: String = self
            .headers
            .iter()
            .map(|header| format!("#include \"{header}\"\n"))
            .collect();
        let unit = vars::out_dir().join("unit.h");
        headers::write(
            &unit,
            &format!("#include \"{}\"\n{lines}", wrapper.display()),
        )?;
        Ok(unit)
    }

    /// Leaves out optional headers that this server lacks, and checks that the additional headers
    /// compile together with the others.
    pub fn verify(&mut self, headers: &Headers) -> Result<()> {
        let dirs = headers.include_dirs();
        let optional = &self.optional;
        self.headers.retain(|header| {
            !optional.contains(header) || dirs.iter().any(|dir| dir.join(header).is_file())
        });
        if !self.headers.is_empty() && self.items.is_empty() {
            println!("cargo:warning={HEADERS} is set without {ITEMS}: nothing is added");
        }
        for header in &self.headers {
            let found = self.locate(headers, header)?;
            println!("cargo:rerun-if-changed={}", found.display());
        }
        if self.headers.is_empty() {
            return Ok(());
        }
        let source = vars::out_dir().join("extra.c");
        headers::write(
            &source,
            &format!("#include \"{}\"\n", self.unit()?.display()),
        )?;
        let Some(errors) = contract::errors(headers, &source)? else {
            return Ok(());
        };
        Err(errors
            .iter()
            .fold(
                Report::new(format!(
                    "the headers that {HEADERS} adds do not compile with those of PostgreSQL {}",
                    headers.major
                ))
                .note(format!("added, in this order: {}", self.headers.join(", "))),
                |report, line| report.note(line),
            )
            .help("list the headers that they need first, in the same variable"))
    }

    fn locate(&self, headers: &Headers, header: &str) -> Result<PathBuf> {
        let dirs = headers.include_dirs();
        let found = dirs
            .iter()
            .map(|dir| dir.join(header))
            .find(|path| path.is_file());
        let is_quotable = !header.contains(['"', '\\', '\n']);
        found.filter(|_| is_quotable).ok_or_else(|| {
            dirs.iter()
                .fold(
                    Report::new(format!(
                        "there is no header {header:?}, which {HEADERS} adds"
                    )),
                    |report, dir| report.note(format!("looked in: {}", dir.display())),
                )
                .help("write the path as in an #include of the server's sources: storage/buffile.h")
                .help(format!(
                    "PostgreSQL {} may not have it, or have it elsewhere",
                    headers.major
                ))
        })
    }
}

#[cfg(feature = "bindgen")]
mod items {
    use super::{Extra, ITEMS, Report, Result};
    use regex::Regex;

    impl Extra {
        /// Returns the items for bindgen. bindgen ignores invalid expressions, so they are checked
        /// here first.
        pub fn patterns(&self) -> Result<Vec<String>> {
            self.expressions()?;
            Ok(self
                .items
                .iter()
                .map(|item| format!("(?:{item})"))
                .collect())
        }

        /// Returns whether this exact name was requested.
        pub fn names(&self, name: &str) -> bool {
            self.items.iter().any(|item| item == name)
        }

        /// An item that matches nothing is misspelled, or bindgen cannot bind it.
        pub fn all_bound(&self, bindings: &str) -> Result<()> {
            if self.items.is_empty() {
                return Ok(());
            }
            let declared =
                Regex::new(r"\bpub (?:fn|const|static mut|static|type|struct|union) (\w+)")
                    .expect("an expression of ours");
            let names: Vec<&str> = declared
                .captures_iter(bindings)
                .filter_map(|found| Some(found.get(1)?.as_str()))
                .collect();
            let expressions = self.expressions()?;
            let required = |item: &String| !self.optional.contains(item);
            let nothing = expressions
                .iter()
                .zip(&self.items)
                .filter(|(_, item)| required(item))
                .find(|(expression, _)| !names.iter().any(|name| expression.is_match(name)));
            match nothing {
                None => Ok(()),
                Some((expression, item)) => Err(self.matches_nothing(expression, item)),
            }
        }

        fn expressions(&self) -> Result<Vec<Regex>> {
            let read = |item: &String| {
                Regex::new(&format!("^(?:{item})$")).map_err(|error| {
                    Report::new(format!("{item:?} in {ITEMS} is not a regular expression"))
                        .note(error.to_string())
                        .help("write names or expressions, with commas or spaces between them: BufFile.*, GetNumProcs")
                })
            };
            self.items.iter().map(read).collect()
        }

        fn matches_nothing(&self, expression: &Regex, item: &str) -> Report {
            let mut blocked = crate::allowlist::BLOCKED.iter();
            if let Some((name, why)) = blocked.find(|(name, _)| expression.is_match(name)) {
                return Report::new(format!("{ITEMS} lists {item:?}, and {name} is never bound"))
                    .note(why.to_string())
                    .help("leave it out of the list");
            }
            Report::new(format!("{ITEMS} lists {item:?}, but the headers declare no such item"))
                .note(match self.headers.as_slice() {
                    [] => "no header was added".to_string(),
                    headers => format!("added headers: {}", headers.join(", ")),
                })
                .note("inline functions and macros with arguments have no declaration that could be bound")
                .help(format!("add the header that declares it to {}", super::HEADERS))
                .help(format!("if only some majors have it, write {item}?"))
                .help("for an inline function or a macro, write a C function of your own that calls it")
        }
    }
}
