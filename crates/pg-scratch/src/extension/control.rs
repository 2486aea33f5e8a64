//! Reads a control file, as the server does.

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
pub(super) fn settings(file: &Path, text: &str) -> Vec<Setting> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(line, text)| setting(file, line, text))
        .collect()
}

fn setting(file: &Path, line: usize, text: &str) -> Option<Setting> {
    let text = text.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let value = match rest.strip_prefix('\'') {
        Some(quoted) => unquoted(quoted),
        None => {
            let end = rest.find(|c: char| c == '#' || c.is_whitespace());
            rest[..end.unwrap_or(rest.len())].to_owned()
        }
    };
    (!name.is_empty()).then(|| Setting {
        name: name.to_ascii_lowercase(),
        value,
        file: file.to_owned(),
        line,
    })
}

/// Returns a text up to its closing quote. A doubled quote is a quote, and so is `\'`.
fn unquoted(text: &str) -> String {
    let mut found = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.next_if_eq(&'\'').is_none() => break,
            '\\' => found.extend(chars.next()),
            other => found.push(other),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::settings;
    use std::path::Path;

    #[test]
    fn values_are_read_as_the_server_reads_them() {
        let text = "# comment = 'x'\n\ndefault_version='1.0' # yes\n Comment 'it''s'\n\
                    relocatable = true#no\nmodule_pathname = $libdir/w\n";
        let found = settings(Path::new("w.control"), text);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.name.as_str(), one.value.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (3, "default_version", "1.0"),
                (4, "comment", "it's"),
                (5, "relocatable", "true"),
                (6, "module_pathname", "$libdir/w"),
            ]
        );
    }
}
