//! Verifies committed bindings with the C compiler: each has a C file that asserts every size,
//! offset, alignment and constant, and declares every function and global again. The compiler reads
//! it after the server's headers. A difference is an error that names the item.

use crate::difference;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::vars;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

/// No limit, and errors in the expansion of a macro are at the line that uses it.
const EVERY_ERROR: [&str; 3] = [
    "-ferror-limit=0",
    "-fmax-errors=0",
    "-ftrack-macro-expansion=0",
];

/// The maximum number of compiler messages shown. An inserted field moves all fields that follow
/// it.
const MOST: usize = 20;

/// The maximum number of constants that the headers may lack. Minor releases have added a few to a
/// major; a directory with other headers lacks more.
const MOST_ABSENT: usize = 12;

/// Stops the build unless these headers match the committed bindings. Returns the bindings without
/// the constants that the headers do not have: minor releases add some.
///
/// `command` writes the contract.
pub fn verify(
    headers: &Headers,
    contract: &Path,
    bindings: String,
    command: &str,
) -> Result<String> {
    let width = vars::cargo("CARGO_CFG_TARGET_POINTER_WIDTH");
    if width != "64" {
        return Err(Report::new(format!(
            "the committed bindings are of 64-bit servers, and the target is {width}-bit"
        ))
        .note(format!("target: {}", vars::cargo("TARGET")))
        .help(
            "install libclang and enable the feature `bindgen`: then the headers at hand are read",
        ));
    }
    let Ok(text) = std::fs::read_to_string(contract) else {
        return Err(Report::new(format!(
            "the contract {} is missing",
            contract.display()
        ))
        .help(format!("the sources of this crate are incomplete: the package must contain it; download them again, or in a checkout run {command}"))
        .help("install libclang and enable the feature `bindgen`, which needs no committed file"));
    };
    let Some(mut errors) = errors(headers, contract)? else {
        return Ok(bindings);
    };
    if let Some(absent) = absent_constants(headers, contract, &text)? {
        let names = absent.join(", ");
        println!(
            "cargo:warning=the headers of {} have no {names}: an earlier minor release than that of the committed bindings, or a fork; not declared",
            headers.product
        );
        return Ok(absent
            .iter()
            .fold(bindings, |text, name| without_constant(&text, name)));
    }
    difference::explain(headers, &text, &mut errors);
    Err(errors
        .iter()
        .fold(
            Report::new(format!(
                "these headers of PostgreSQL {} differ from the committed bindings",
                headers.major
            ))
            .note(format!("headers: {}", headers.describe())),
            |report, line| report.note(line),
        )
        .help(
            "install libclang and enable the feature `bindgen`: then the headers at hand are read, also those of a fork (a server with changes of its vendor)",
        )
        .help(format!(
            "more differences are listed by: cargo bgworker abi diff {} {}{}",
            headers.major,
            headers.pg_config.display(),
            if_cross(" --target ")
        ))
        .help("if these headers are those of a release of PostgreSQL itself, report the lines above to the authors of the package"))
}

/// Returns the option of a command with the target, if it is not this machine.
fn if_cross(option: &str) -> String {
    let target = vars::cargo("TARGET");
    match target == vars::cargo("HOST") {
        true => String::new(),
        false => format!("{option}{target}"),
    }
}

/// Returns the constants of the contract that the headers do not declare, if nothing else differs.
fn absent_constants(headers: &Headers, contract: &Path, text: &str) -> Result<Option<Vec<String>>> {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut absent = Vec::new();
    for (number, error) in lines_with_errors(headers, contract)? {
        let line = number.checked_sub(1).and_then(|at| lines.get_mut(at));
        let name = line.as_ref().and_then(|line| difference::constant(line));
        let (Some(line), Some(name)) = (line, name) else {
            return Ok(None);
        };
        // gcc: 'X' undeclared here; clang: use of undeclared identifier 'X'.
        let is_absent = error.contains(&format!("'{name}' undeclared"))
            || error.contains(&format!("undeclared identifier '{name}'"));
        if !is_absent || absent.len() == MOST_ABSENT {
            return Ok(None);
        }
        absent.push(name.to_string());
        *line = "";
    }
    // An error may have hidden another one.
    let rest = vars::out_dir().join("contract-rest.c");
    headers::write(&rest, &(lines.join("\n") + "\n"))?;
    Ok(errors(headers, &rest)?.is_none().then_some(absent))
}

