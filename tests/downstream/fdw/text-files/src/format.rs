//! The text of a row.

use other_fdw::{Error, Result, errcodes};

/// Reads a value: `None` is NULL.
pub(crate) fn read(value: &str) -> Result<Option<String>> {
    if value == "\\N" {
        return Ok(None);
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        text.push(match c {
            '\\' => match rest.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('\\') => '\\',
                other => {
                    let shown: String = ['\\'].into_iter().chain(other).collect();
                    return Err(Error::new(
                        errcodes::ERRCODE_BAD_COPY_FILE_FORMAT,
                        format_args!("\"{shown}\" is not an escape sequence"),
                    ));
                }
            },
            c => c,
        });
    }
    Ok(Some(text))
}

/// Writes a value.
pub(crate) fn write(to: &mut String, value: Option<&str>) {
    let Some(value) = value else {
        to.push_str("\\N");
        return;
    };
    for c in value.chars() {
        match c {
            '\t' => to.push_str("\\t"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\\' => to.push_str("\\\\"),
            c => to.push(c),
        }
    }
}
