//! Symbols that minor releases added. The servers are small libraries with the exports of one.

use crate::tool::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A function of 15.2, and one of 15.14.
const OLD: &str = "get_rel_all_updated_cols";
const NEW: &str = "all_rows_selectable";

/// Compiles a file with the magic block of a major, without the headers of a server.
fn built(directory: &Path, name: &str, major: u32, code: &str, flags: &[&str]) -> PathBuf {
    let made = tempfile::tempdir_in(directory).unwrap();
    let source = made.path().join("source.c");
    let text = format!(
        "static const struct {{ int all, version, args, keys, name, by_value; char extra[32]; }}\n\
         block = {{ sizeof block, {major}00, 100, 32, 64, 1, \"PostgreSQL\" }};\n\
         const void *Pg_magic_func(void) {{ return &block; }}\n{code}\n"
    );
    std::fs::write(&source, text).unwrap();
    let file = directory.join(name);
    std::fs::rename(compile(made.path(), &source, flags), &file).unwrap();
    file
}

/// Makes a server of this version, which has some functions.
fn server_of(directory: &Path, version: &str, functions: &[&str]) -> PathBuf {
    let major = version.split('.').next().unwrap().parse().unwrap();
    let mut code = format!("const char *banner = \"postgres (PostgreSQL) {version}\\n\";\n");
    for name in ["PostmasterMain", "load_file", "errfinish"]
        .iter()
        .chain(functions)
    {
        code.push_str(&format!("void {name}(void) {{}}\n"));
    }
    built(directory, "postgres", major, &code, &[])
}

/// Makes a module for 15 that calls some functions.
fn module_of(directory: &Path, functions: &[&str], flags: &[&str]) -> PathBuf {
    let calls = functions
        .iter()
        .map(|name| format!("void {name}(void); void call_{name}(void) {{ {name}(); }}\n"));
    built(
        directory,
        "module.so",
        15,
        &calls.collect::<String>(),
        flags,
    )
}

fn run(library: &Path, server: &Path, more: &[&str]) -> (i32, String) {
    let words = [library.to_str().unwrap(), "--server"];
    let words = [&words[..], &[server.to_str().unwrap()], more].concat();
    let output = tool(&words);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

fn data(library: &Path, server: &Path) -> (i32, Value) {
    let (code, text) = run(library, server, &["--json"]);
    (code, serde_json::from_str(&text).unwrap())
}

/// Asserts that nothing but this is missing: the end of the text, and the start of the help.
fn missing(data: &Value, text: &str, help: &str) {
    only(data, "missing-symbol", "a library provides: ");
    let problem = &data["problems"][0];
    let (found, remedy) = (problem["text"].as_str(), problem["help"].as_str());
    assert!(found.unwrap().ends_with(text), "{problem}");
    assert!(remedy.unwrap().starts_with(help), "{problem}");
}

#[test]
fn the_release_that_added_a_symbol_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (server, library) = (
        server_of(dir.path(), "15.1", &[]),
        module_of(dir.path(), &[OLD], &[]),
    );
    let (code, found) = data(&library, &server);
    assert_eq!(code, 8);
    missing(
        &found,
        "neither PostgreSQL 15.1 nor a library provides: get_rel_all_updated_cols (in 15.2 and later)",
        "it needs PostgreSQL 15.2 or later: upgrade the server",
    );
    let needed = serde_json::json!({ "release": "15.2", "symbols": [OLD] });
    assert_eq!(found["needed_release"], needed);
    let imports = found["imports"].as_array().unwrap();
    let import = imports.iter().find(|one| one["name"] == OLD).unwrap();
    assert_eq!(import["since"], "15.2");
    let (_, text) = run(&library, &server, &[]);
    let line = "release  15.2 or later, for get_rel_all_updated_cols\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_library_needs_the_newest_of_its_symbols() {
    let dir = tempfile::tempdir().unwrap();
    let server = server_of(dir.path(), "15.1 (Debian 15.1-1)", &[]);
    let library = module_of(dir.path(), &[OLD, NEW, "not_of_any_server"], &[]);
    let (code, found) = data(&library, &server);
    assert_eq!(code, 8);
    missing(
        &found,
        "all_rows_selectable (in 15.14 and later), get_rel_all_updated_cols (in 15.2 and later), not_of_any_server",
        "it needs PostgreSQL 15.14 or later: ",
    );
    let help = found["problems"][0]["help"].as_str().unwrap();
    assert!(help.contains("no release is known to add the others"));
    let needed = serde_json::json!({ "release": "15.14", "symbols": [NEW] });
    assert_eq!(found["needed_release"], needed);
    // It is known without a missing symbol.
    let functions = [OLD, NEW, "not_of_any_server"];
    let server = server_of(dir.path(), "15.18", &functions);
    let (code, found) = data(&library, &server);
    assert_eq!((code, &found["needed_release"]), (0, &needed));
}

#[test]
fn servers_to_which_the_table_does_not_apply_are_not_judged_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let library = module_of(dir.path(), &[OLD], &[]);
    // A newer one without the function.
    let server = server_of(dir.path(), "15.2", &[]);
    let (code, found) = data(&library, &server);
    assert_eq!(code, 8);
    let help = "if it was built for a later minor release";
    missing(&found, "provides: get_rel_all_updated_cols", help);
    // An older one with it.
    let server = server_of(dir.path(), "15.1", &[OLD]);
    let (code, found) = data(&library, &server);
    assert_eq!((code, &found["needed_release"]), (0, &Value::Null));
    // Another major, without it.
    let server = server_of(dir.path(), "16.0", &[]);
    let (_, found) = data(&library, &server);
    let texts: Vec<_> = problems(&found).into_iter().collect();
    let is_plain =
        |(_, text): &(String, String)| text.ends_with("provides: get_rel_all_updated_cols");
    assert!(texts.iter().any(is_plain), "{texts:?}");
    assert_eq!(found["needed_release"]["release"], "15.2");
}

#[test]
fn symbols_of_libraries_that_come_along_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let code = format!("void {OLD}(void); void helps(void) {{ {OLD}(); }}\n");
    let name = "libcomes-along.so";
    let soname = format!("-Wl,-soname,{name}");
    built(dir.path(), name, 15, &code, &[&soname]);
    let at = dir.path().to_str().unwrap();
    let flags = ["-L", at, "-lcomes-along", "-Wl,-rpath,$ORIGIN"];
    let library = module_of(dir.path(), &["helps"], &flags);
    let server = server_of(dir.path(), "15.1", &[]);
    let (code, found) = data(&library, &server);
    assert_eq!(code, 8);
    let text = "nothing provides: get_rel_all_updated_cols (in 15.2 and later)";
    only(&found, "missing-symbol", text);
}
