//! Tests the parsing of flags that `pg_config` prints.

use crate::build_script::REAL;
use crate::build_script::Script;
use crate::build_script::fake::Fake;
use crate::shell_words::split;

#[test]
fn are_split_as_a_shell_splits_them() {
    assert_eq!(split(""), Vec::<String>::new());
    assert_eq!(split("  -Wall\t-O2 \n"), ["-Wall", "-O2"]);
    assert_eq!(
        split(r#"-I"/a b" -I'/c d' -I/e\ f -D'X="1"'"#),
        ["-I/a b", "-I/c d", "-I/e f", "-DX=\"1\""]
    );
    assert_eq!(split(r#""" '' "\"\n\$""#), ["", "", "\"\\n$"]);
    // An unterminated quote is accepted.
    assert_eq!(split("'a b"), ["a b"]);
    assert_eq!(split("\\"), [""]);
}

/// A flag and its argument may be two words, and an argument may contain blanks.
#[test]
fn reach_the_compiler() {
    let fake = Fake::new();
    let flags = format!(
        "{} -D FRONTEND -I \"/no such dir\" -D 'A_B=1 2'",
        REAL.run.metadata("cppflags")
    );
    Script::pg_config(fake.description(&[("CPPFLAGS", Some(&flags))]))
        .run()
        .succeeded();
}