/// Leaves one constant out of bindings, which are formatted: a line, or several up to a semicolon.
fn without_constant(bindings: &str, name: &str) -> String {
    let begin = format!("pub const {name}:");
    let mut is_inside = false;
    let mut kept = String::with_capacity(bindings.len());
    for line in bindings.split_inclusive('\n') {
        is_inside = is_inside || line.trim_start().starts_with(&begin);
        if !is_inside {
            kept.push_str(line);
        }
        is_inside = is_inside && !line.trim_end().ends_with(';');
    }
    kept
}

/// Returns the C compiler's errors for a file with this server's headers, or `None` if it compiles.
pub fn errors(headers: &Headers, source: &Path) -> Result<Option<Vec<String>>> {
    let output = check(headers, source, &[])?;
    if output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let mut errors: Vec<String> = text
        .lines()
        .filter(|line| line.contains("error:") || line.contains("note: previous"))
        .map(|line| line.trim().to_string())
        .collect();
    let more = errors.len().saturating_sub(MOST);
    if more > 0 {
        errors.truncate(MOST);
        errors.push(format!("and {more} lines more"));
    }
    Ok(Some(errors))
}

/// Returns the numbers of the lines of a file in which the C compiler finds errors, or in headers
/// that they include, with the compiler's line about the first error of each. The other lines do
/// not depend on them.
pub fn lines_with_errors(headers: &Headers, source: &Path) -> Result<BTreeMap<usize, String>> {
    let output = check(headers, source, &EVERY_ERROR)?;
    let text = String::from_utf8_lossy(&output.stderr);
    let place = format!("{}:", source.display());
    let mut lines = BTreeMap::new();
    let mut current: Option<usize> = None;
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once(&place) {
            let number = rest.split([':', ',']).next();
            current = number.and_then(|number| number.parse().ok());
        }
        if let Some(current) = current.filter(|_| line.contains("error: ")) {
            lines.entry(current).or_insert_with(|| line.to_string());
        }
    }
    if lines.is_empty() && !output.status.success() {
        return Err(Report::new("the server's headers cannot be read").note(text));
    }
    Ok(lines)
}

fn check(headers: &Headers, source: &Path, flags: &[&str]) -> Result<Output> {
    let another = "Debian: apt install gcc libc6-dev; the variable CC names another compiler";
    let mut build = headers.cc();
    for flag in flags {
        build.flag_if_supported(flag);
    }
    let compiler = build.try_get_compiler().map_err(|error| {
        Report::new("no C compiler was found")
            .note(error.to_string())
            .help(another)
    })?;
    compiler
        .to_command()
        .env("LC_ALL", "C")
        .args(["-fsyntax-only", "-w"])
        .arg(source)
        .output()
        .map_err(|error| {
            Report::new(format!("cannot run the C compiler: {error}"))
                .note(format!("compiler: {}", compiler.path().display()))
                .help(another)
        })
}

#[cfg(test)]
mod tests {
    use super::without_constant;

    #[test]
    fn one_constant_is_left_out() {
        let text = "impl E {\n    pub const A: E = E(1);\n    pub const AB: E = E(2);\n}\n\
            pub const LONG: &::core::ffi::CStr =\n    c\"text\";\npub const B: u32 = 3;\n";
        let left = "impl E {\n    pub const AB: E = E(2);\n}\npub const B: u32 = 3;\n";
        let text = without_constant(text, "A");
        assert_eq!(without_constant(&text, "LONG"), left);
        assert_eq!(without_constant(left, "C"), left);
    }
}
