//! Libraries that a module brings along, beside what the loader of this machine does.

use crate::tool::*;
use crate::versions::Libraries;

/// `libold.so.1` needs a function of `libdeep.so.1`.
fn libraries() -> Libraries {
    let libraries = Libraries::new();
    deep(&libraries, "V_1", "int deep(void) { return 1; }");
    old(&libraries, "int deep(void);");
    libraries
}

fn deep(libraries: &Libraries, version: &str, code: &str) {
    libraries.library("deep", version, code, &[]);
}

fn old(libraries: &Libraries, declaration: &str) {
    let code = format!("{declaration}\nint moves(void) {{ return deep(); }}");
    let flags = ["-l:libdeep.so.1", "-Wl,-rpath,$ORIGIN"];
    libraries.library("old", "V_1", &code, &flags);
}

#[test]
fn a_symbol_that_a_library_lacks_is_missing() {
    let libraries = libraries();
    let module = libraries.module(&["-l:libold.so.1"]);
    assert!(libraries.loads(&module));
    assert_eq!(inspect(&module, &[]).0, 0);
    deep(&libraries, "V_1", "int other(void) { return 1; }");
    assert!(!libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!(code, 8);
    let text = "it needs libold.so.1, for which nothing provides: deep";
    only(&data, "missing-symbol", text);
    // A library need not be complete if it says so.
    old(&libraries, "__attribute__((weak)) int deep(void);");
    assert!(libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!((code, problems(&data)), (0, vec![]));
}

#[test]
fn a_module_provides_what_its_libraries_lack() {
    let libraries = Libraries::new();
    let code = "int f(void);\nint moves(void) { return f(); }";
    libraries.library("old", "V_1", code, &[]);
    let module = libraries.module(&["-l:libold.so.1"]);
    assert!(libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!((code, problems(&data)), (0, vec![]));
}

#[test]
fn a_version_that_a_library_lacks_is_too_old() {
    let libraries = libraries();
    let module = libraries.module(&["-l:libold.so.1"]);
    deep(&libraries, "V_2", "int deep(void) { return 1; }");
    assert!(!libraries.loads(&module));
    let (code, data) = inspect(&module, &[]);
    assert_eq!(code, 8);
    let found = problems(&data);
    let is_told = |part: &str| {
        found
            .iter()
            .any(|(code, text)| code == "library-too-old" && text.contains(part))
    };
    assert!(is_told("libdeep.so.1 does not have V_1"), "{found:?}");
}
