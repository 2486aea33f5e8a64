//! Symbols with versions, beside what the loader of this machine does.

use crate::tool::*;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULE: &str = "extern int moves(void);\nPG_MODULE_MAGIC;\n\
    PGDLLEXPORT int f(void) { return moves(); }";

/// A directory with libraries of a test.
pub(crate) struct Libraries(tempfile::TempDir);

impl Libraries {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes `libNAME.so.1`, whose functions have this version.
    pub(crate) fn library(&self, name: &str, version: &str, code: &str, flags: &[&str]) {
        let at = |file: String| self.path().join(file);
        let (source, map) = (at(format!("{name}.c")), at(format!("{name}.map")));
        std::fs::write(&source, code).unwrap();
        std::fs::write(&map, format!("{version} {{ global: *; }};\n")).unwrap();
        let file = format!("lib{name}.so.1");
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(at(file.clone()))
            .arg(&source)
            .arg(format!("-Wl,-soname,{file},--no-as-needed"))
            .arg(format!("-Wl,--version-script={}", map.display()))
            .arg("-L")
            .arg(self.path())
            .args(flags)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }

    /// Makes a module that needs these libraries.
    pub(crate) fn module(&self, libraries: &[&str]) -> PathBuf {
        let mut flags = vec!["-L", self.path().to_str().unwrap(), "-Wl,-rpath,$ORIGIN"];
        flags.extend(libraries);
        module(self.path(), MODULE, &flags)
    }

    pub(crate) fn loads(&self, module: &Path) -> bool {
        loads(&loader(self.path()), module)
    }
}

#[test]
fn a_symbol_may_move_to_another_library() {
    let libraries = Libraries::new();
    libraries.library("old", "V_1", "int moves(void) { return 1; }", &[]);
    let module = libraries.module(&["-l:libold.so.1"]);
    assert_eq!(inspect(&module, &[]).0, 0);
    // As the functions of libpthread.so.0 have moved into libc.so.6.
    libraries.library("new", "V_1", "int moves(void) { return 2; }", &[]);
    libraries.library(
        "old",
        "V_1",
        "int stays(void) { return 1; }",
        &["-l:libnew.so.1", "-Wl,-rpath,$ORIGIN"],
    );
    assert!(libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!((code, problems(&data)), (0, vec![]));
    let imports = data["imports"].as_array().unwrap();
    let moves = imports.iter().find(|one| one["name"] == "moves").unwrap();
    assert_eq!(moves["source"]["name"], "libnew.so.1");
    // It has moved away without a trace.
    libraries.library("new", "V_2", "int moves(void) { return 2; }", &[]);
    assert!(!libraries.loads(&module));
    assert_eq!(inspect(&module, &[]).0, 8);
    let (_, data) = inspect(&module, &[]);
    only(
        &data,
        "library-too-old",
        "neither libold.so.1 nor another library has, as V_1: moves",
    );
}

#[test]
fn a_library_without_the_version_is_too_old() {
    let libraries = Libraries::new();
    libraries.library("old", "V_2", "int moves(void) { return 1; }", &[]);
    let module = libraries.module(&["-l:libold.so.1"]);
    libraries.library("old", "V_1", "int moves(void) { return 1; }", &[]);
    assert!(!libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!(code, 8);
    only(
        &data,
        "library-too-old",
        "libold.so.1 does not have V_2, the version of moves",
    );
}

#[test]
fn symbols_of_an_absent_library_are_counted_for_it() {
    let libraries = Libraries::new();
    libraries.library("deep", "V_1", "int deep(void) { return 1; }", &[]);
    libraries.library(
        "old",
        "V_1",
        "int moves(void) { return 1; }",
        &["-l:libdeep.so.1", "-Wl,-rpath,$ORIGIN"],
    );
    let module = libraries.module(&["-l:libold.so.1"]);
    assert_eq!(inspect(&module, &[]).0, 0);
    std::fs::remove_file(libraries.path().join("libdeep.so.1")).unwrap();
    let (code, data) = inspect(&module, &[]);
    assert_eq!(code, 4);
    only(
        &data,
        "library-not-here",
        "libold.so.1 needs libdeep.so.1, which is not",
    );
    std::fs::remove_file(libraries.path().join("libold.so.1")).unwrap();
    let (code, data) = inspect(&module, &[]);
    assert_eq!(code, 4);
    only(
        &data,
        "library-not-here",
        "it needs libold.so.1, which is not",
    );
    let imports = data["imports"].as_array().unwrap();
    let moves = imports.iter().find(|one| one["name"] == "moves").unwrap();
    assert_eq!(
        (&moves["source"]["by"], &moves["source"]["name"]),
        (&"absent".into(), &"libold.so.1".into())
    );
    let text = tool(&[
        module.to_str().unwrap(),
        "--pg-config",
        server().pg_config.to_str().unwrap(),
    ]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(", 1 of libold.so.1 unknown"), "{text}");
}
