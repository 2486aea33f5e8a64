//! The names of a new package, which are also names in Rust and in SQL.

use pg_scratch::{Error, Result};
use std::path::Path;

/// The names that follow from the directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The package: `job-queue`.
    pub(super) package: String,
    /// The library, the extension, its schema and its role: `job_queue`.
    pub(super) extension: String,
}

/// Names of workers, symbols and settings contain it.
const LONGEST: usize = 32;

/// Keywords of Rust.
const RUST: &str = "abstract as async await become box break const continue crate do dyn else enum \
    extern false final fn for gen if impl in let loop macro match mod move mut override priv pub \
    ref return self static struct super trait true try type typeof unsafe unsized use virtual \
    where while yield";

/// Words of SQL that need quotes as the name of a schema or a role.
const SQL: &str = "all analyse analyze and any array as asc asymmetric authorization between bigint \
    binary both case cast check collate collation column concurrently constraint create cross \
    current_user default deferrable desc distinct do else end except false fetch for foreign freeze \
    from full grant group having ilike in initially inner intersect into is isnull join lateral \
    leading left like limit localtime natural not notnull null offset on only or order outer \
    overlaps placing primary public references returning right select session_user similar some \
    symmetric system_user table tablesample then to trailing true union unique user using variadic \
    verbose when where window with none";

/// Names that something else has.
const TAKEN: &str = "alloc build core deps examples incremental information_schema plpgsql postgres \
    postgres_bgworker postgres_bgworker_sys proc_macro std template0 template1 test";

impl Names {
    pub(super) fn of(directory: &Path) -> Result<Self> {
        let name = directory
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let refused = |why: &str| {
            Error::new(format!(
                "\"{name}\" cannot be the name of an extension: {why}"
            ))
        };
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_fine) {
            let error = refused(
                "it may contain lower-case letters, digits, - and _, and begins with a letter",
            );
            return Err(match proposal(name) {
                Some(other) => error.help(format!("cargo bgworker new {other}")),
                None => error,
            });
        }
        let extension = name.replace('-', "_");
        if name.len() > LONGEST {
            return Err(refused(&format!("it is longer than {LONGEST} bytes")));
        }
        if extension.starts_with("pg_") {
            return Err(refused(
                "PostgreSQL reserves names of schemas and roles that begin with pg_",
            )
            .help(format!("cargo bgworker new {}", &name["pg_".len()..])));
        }
        for (list, why) in [
            (RUST, "it is a keyword of Rust"),
            (SQL, "it is a keyword of SQL"),
            (TAKEN, "something else has this name"),
        ] {
            if list.split_whitespace().any(|word| word == extension) {
                return Err(refused(why).help(format!("cargo bgworker new {name}-worker")));
            }
        }
        Ok(Self {
            package: name.to_owned(),
            extension,
        })
    }
}

/// Returns a similar name that is valid.
fn proposal(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let kept = lower.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() || c == '_' => c,
        _ => '-',
    });
    let kept: String = kept.collect();
    let kept = kept
        .trim_matches(|c: char| !c.is_ascii_alphabetic())
        .to_owned();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: &str) -> String {
        Names::of(Path::new(name)).unwrap_err().to_string()
    }

    #[test]
    fn a_package_has_the_name_of_its_directory() {
        let names = Names::of(Path::new("some/where/job-queue")).unwrap();
        assert_eq!(
            (&*names.package, &*names.extension),
            ("job-queue", "job_queue")
        );
    }

    #[test]
    fn invalid_names_are_refused_with_a_reason() {
        for (name, why) in [
            ("", "begins with a letter"),
            ("9lives", "begins with a letter"),
            ("..", "begins with a letter"),
            ("Job Queue", "new job-queue"),
            ("pg_jobs", "begin with pg_"),
            ("async", "keyword of Rust"),
            ("user", "keyword of SQL"),
            ("postgres-bgworker", "something else"),
            (&"x".repeat(33), "longer than 32 bytes"),
        ] {
            assert!(error(name).contains(why), "{name}: {}", error(name));
        }
        assert!(error("order").contains("new order-worker"));
    }
}
