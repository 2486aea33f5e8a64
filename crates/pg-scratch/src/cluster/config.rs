//! Writes settings into the server's configuration file.

use crate::error::{Error, Result};

/// The configuration file of this crate in the data directory. It is included last.
pub(super) const CONFIG: &str = "bgworker.conf";

/// Returns a line `name = 'value'` for `postgresql.conf`.
///
/// The server's parser supports `''`, `\\` and `\n` inside quotes, but no line breaks.
pub(crate) fn line(name: &str, value: &str) -> Result<String> {
    if !is_name(name) {
        return Err(
            Error::new(format!("invalid configuration parameter name {name:?}")).help(
                "use letters, digits and _, with at most one dot: work_mem, heartbeat.interval",
            ),
        );
    }
    if value.contains('\0') {
        return Err(Error::new(format!(
            "the value of {name} contains a NUL byte"
        )));
    }
    Ok(format!("{name} = {}\n", quote(value)))
}

fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for c in value.chars() {
        match c {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str(r"\\"),
            '\n' => quoted.push_str(r"\n"),
            '\r' => quoted.push_str(r"\r"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        let mut chars = part.chars();
        chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
    };
    name.split('.').count() <= 2 && name.split('.').all(part)
}

/// Returns an element of `shared_preload_libraries`, quoted for the server's parser of lists.
pub(crate) fn list_item(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{line, list_item};

    #[test]
    fn values_are_quoted_as_the_server_reads_them() {
        assert_eq!(line("work_mem", "4MB").unwrap(), "work_mem = '4MB'\n");
        assert_eq!(line("a.b", "it's").unwrap(), "a.b = 'it''s'\n");
        assert_eq!(line("a.b", r"c:\d").unwrap(), "a.b = 'c:\\\\d'\n");
        assert_eq!(line("a.b", "x\ny").unwrap(), "a.b = 'x\\ny'\n");
        assert_eq!(line("a.b", "").unwrap(), "a.b = ''\n");
        assert_eq!(list_item("my\"lib"), "\"my\"\"lib\"");
    }

    #[test]
    fn names_and_values_that_would_change_the_file_are_refused() {
        for name in ["", "a b", "a=b", "1a", "a.b.c", "a\nb", "a.", "é"] {
            assert!(line(name, "1").is_err(), "{name:?}");
        }
        assert!(line("a", "x\0y").unwrap_err().to_string().contains("NUL"));
    }
}
