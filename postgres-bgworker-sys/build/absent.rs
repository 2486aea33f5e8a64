//! Writes stand-ins for the server's symbols. `absent_server!` links them into unit tests, which
//! have no server.
//!
//! A function ends the process with a message. A variable is zero. All of them are weak: a real
//! definition wins.

use crate::bindings::Bindings;
use postgres_bgworker_build::raw::{headers, vars};
use postgres_bgworker_build::{Report, Result};
use std::collections::BTreeSet;

/// The symbols that the shim uses.
const IMPORTS: &str = include_str!("../shim/imports.txt");

const HEAD: &str = r#"
#include <stdio.h>
#include <stdlib.h>
static void absent(const char *name)
{
	fprintf(stderr, "%s is a function of the PostgreSQL server, and a unit test has no server: "
			"test this code in a server (server_tests!)\n", name);
	abort();
}
#define FUNCTION(name) __attribute__((weak)) void name(void) { absent(#name); }
#define VARIABLE(name) __attribute__((weak, aligned(16))) char name[4096];
"#;

pub fn compile(bindings: &Bindings) -> Result<()> {
    let source = vars::out_dir().join("absent.c");
    headers::write(&source, &text(&bindings.text))?;
    cc::Build::new()
        .cargo_metadata(false)
        .file(source)
        .warnings(false)
        .opt_level(0)
        .debug(false)
        // The compiler knows functions of some of these names.
        .flag_if_supported("-fno-builtin")
        .try_compile("postgres_bgworker_absent")
        .map_err(|error| {
            Report::new("the stand-ins for the server's symbols do not compile")
                .note(error.to_string())
        })
}

fn text(bindings: &str) -> String {
    let mut functions = BTreeSet::new();
    let mut variables = BTreeSet::new();
    let mut is_foreign = false;
    for line in bindings.lines() {
        if line.starts_with("unsafe extern ") {
            is_foreign = true;
        } else if line == "}" {
            is_foreign = false;
        } else if is_foreign {
            let line = line.trim_start();
            if let Some(rest) = line.strip_prefix("pub fn ") {
                functions.extend(name(rest));
            } else if let Some(rest) = line.strip_prefix("pub static ") {
                variables.extend(name(rest.trim_start_matches("mut ")));
            }
        }
    }
    let imports = IMPORTS.lines().filter(|line| !line.starts_with('#'));
    for (name, kind) in imports.filter_map(|line| line.split_once(' ')) {
        match kind {
            "function" => functions.insert(name),
            _ => variables.insert(name),
        };
    }
    let mut text = HEAD.to_owned();
    for name in &variables {
        text.push_str(&format!("VARIABLE({name})\n"));
    }
    for name in functions.difference(&variables) {
        text.push_str(&format!("FUNCTION({name})\n"));
    }
    text
}

/// `palloc(size: Size) -> …`, `MyLatch: *mut Latch;`
fn name(declaration: &str) -> Option<&str> {
    let end = declaration.find(['(', ':', '<'])?;
    declaration.get(..end)
}
