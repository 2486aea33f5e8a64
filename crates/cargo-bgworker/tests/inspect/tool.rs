//! Runs `cargo bgworker inspect`, and compiles libraries for it.

use pg_scratch::servers::Server;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn server() -> Server {
    Server::from_env().unwrap()
}

pub(crate) fn tool(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command.arg("inspect").args(words).output().unwrap()
}

/// Inspects a library for the server of this run.
pub(crate) fn inspect(library: &Path, more: &[&str]) -> (i32, Value) {
    let pg_config = server().pg_config;
    let words = [
        &[library.to_str().unwrap(), "--json", "--pg-config"],
        &[pg_config.to_str().unwrap()][..],
        more,
    ];
    let output = tool(&words.concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let data = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), data)
}

pub(crate) fn refusal(words: &[&str]) -> String {
    let output = tool(words);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {text}");
    text
}

/// Returns the codes and texts of the problems.
pub(crate) fn problems(data: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let problems = data["problems"].as_array().unwrap().iter();
    problems
        .map(|p| (word(&p["code"]), word(&p["text"])))
        .collect()
}

/// Asserts that there is one problem, with this code and a text that contains `part`.
pub(crate) fn only(data: &Value, code: &str, part: &str) {
    let found = problems(data);
    let [(is, text)] = found.as_slice() else {
        panic!("expected {code} alone: {found:?}");
    };
    assert_eq!(is, code, "{text}");
    assert!(text.contains(part), "expected {part:?}: {text}");
}

/// Compiles a C module with the headers of the server.
pub(crate) fn module(directory: &Path, code: &str, flags: &[&str]) -> PathBuf {
    let source = directory.join("module.c");
    let head = "#include \"postgres.h\"\n#include \"fmgr.h\"\n#include \"miscadmin.h\"\n";
    std::fs::write(&source, format!("{head}{code}\n")).unwrap();
    compile(directory, &source, flags)
}

pub(crate) fn compile(directory: &Path, source: &Path, flags: &[&str]) -> PathBuf {
    let library = directory.join("module.so");
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-fPIC", "-w", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-I")
        .arg(server().includedir_server)
        .args(["-D_GNU_SOURCE"])
        .args(flags);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    library
}

pub(crate) const GOOD: &str = "PG_MODULE_MAGIC;\n\
    PGDLLEXPORT void good_main(Datum arg) { elog(LOG, \"pid %d\", MyProcPid); }";

pub(crate) fn workspace_pkglibdir(name: &str) -> Option<PathBuf> {
    let output = Command::new(server().pg_config)
        .arg("--pkglibdir")
        .output()
        .unwrap();
    let directory = String::from_utf8(output.stdout).unwrap();
    let path = Path::new(directory.trim()).join(name);
    path.is_file().then_some(path)
}

/// Makes a program that loads a library which needs nothing of a server.
pub(crate) fn loader(directory: &Path) -> PathBuf {
    let (source, program) = (directory.join("load.c"), directory.join("load"));
    let code = "#include <dlfcn.h>\n\
        int main(int n, char **a) { return !dlopen(a[1], RTLD_NOW | RTLD_GLOBAL); }\n";
    std::fs::write(&source, code).unwrap();
    let mut cc = Command::new("cc");
    let cc = cc.arg("-o").arg(&program).arg(&source).arg("-ldl").status();
    assert!(cc.unwrap().success());
    program
}

pub(crate) fn loads(loader: &Path, library: &Path) -> bool {
    Command::new(loader)
        .arg(library)
        .status()
        .unwrap()
        .success()
}
