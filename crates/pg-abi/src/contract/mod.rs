//! Committed bindings, and the contract that verifies them.
//!
//! `postgres-bgworker-sys` builds without libclang from bindings that were generated earlier. To
//! make them verifiable, each comes with a C file, *the contract*: it includes the server's headers
//! and asserts what the bindings declare. A compiler that accepts it has checked every size,
//! offset, constant, global and prototype against the headers at hand.

mod bindgen;
mod compiler;
mod ctype;
mod declarations;
mod items;
mod places;
mod statements;

pub use bindgen::Built;
pub use compiler::Compiler;
pub(crate) use ctype::{declare, prototype};
pub(crate) use declarations::Declarations;
pub use items::{Items, Key, Kind, Known, by_places};
pub use places::Places;
pub(crate) use places::{declarations, pieces, tokens};

use crate::major::{file_stem, major_of_file, order};
use pg_scratch::{Error, Result};
use statements::Statement;
pub(crate) use statements::{Spellings, in_c};
use std::path::Path;

/// The macros that a contract uses. Variadic where a type may contain commas.
const VOCABULARY: &str = r#"
#define PGBGW_TYPE(name, size, align) \
	_Static_assert(sizeof(name) == size && _Alignof(name) == align, #name " is not of size " #size)
#define PGBGW_FIELD(name, field, offset, ...) \
	_Static_assert(__builtin_offsetof(name, field) == offset && \
		__builtin_types_compatible_p(__typeof__(((name *) 0)->field), __VA_ARGS__), \
		#name "." #field " is not " #__VA_ARGS__ " at " #offset)
#define PGBGW_WIDTH(name, field, offset, ...) \
	_Static_assert(__builtin_offsetof(name, field) == offset && \
		sizeof(((name *) 0)->field) == sizeof(__VA_ARGS__), \
		#name "." #field " is not of the size of " #__VA_ARGS__ " at " #offset)
#define PGBGW_OFFSET(name, field, offset) \
	_Static_assert(__builtin_offsetof(name, field) == offset, #name "." #field " is not at " #offset)
#define PGBGW_INTEGER(name, type) \
	_Static_assert(sizeof(name) == sizeof(type) && _Alignof(name) == _Alignof(type) && \
		((name) -1 < 0) == ((type) -1 < 0), #name " is not like " #type)
#define PGBGW_ALIAS(name, ...) \
	_Static_assert(__builtin_types_compatible_p(name, __VA_ARGS__), #name " is not " #__VA_ARGS__)
#define PGBGW_CONSTANT(name, value) \
	_Static_assert((name) == (value) && ((name) < 0) == ((value) < 0), #name " is not " #value)
#define PGBGW_STRING(name, value) \
	_Static_assert(__builtin_strcmp(name, value) == 0, #name " is not " #value)
#define PGBGW_GLOBAL(name, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name), __VA_ARGS__), #name " is not " #__VA_ARGS__)
/* Fails where no header declares the function; the prototype that follows, where theirs differs. */
#define PGBGW_FUNCTION(name) \
	_Static_assert(sizeof(&name) > 0, #name " is not declared")
"#;

/// Returns the contract for these bindings, using the headers they were generated from.
pub fn write(major: &str, bindings: &str, compiler: &Compiler) -> Result<String> {
    let declarations = Declarations::parse(bindings)?;
    let spellings = Spellings::find(&declarations, compiler)?;
    let by = format!("cargo xtask pregenerate {major}");
    text(
        &declarations,
        &spellings,
        compiler,
        [&by, &file_stem(major), "wrapper.h"],
    )
}

/// Returns the contract for bindings that a crate has on top of those of the raw crate. The
/// `wrapper.h` of the compiler includes the headers of both.
pub fn write_own(major: &str, raw: &str, own: &str, compiler: &Compiler) -> Result<String> {
    // The types of both have names in C.
    let all = Declarations::parse(&format!("{raw}\n{own}"))?;
    let spellings = Spellings::find(&all, compiler)?;
    let own = Declarations::parse(own)?;
    let by = "cargo bgworker bindings";
    text(
        &own,
        &spellings,
        compiler,
        [by, &file_stem(major), "unit.h"],
    )
}

/// The last argument has the command, the name of the bindings without an extension, and the file
/// that includes the headers.
fn text(
    declarations: &Declarations,
    spellings: &Spellings,
    compiler: &Compiler,
    [by, stem, unit]: [&str; 3],
) -> Result<String> {
    let prototypes = compiler.prototypes()?;
    let statements = statements::all(declarations, spellings, &prototypes)?;
    let mut text = format!(
        "/* Written by `{by}`: what {stem}.rs says, for a C compiler to check. */\n\
         #include \"{unit}\"\n{VOCABULARY}\n",
    );
    for line in Statement::choose(&statements, VOCABULARY, compiler)? {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// Returns the majors that have a committed bindings file in `package`, in order.
pub fn committed_majors(package: &Path) -> Result<Vec<String>> {
    let directory = package.join("pregenerated");
    let entries = std::fs::read_dir(&directory).map_err(|e| Error::io(directory.display(), &e))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    let mut majors: Vec<String> = names
        .filter_map(|name| major_of_file(name.to_str()?))
        .collect();
    majors.sort_by_key(|major| order(major));
    Ok(majors)
}
