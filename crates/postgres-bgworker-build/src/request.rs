//! A list of headers and items of the server that a crate needs besides those of the raw crate.

use crate::contract;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::vars;
use std::path::{Path, PathBuf};

/// The file in `OUT_DIR` that includes all headers.
const UNIT: &str = "unit.h";

/// Headers and items, and where they were listed.
#[derive(Debug)]
pub struct Request {
    /// The headers, as in `#include "…"`.
    pub headers: Vec<String>,
    /// Names or regular expressions.
    pub items: Vec<String>,
    /// Headers and items that this server may lack.
    pub optional: Vec<String>,
    /// Headers of which all items are requested.
    pub whole: Vec<String>,
    /// What errors call the two lists.
    pub lists: Lists,
}

/// The names of the two lists in messages.
#[derive(Debug, Clone, Copy)]
pub struct Lists {
    pub headers: &'static str,
    pub items: &'static str,
}

impl Request {
    pub fn new(lists: Lists) -> Self {
        Request {
            headers: Vec::new(),
            items: Vec::new(),
            optional: Vec::new(),
            whole: Vec::new(),
            lists,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.items.is_empty()
    }

    /// Adds a header. `?` in the end says that servers may lack it.
    pub fn add_header(&mut self, header: &str) {
        let header = self.required(header);
        self.headers.push(header);
    }

    /// Adds an item. `?` after a name says that servers may lack it. It has its meaning in any
    /// other regular expression.
    pub fn add_item(&mut self, item: &str) {
        let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let item = match item.strip_suffix('?') {
            Some(name) if is_name(name) => self.required(item),
            _ => item.to_string(),
        };
        self.items.push(item);
    }

    /// Returns all that is requested, in one line.
    pub fn list(&self) -> String {
        let optional = |name: &String| self.optional.contains(name);
        let mark = |name: &String| format!("{name}{}", if optional(name) { "?" } else { "" });
        let lists = [&self.headers, &self.items, &self.whole].map(|list| {
            let names: Vec<String> = list.iter().map(mark).collect();
            names.join(" ")
        });
        lists.join("; ")
    }

    /// Requests all items of a header.
    pub fn add_whole(&mut self, header: &str) {
        let header = self.required(header);
        if self.whole.contains(&header) {
            return;
        }
        if !self.headers.contains(&header) {
            self.headers.push(header.clone());
        }
        // Since 11, the constants of a catalog are in a header that its header includes.
        if let Some(catalog) = header.strip_suffix(".h").filter(|_| is_catalog(&header)) {
            self.add_whole(&format!("{catalog}_d.h?"));
        }
        self.whole.push(header);
    }

    fn required(&mut self, entry: &str) -> String {
        let Some(name) = entry.strip_suffix('?') else {
            return entry.to_string();
        };
        self.optional.push(name.to_string());
        name.to_string()
    }

    /// The file that bindgen and the C compiler read: the raw crate's `wrapper.h`, then the listed
    /// headers.
    pub fn unit(&self, wrapper: &Path) -> Result<PathBuf> {
        let lines: String = self
            .headers
            .iter()
            .map(|header| format!("#include \"{header}\"\n"))
            .collect();
        let unit = vars::out_dir().join(UNIT);
        let text = format!("#include \"{}\"\n{lines}", wrapper.display());
        headers::write(&unit, &text)?;
        Ok(unit)
    }

    /// Leaves out optional headers that this server lacks, and checks that the others compile
    /// together with those of the raw crate.
    pub fn verify(&mut self, headers: &Headers, wrapper: &Path) -> Result<()> {
        let dirs = headers.include_dirs();
        let optional = &self.optional;
        self.headers.retain(|header| {
            !optional.contains(header) || dirs.iter().any(|dir| dir.join(header).is_file())
        });
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
            &format!("#include \"{}\"\n", self.unit(wrapper)?.display()),
        )?;
        let Some(errors) = contract::errors(headers, &source)? else {
            return Ok(());
        };
        Err(errors
            .iter()
            .fold(
                Report::new(format!(
                    "the headers that {} adds do not compile with those of PostgreSQL {}",
                    self.lists.headers, headers.major
                ))
                .note(format!("added, in this order: {}", self.headers.join(", "))),
                |report, line| report.note(line),
            )
            .help("list the headers that they need first, in the same list"))
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
                        "there is no header {header:?}, which {} adds",
                        self.lists.headers
                    )),
                    |report, dir| report.note(format!("looked in: {}", dir.display())),
                )
                .help("write the path as in an #include of the server's sources: storage/buffile.h")
                .help(format!(
                    "PostgreSQL {} may not have it, or have it elsewhere; write {header}? if only some majors have it",
                    headers.major
                ))
        })
    }
}

fn is_catalog(header: &str) -> bool {
    header.starts_with("catalog/pg_") && !header.ends_with("_d.h")
}
