//! The constants of `SqlState` and of `ffi::errcodes`: every condition in `utils/errcodes.h` of any
//! server at hand, and those that were there before. A condition that a later major has dropped
//! stays, because older servers raise it.

use pg_scratch::servers::discover;
use std::collections::BTreeMap;

/// What a file says: names by code, and the title of each class.
#[derive(Default)]
struct Conditions {
    classes: BTreeMap<String, String>,
    /// In the order of the codes; several names of one code in the order of the server.
    names: BTreeMap<String, Vec<String>>,
}

impl Conditions {
    fn add(&mut self, name: &str, code: &str) {
        for (other, names) in &self.names {
            assert!(
                other == code || names.iter().all(|known| known != name),
                "{name} is both {code} and {other}"
            );
        }
        let names = self.names.entry(code.to_owned()).or_default();
        if names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }

    /// A comment such as `Class 23 - Integrity Constraint Violation`.
    fn title(&mut self, comment: &str) {
        if let Some((class, title)) = comment
            .trim()
            .strip_prefix("Class ")
            .and_then(|rest| rest.split_once(" - "))
        {
            self.classes.insert(class.to_owned(), title.to_owned());
        }
    }

    /// `#define ERRCODE_UNIQUE_VIOLATION MAKE_SQLSTATE('2','3','5','0','5')`
    fn read_header(&mut self, header: &str) {
        for line in header.lines() {
            if let Some(comment) = line.strip_prefix("/*") {
                self.title(comment.trim_end_matches("*/"));
            }
            let mut words = line.split_whitespace();
            if let (Some("#define"), Some(name), Some(code)) =
                (words.next(), words.next(), words.next())
            {
                let name = name.strip_prefix("ERRCODE_");
                let code = code.strip_prefix("MAKE_SQLSTATE(");
                if let (Some(name), Some(code)) = (name, code) {
                    let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
                    self.add(name, &code);
                }
            }
        }
    }

    /// What [`Conditions::page`] has written.
    fn read_page(&mut self, page: &str) {
        for line in page.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("// ") {
                self.title(comment);
            }
            let condition = line
                .strip_suffix("\";")
                .and_then(|line| line.split_once(" \""));
            if let Some((name, code)) = condition {
                self.add(name, code);
            }
        }
    }

    /// The page of the safe crate, or with a prefix that of the raw one.
    fn page(&self, head: &str, prefix: &str) -> String {
        let mut page = String::from(
            "//! The conditions in `utils/errcodes.h` of all majors. A test writes this file:\n//! `BLESS=1 cargo test --package tests --test architecture`.\n\n",
        );
        page.push_str(head);
        let mut class = "";
        for (code, names) in &self.names {
            if class != &code[..2] {
                class = &code[..2];
                let title = self.classes.get(class);
                let title = title.unwrap_or_else(|| panic!("class {class} has no title"));
                page.push_str(&format!("    // Class {class} - {title}\n"));
            }
            for name in names {
                page.push_str(&format!("    {prefix}{name} \"{code}\";\n"));
            }
        }
        page + "}\n"
    }
}

#[test]
fn each_condition_of_the_servers_at_hand_has_a_constant() {
    let safe = support::workspace().join("src/error/sqlstates.rs");
    let raw = support::workspace().join("postgres-bgworker-sys/src/errcodes/list.rs");
    let mut conditions = Conditions::default();
    conditions.read_page(&std::fs::read_to_string(&safe).unwrap_or_default());
    for server in discover().iter().filter(|server| server.headers) {
        let header = server.includedir_server.join("utils/errcodes.h");
        let header = std::fs::read_to_string(&header)
            .unwrap_or_else(|error| panic!("{}: {error}", header.display()));
        conditions.read_header(&header);
    }
    let head = "use crate::error::sqlstate::{SqlState, sqlstates};\n\nsqlstates! {\n";
    let pages = [
        (safe, conditions.page(head, "")),
        (raw, conditions.page("super::errcodes! {\n", "ERRCODE_")),
    ];
    for (file, page) in pages {
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &page).expect("it can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            page == kept,
            "{} lacks conditions of a server: BLESS=1 cargo test --test architecture",
            file.display()
        );
    }
}
