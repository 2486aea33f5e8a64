//! Strings in a file's data: entry points and the server's version.

use super::contents::Binary;
use super::image::{Image, Part};
use std::collections::BTreeSet;

/// `PG_BACKEND_VERSIONSTR`, which `postgres --version` prints.
const BANNER: &[u8] = b"postgres (PostgreSQL) ";
/// The capacity of `bgw_function_name`.
const LONGEST_NAME: usize = 96;

/// The functions that a module calls to start workers.
const REGISTER: [&str; 2] = [
    "RegisterBackgroundWorker",
    "RegisterDynamicBackgroundWorker",
];

/// Returns the exported functions of a module with workers that are also named in its data, and the
/// server's version. (The error-reporting macro also names functions; SQL functions are excluded.)
pub(super) fn find(image: &Image<'_>, binary: &Binary) -> (BTreeSet<String>, Option<String>) {
    let (mut named, mut version) = (BTreeSet::new(), None);
    let mut imports = binary.imports.iter();
    let has_workers = imports.any(|import| REGISTER.contains(&import.name.as_str()));
    let is_candidate = |name: &str| {
        binary.has_function(name) && !binary.exports.contains_key(&format!("pg_finfo_{name}"))
    };
    for Part { bytes, .. } in &image.parts {
        for word in bytes.split(|byte| *byte == 0) {
            if let Some(rest) = word.strip_prefix(BANNER) {
                let line = String::from_utf8_lossy(&rest[..rest.len().min(200)]);
                version = line.lines().next().map(str::to_owned);
            }
            if word.is_empty() || word.len() > LONGEST_NAME {
                continue;
            }
            if let Ok(word) = std::str::from_utf8(word) {
                if has_workers && is_candidate(word) {
                    named.insert(word.to_owned());
                }
            }
        }
    }
    (named, version)
}
