//! Names of roles and extensions in SQL.

use pg_scratch::cluster::roles::quoted;

/// The words that no role and no extension may have as its name without quotes, in any major: the
/// reserved ones, and those of functions and types (`kwlist.h`).
const RESERVED: &str = "\
    all analyse analyze and any array as asc asymmetric authorization binary both case cast \
    check collate collation column concurrently constraint create cross current_catalog \
    current_date current_role current_schema current_time current_timestamp current_user default \
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant \
    group having ilike in initially inner intersect into is isnull join lateral leading left \
    like limit localtime localtimestamp natural not notnull null offset on only or order outer \
    over overlaps placing primary references returning right select session_user similar some \
    symmetric system_user table tablesample then to trailing true union unique user using \
    variadic verbose when where window with";

/// Returns the name, in quotes if SQL needs them.
pub(super) fn identifier(name: &str) -> String {
    let is_first = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_plain = name.starts_with(is_first)
        && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
        && RESERVED.split(' ').all(|word| word != name);
    if is_plain {
        name.to_owned()
    } else {
        quoted(name)
    }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn only_what_needs_quotes_has_them() {
        for (name, expected) in [
            ("my_worker", "my_worker"),
            ("w2", "w2"),
            ("_1", "_1"),
            ("2w", "\"2w\""),
            ("my-worker", "\"my-worker\""),
            ("My", "\"My\""),
            ("a\"b", "\"a\"\"b\""),
            ("user", "\"user\""),
            ("freeze", "\"freeze\""),
            ("all", "\"all\""),
            ("with", "\"with\""),
            ("é", "\"é\""),
            ("", "\"\""),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }
}
