//! Reads a control file, as the server does.

use super::token::{Token, next};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A line `name = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    /// Without quotes.
    pub(super) value: String,
    pub(super) file: PathBuf,
    /// The number of the line. The first one is 1.
    pub(super) line: usize,
}

/// Returns the settings in the text of a file. Of several with one name, the server uses the last.
pub(super) fn settings(file: &Path, text: &str) -> Result<Vec<Setting>> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.split('\n')) {
        let setting = setting(text).map_err(|problem| {
            Error::new(format!("{}:{line}: {}", file.display(), problem.what)).help(problem.help)
        })?;
        found.extend(setting.map(|(name, value)| Setting {
            name,
            value,
            file: file.to_owned(),
            line,
        }));
    }
    Ok(found)
}

/// What the server calls a syntax error.
struct Problem {
    what: String,
    help: String,
}

fn setting(text: &str) -> Result<Option<(String, String)>, Problem> {
    let Some((first, rest)) = next(text) else {
        return Ok(None);
    };
    let (Token::Name(name) | Token::Qualified(name)) = first else {
        return Err(Problem {
            what: "a line begins with the name of a parameter".to_owned(),
            help: "write name = 'value', or # before a comment".to_owned(),
        });
    };
    let quoted = |value: &str| {
        let value = value.trim().trim_matches('\'');
        format!("write {name} = '{value}'")
    };
    let after = match next(rest) {
        Some((Token::Equals, rest)) => rest,
        _ => rest,
    };
    let (value, end) = match next(after) {
        Some((Token::Name(value) | Token::Bare(value), end)) => (value.to_owned(), end),
        Some((Token::Quoted(value), end)) => (value, end),
        None => {
            return Err(Problem {
                what: format!("{name} has no value"),
                help: quoted("value"),
            });
        }
        Some((Token::Invalid(value), _)) if value.starts_with('\'') => {
            return Err(Problem {
                what: format!("the quote before the value of {name} is not closed"),
                help: quoted(value),
            });
        }
        Some(_) => {
            return Err(Problem {
                what: format!("the value of {name} needs quotes"),
                help: quoted(after),
            });
        }
    };
    if next(end).is_some() {
        return Err(Problem {
            what: format!("text follows the value of {name}: {}", end.trim()),
            help: "quote the whole value, or write # before a comment".to_owned(),
        });
    }
    Ok(Some((name.to_owned(), value)))
}

#[cfg(test)]
mod tests {
    use super::settings;
    use std::path::Path;

    #[test]
    fn values_are_read_as_the_server_reads_them() {
        let text = "# comment = 'x'\n\ndefault_version='1.0' # yes\r\n Comment 'it''s'\n\
                    relocatable = true#no\nmodule_pathname = '$libdir/w'\nschema=1.0";
        let found = settings(Path::new("w.control"), text).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.name.as_str(), one.value.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (3, "default_version", "1.0"),
                (4, "Comment", "it's"),
                (5, "relocatable", "true"),
                (6, "module_pathname", "$libdir/w"),
                (7, "schema", "1.0"),
            ]
        );
    }

    #[test]
    fn syntax_errors_have_their_line() {
        for (line, expected) in [
            (
                "module_pathname = $libdir/w",
                "the value of module_pathname needs quotes\n  = help: write module_pathname = '$libdir/w'",
            ),
            ("comment = a.b", "the value of comment needs quotes"),
            ("comment = = b", "the value of comment needs quotes"),
            (
                "comment = 'open",
                "the quote before the value of comment is not closed\n  = help: write comment = 'open'",
            ),
            ("comment =", "comment has no value"),
            ("comment # none", "comment has no value"),
            (
                "default_version = 1.0.0",
                "text follows the value of default_version: .0",
            ),
            ("comment = 'a' b", "text follows the value of comment: b"),
            ("= 'x'", "a line begins with the name"),
            ("'comment' = 'x'", "a line begins with the name"),
            ("1 = 'x'", "a line begins with the name"),
        ] {
            let text = format!("schema = 's'\n{line}\n");
            let error = settings(Path::new("w.control"), &text)
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with(&format!("w.control:2: {expected}")),
                "{error}"
            );
        }
    }
}
