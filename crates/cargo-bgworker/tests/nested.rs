//! `cargo bgworker test` and `cargo test` with other packages.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SCRATCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../pg-scratch");

/// Both tests build into this directory.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/nested");

const LIBRARY: &str = "
    #[cfg(not(feature = \"more\"))]
    compile_error!(\"the flags of the test are missing\");
    #[unsafe(no_mangle)]
    pub extern \"C\" fn f() {}
";

const TEST: &str = "
    use pg_scratch::{Library, Server};
    #[test]
    fn builds() {
        let server = Server::from_env().unwrap();
        for features in [&[][..], &[\"extra\"]] {
            let library = Library::build_with(&server, features).unwrap();
            println!(\"{} has {}\", features.len(), library.file.display());
            assert_eq!(library.name, \"other\");
        }
    }
";

/// Makes a package with a library of another name.
fn make(package: &Path) {
    let manifest = format!(
        "[package]\nname = \"nested\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [lib]\nname = \"other\"\ncrate-type = [\"cdylib\"]\n\
         [features]\nextra = []\nmore = []\n[profile.checked]\ninherits = \"dev\"\n[dev-dependencies]\n\
         pg-scratch = {{ path = {SCRATCH:?}, default-features = false, features = [\"cargo\"] }}\n"
    );
    for (name, text) in [
        ("Cargo.toml", manifest.as_str()),
        ("src/lib.rs", LIBRARY),
        ("tests/it.rs", TEST),
    ] {
        let path = package.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    fs::copy(lock, package.join("Cargo.lock")).unwrap();
}

#[test]
fn a_library_is_built_with_the_flags_of_the_test() {
    let place = tempfile::tempdir().unwrap();
    make(place.path());
    let flags = ["--features", "more", "--profile", "checked"];
    let run = |program: &mut Command| -> (Output, String) {
        let output = program
            .current_dir(place.path())
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("BGWORKER_TEST_LIBRARIES")
            .output()
            .unwrap();
        let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let text = text.concat();
        (output, text)
    };
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    tool.args(["test", "--"]).args(flags);
    tool.args(["--target-dir", TARGET, "--", "--nocapture"]);
    let (output, said) = run(&mut tool);
    assert!(output.status.success(), "{said}");
    let logs = fs::read_dir(place.path().join("target/bgworker-test")).unwrap();
    let mut logs = logs.map(|entry| entry.unwrap().path());
    let log = logs.find(|path| path.extension().is_some_and(|kind| kind == "log"));
    let log = fs::read_to_string(log.unwrap()).unwrap();
    // The command has built the first one.
    assert_eq!(log.matches("building the library").count(), 1, "{log}");
    assert!(
        log.contains("0 has ") && log.contains("/libraries/"),
        "{log}"
    );
    let file = Path::new(TARGET).join("checked");
    assert!(log.contains(&format!("1 has {}", file.display())), "{log}");
}

#[test]
fn cargo_test_builds_in_the_same_directory() {
    let place = tempfile::tempdir().unwrap();
    make(place.path());
    fs::write(place.path().join("src/lib.rs"), "").unwrap();
    let output = Command::new("cargo")
        .args(["test", "--test", "it", "--profile", "checked"])
        .args(["--target-dir", TARGET, "--", "--nocapture"])
        .current_dir(place.path())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("BGWORKER_TEST_LIBRARIES")
        // `cargo bgworker test` sets it for this test, too.
        .env_remove("BGWORKER_TEST_ARGUMENTS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let file = Path::new(TARGET).join("checked");
    assert!(
        said.contains(&format!("0 has {}", file.display())),
        "{said}"
    );
}

/// The test ends when the command has shown that it runs.
#[test]
fn each_test_is_shown_while_others_run() {
    let place = tempfile::tempdir().unwrap();
    let manifest =
        "[package]\nname = \"waits\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n";
    let test = r#"
        #[test]
        fn ends_at_once() {}
        #[test]
        fn ends_when_the_other_is_shown() {
            let begin = std::time::Instant::now();
            while !std::path::Path::new("shown").exists() {
                assert!(begin.elapsed().as_secs() < 120, "nothing was shown");
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    "#;
    for (name, text) in [
        ("Cargo.toml", manifest),
        ("src/lib.rs", ""),
        ("tests/it.rs", test),
    ] {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .arg("test")
        .current_dir(place.path())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("BGWORKER_TEST_LIBRARIES")
        .env_remove("BGWORKER_TEST_ARGUMENTS")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(tool.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.contains("ends_at_once") {
            assert!(
                lines.iter().any(|line: &String| line.contains("Testing")),
                "{lines:?}"
            );
            fs::write(place.path().join("shown"), "").unwrap();
        }
        lines.push(line);
    }
    assert!(tool.wait().unwrap().success(), "{lines:#?}");
}
