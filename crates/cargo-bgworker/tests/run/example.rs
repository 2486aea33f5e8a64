//! `install` and `package` of an example.

use super::{TARGET, make, write};
use std::fs;
use std::path::Path;
use std::process::Command;

fn with_example(name: &str) -> tempfile::TempDir {
    let module = make(name);
    let mut manifest = fs::read_to_string(module.path().join("Cargo.toml")).unwrap();
    manifest += "[[example]]\nname = \"shown\"\ncrate-type = [\"cdylib\"]\n";
    write(module.path(), "Cargo.toml", &manifest);
    write(module.path(), "examples/shown.rs", include_str!("acts.rs"));
    module
}

fn tool(directory: &Path, words: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .args(words)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", TARGET)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_example_does_not_get_the_extension_of_its_package() {
    let module = with_example("shows");
    let words = ["install", "--example", "shown", "--dev", "--dry-run"];
    let words = [&words[..], &["--json"]].concat();
    let (ok, said, errors) = tool(module.path(), &words);
    assert!(ok, "{errors}");
    let data: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(data["files"].as_array().unwrap().len(), 1, "{said}");
    assert!(!said.contains("CREATE EXTENSION"), "{said}");
    let words = ["run", "--example", "shown", "--extension"];
    let (ok, _, errors) = tool(module.path(), &words);
    assert!(
        !ok && errors.starts_with("error: no control file was found in"),
        "{errors}"
    );
    let words = ["package", "--example", "shown", "--format", "pgxn"];
    let (ok, _, errors) = tool(module.path(), &words);
    let sentence = "error: PGXN distributes packages, and shown is an example of the package shows";
    assert!(!ok && errors.starts_with(sentence), "{errors}");
}
