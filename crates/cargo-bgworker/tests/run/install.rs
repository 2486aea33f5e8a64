//! `install`, into directories that a pg_config names.

use super::rpm::has;
use super::{PACKAGE, TARGET, make, write};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Makes a pg_config of the real server whose directories of files are below `place`.
fn elsewhere(place: &Path) -> PathBuf {
    for directory in ["lib", "share/extension"] {
        fs::create_dir_all(place.join(directory)).unwrap();
    }
    let real = std::env::var("PG_CONFIG").expect("PG_CONFIG");
    let script = format!(
        "#!/bin/sh\nif [ \"$1 $2\" = '--pkglibdir --sharedir' ]; then\n  echo {0}/lib; echo {0}/share\n\
         else\n  exec {real} \"$@\"\nfi\n",
        place.display()
    );
    let path = place.join("pg_config");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn tool(directory: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .args(words)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", TARGET)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn files_are_installed_and_the_next_steps_are_told() {
    let place = tempfile::tempdir().unwrap();
    let pg_config = elsewhere(place.path());
    let words = |more: &'static str| {
        let words = [
            "install",
            "--dev",
            "--pg-config",
            pg_config.to_str().unwrap(),
        ];
        let output = tool(PACKAGE.path(), &[&words[..], &[more]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    };
    let library = place.path().join("lib/acts.so");
    words("--dry-run");
    assert!(!library.exists());
    words("--json");
    let before = fs::metadata(&library).unwrap().ino();
    let data: serde_json::Value = serde_json::from_slice(&words("--json").stdout).unwrap();
    let meta = fs::metadata(&library).unwrap();
    // Replaced by renaming.
    assert_ne!(meta.ino(), before);
    assert_eq!(meta.mode() & 0o777, 0o755);
    for file in ["acts.control", "acts--1.0.sql"] {
        let installed = place.path().join("share/extension").join(file);
        assert_eq!(fs::metadata(installed).unwrap().mode() & 0o777, 0o644);
    }
    let next = data["next"].as_array().unwrap();
    assert_eq!(next.len(), 4, "{next:?}");
    for (step, word) in next.iter().zip([
        "CREATE ROLE acts LOGIN;",
        "acts to shared_preload_libraries in ",
        "restart the server",
        "CREATE EXTENSION acts;",
    ]) {
        assert!(step.as_str().unwrap().contains(word), "{step}");
    }
}

#[test]
fn what_would_not_work_is_not_installed() {
    let (place, package) = (tempfile::tempdir().unwrap(), make("refused"));
    let pg_config = elsewhere(place.path());
    let refusal = || {
        let words = [
            "install",
            "--dev",
            "--pg-config",
            pg_config.to_str().unwrap(),
        ];
        let output = tool(package.path(), &words);
        assert!(!output.status.success());
        assert_eq!(fs::read_dir(place.path().join("lib")).unwrap().count(), 0);
        text(&output.stderr)
    };
    // The name of another library.
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/acts'\n";
    write(package.path(), "acts.control", control);
    let said = refusal();
    assert!(
        said.contains("module_pathname = '$libdir/refused'"),
        "{said}"
    );
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/refused'\n";
    write(package.path(), "acts.control", control);
    let script =
        "-- one\ncreate function f() returns int language c as 'MODULE_PATHNAME', 'absent';";
    write(package.path(), "sql/acts--1.0.sql", script);
    let said = refusal();
    assert!(
        said.contains("does not fit PostgreSQL")
            && said.contains("sql/acts--1.0.sql:2: the script declares f"),
        "{said}"
    );
    let run = || text(&tool(package.path(), &["run", "--extension", "--for", "1s"]).stderr);
    let said = run();
    assert!(
        said.contains("sql/acts--1.0.sql:2: the script declares f"),
        "{said}"
    );
    // A new script of its own makes the other one that of an older version.
    write(package.path(), "sql/acts--1.1.sql", "select 1;\n");
    let control = control.replace("'1.0'", "'1.1'");
    write(package.path(), "acts.control", &control);
    let words = ["install", "--dev", "--dry-run", "--pg-config"];
    let words = [&words[..], &[pg_config.to_str().unwrap()]].concat();
    let output = tool(package.path(), &words);
    let said = text(&output.stderr);
    assert!(
        output.status.success()
            && said.contains("sql/acts--1.0.sql:2: the script declares f")
            && said.contains("= CREATE EXTENSION does not run this script"),
        "{said}"
    );
    fs::remove_file(package.path().join("sql/acts--1.1.sql")).unwrap();
    for said in [refusal(), run()] {
        let told = "acts.control:1: no script leads to default_version \"1.1\"";
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn what_is_there_stays_if_the_installation_fails() {
    let place = tempfile::tempdir().unwrap();
    let pg_config = elsewhere(place.path());
    let pg_config = pg_config.to_str().unwrap();
    let install = |more: &[&str]| {
        let words = [&["install", "--dev", "--pg-config", pg_config], more].concat();
        let output = tool(PACKAGE.path(), &words);
        (output.status.success(), text(&output.stderr))
    };
    let (library, extensions) = (
        place.path().join("lib/acts.so"),
        place.path().join("share/extension"),
    );
    fs::write(&library, "of another project").unwrap();
    let (ok, said) = install(&[]);
    assert!(
        !ok && said.contains("is a library of another project") && said.contains("--force"),
        "{said}"
    );
    // The script is the last file, and cannot replace a directory.
    let script = extensions.join("acts--1.0.sql");
    fs::create_dir(&script).unwrap();
    let (ok, said) = install(&["--force"]);
    assert!(!ok && said.contains("acts--1.0.sql"), "{said}");
    assert!(fs::read(&library).unwrap() == b"of another project");
    let names = |directory: &Path| fs::read_dir(directory).unwrap().count();
    assert_eq!(
        (names(library.parent().unwrap()), names(&extensions)),
        (1, 1)
    );
    fs::remove_dir(&script).unwrap();
    let (ok, said) = install(&["--force"]);
    assert!(ok, "{said}");
    assert_eq!(
        (names(library.parent().unwrap()), names(&extensions)),
        (1, 2)
    );
    // It is ours now.
    assert!(install(&["--dry-run"]).0);
}

#[test]
fn a_warning_is_printed_once() {
    let (place, package) = (tempfile::tempdir().unwrap(), make("doubted"));
    let pg_config = elsewhere(place.path());
    let pg_config = pg_config.to_str().unwrap();
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/doubted'\n";
    write(package.path(), "acts.control", control);
    let old = "create function f() returns int language c as 'MODULE_PATHNAME', 'absent';";
    write(package.path(), "sql/acts--0.9.sql", old);
    // Only scripts are read as scripts.
    let version = format!("comment = 'x' #;{old}\n");
    write(package.path(), "sql/acts--1.0.control", &version);
    let formats = ["package", "--dev", "--output", "out", "--format", "tar,deb"];
    let formats = if has("dpkg-deb") {
        &formats[..]
    } else {
        &formats[..4]
    };
    for words in [&["install", "--dev"][..], formats] {
        let words = [words, &["--pg-config", pg_config]].concat();
        let output = tool(package.path(), &words);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches("the script declares f").count(), 1, "{said}");
        assert!(
            said.contains("acts--0.9.sql:1: the script declares f"),
            "{said}"
        );
    }
}

#[test]
fn files_of_another_project_stay() {
    let (place, stranger) = (tempfile::tempdir().unwrap(), make("stranger"));
    let pg_config = elsewhere(place.path());
    let install = |package: &Path, more: &[&str]| {
        let words = ["install", "--dev", "--pg-config"];
        let words = [&words[..], &[pg_config.to_str().unwrap()], more].concat();
        let output = tool(package, &words);
        (output.status.success(), text(&output.stderr))
    };
    let extensions = place.path().join("share/extension");
    let control = extensions.join("acts.control");
    fs::write(&control, "default_version = '7'\n").unwrap();
    let (ok, said) = install(PACKAGE.path(), &[]);
    assert!(
        !ok && said.contains("acts.control is a file of another project")
            && said.contains("= help: to replace the file: --force"),
        "{said}"
    );
    assert_eq!(fs::read(&control).unwrap(), b"default_version = '7'\n");
    // The same file is not replaced by another one.
    fs::copy(PACKAGE.path().join("acts.control"), &control).unwrap();
    let (ok, said) = install(PACKAGE.path(), &[]);
    assert!(ok, "{said}");
    // The library is ours, so an older script is, too.
    fs::write(extensions.join("acts--1.0.sql"), "select 1;\n").unwrap();
    let (ok, said) = install(PACKAGE.path(), &[]);
    assert!(ok, "{said}");
    // Another package has a library and an extension of this name.
    let manifest = fs::read_to_string(stranger.path().join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("[lib]\n", "[lib]\nname = \"acts\"\n");
    write(stranger.path(), "Cargo.toml", &manifest);
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/acts'\n";
    write(stranger.path(), "acts.control", control);
    let (ok, said) = install(stranger.path(), &[]);
    assert!(
        !ok && said.contains("acts.so is a library of another project")
            && said.contains("= the package acts has built it"),
        "{said}"
    );
}

#[test]
fn a_library_that_need_not_be_preloaded_is_not() {
    let (place, package) = (tempfile::tempdir().unwrap(), make("later"));
    let pg_config = elsewhere(place.path());
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/later'\n";
    write(package.path(), "acts.control", control);
    let code = include_str!("acts.rs").replace("bgworker_module!(init);", "bgworker_module!();");
    write(
        package.path(),
        "src/lib.rs",
        &code.replace("fn init(", "pub fn init("),
    );
    let words = [
        "install",
        "--dev",
        "--dry-run",
        "--pg-config",
        pg_config.to_str().unwrap(),
    ];
    let output = tool(package.path(), &words);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // Its workers are dynamic ones.
    assert!(
        said.contains("CREATE ROLE later") && said.contains("no restart is needed"),
        "{said}"
    );
    assert!(!said.contains("preload"), "{said}");
}

#[test]
fn a_library_without_its_macro_is_told() {
    let package = make("forgotten");
    let code = include_str!("acts.rs").replace("bgworker_module!(init);", "");
    write(package.path(), "src/lib.rs", &code);
    let said = text(&tool(package.path(), &["run", "--for", "1s"]).stderr);
    assert!(
        said.contains("error: the library has no magic block")
            && said.contains("help: write bgworker_module!(init) once"),
        "{said}"
    );
    let manifest = fs::read_to_string(package.path().join("Cargo.toml")).unwrap();
    write(
        package.path(),
        "Cargo.toml",
        &manifest.replace("crate-type", "doctest = false\n#"),
    );
    let said = text(&tool(package.path(), &["run", "--for", "1s"]).stderr);
    assert!(
        said.contains("has no loadable library") && said.contains("crate-type = [\"cdylib\"]"),
        "{said}"
    );
}
