//! What a crate says about the majors that it is for.

use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::Path;

/// The beginning and the end of the attribute of a crate that is empty before a major.
const ATTRIBUTE: [&str; 2] = ["#![cfg(pg_since = \"", "\")]"];

/// Returns an error if the crate with this root module is empty for the server.
pub(crate) fn check(name: &str, root: &Path, server: &Server) -> Result<()> {
    // A file that cannot be read is a fault that cargo reports.
    let text = std::fs::read_to_string(root).unwrap_or_default();
    let version = &server.version;
    match since(&text) {
        Some(since) if number(since) > number(&version.major) => Err(Error::new(format!(
            "{name} needs PostgreSQL {since} or later"
        ))
        .note(format!("the server is PostgreSQL {version}"))
        .help("choose another server with --pg or --pg-config")),
        _ => Ok(()),
    }
}

/// Returns the first major for which a crate is not empty.
fn since(text: &str) -> Option<&str> {
    let [before, after] = ATTRIBUTE;
    let mut lines = text.lines().map(str::trim);
    lines.find_map(|line| line.strip_prefix(before)?.strip_suffix(after))
}

/// Orders majors: `9.6` is before `10`.
fn number(major: &str) -> Vec<u32> {
    let parts = major.split('.');
    parts.filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_is_found_and_majors_are_ordered() {
        let text = "//! A worker.\n\n#![cfg(pg_since = \"9.5\")]\n\nuse std::fmt;\n";
        assert_eq!(since(text), Some("9.5"));
        assert_eq!(
            since("#![cfg(unix)]\n#[cfg(pg_since = \"9.5\")]\nmod x;"),
            None
        );
        assert!(number("9.4") < number("9.5"));
        assert!(number("9.6") < number("10"));
        assert!(number("19") > number("9.5"));
    }
}
