//! What the text of a statement shows without parsing it.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result, SqlState};

/// The first words of the statements that a session runs without a snapshot
/// (`PlannedStmtRequiresSnapshot` in `tcop/pquery.c`).
const WITHOUT_SNAPSHOT: [&str; 19] = [
    "abort",
    "begin",
    "checkpoint",
    "commit",
    "end",
    "fetch",
    "listen",
    "lock",
    "move",
    "notify",
    "release",
    "reset",
    "rollback",
    "savepoint",
    "set",
    "show",
    "start",
    "unlisten",
    "wait",
];

/// Returns whether the first statement of the text may be one that takes no snapshot. If not, it
/// takes one.
pub(crate) fn may_lack_snapshot(text: &[u8]) -> bool {
    let text = after_space(text);
    let length = text
        .iter()
        .position(|byte| !byte.is_ascii_alphabetic())
        .unwrap_or(text.len());
    WITHOUT_SNAPSHOT
        .iter()
        .any(|word| text[..length].eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns the text without leading white space, comments and semicolons.
fn after_space(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | b';', rest @ ..] => rest,
            [b'-', b'-', rest @ ..] => {
                let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                &rest[end.unwrap_or(rest.len())..]
            }
            [b'/', b'*', rest @ ..] => after_comment(rest),
            _ => return text,
        }
    }
}

/// Returns the text after the end of a comment. Comments can be nested.
fn after_comment(mut text: &[u8]) -> &[u8] {
    let mut depth = 1;
    while depth > 0 {
        text = match text {
            [] => return text,
            [b'*', b'/', rest @ ..] => {
                depth -= 1;
                rest
            }
            [b'/', b'*', rest @ ..] => {
                depth += 1;
                rest
            }
            [_, rest @ ..] => rest,
        }
    }
    text
}

/// Returns an error if the text mentions fewer parameters than are passed. (The server reports the
/// opposite.)
pub(crate) fn check_count(count: usize, text: &[u8]) -> Result<()> {
    if count == 0 || mentions(text, count) {
        return Ok(());
    }
    let used = (1..count).rev().find(|number| mentions(text, *number));
    Err(too_many(count, used.unwrap_or(0)))
}

/// Returns whether the text mentions the parameter with this number, or a higher one. A literal or
/// a comment can mention it, too; then one parameter too many is not noticed.
fn mentions(text: &[u8], number: usize) -> bool {
    text.split(|byte| *byte == b'$').skip(1).any(|part| {
        let digits = part.iter().take_while(|byte| byte.is_ascii_digit());
        let found = digits.fold(0usize, |value, digit| {
            value
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
        });
        found >= number
    })
}

#[cold]
fn too_many(given: usize, used: usize) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("{given} parameters are given, but the statement has {used}"),
    )
    .with_sqlstate(SqlState::new("08P01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_decides() {
        for text in [
            "lock table a",
            " \n;; SET x = 1",
            "-- select\nshow all",
            "/* a /* nested */ comment */ Fetch 1 from c",
            "commit",
        ] {
            assert!(may_lack_snapshot(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "select 1",
            "locker",
            "(select 1)",
            "/* lock",
            "-- lock",
            "with a as (select 1) select 1",
            "create table lock ()",
            "- lock",
        ] {
            assert!(!may_lack_snapshot(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn parameters_are_counted() {
        for (count, text) in [
            (0, "select 1"),
            (1, "select $1"),
            (2, "select $2, $1"),
            (1, "$12"),
        ] {
            assert!(check_count(count, text.as_bytes()).is_ok(), "{text}");
        }
        for (count, text, used) in [
            (1, "select 1", 0),
            (3, "select $2", 2),
            (2, "select $1, '$', a$b", 1),
        ] {
            let error = check_count(count, text.as_bytes()).unwrap_err();
            assert!(error.message().ends_with(&format!("has {used}")), "{error}");
        }
    }
}
