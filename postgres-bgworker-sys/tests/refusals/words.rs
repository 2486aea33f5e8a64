//! Tests the parsing of flags that `pg_config` prints.

use crate::build_script::REAL;
use crate::build_script::Script;
use crate::build_script::fake::Fake;

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
