//! Tests a text file in place of a `pg_config`: it is read, never run, and rejected if it is
//! incomplete.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Script, TARGET};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn is_as_good_as_the_program() {
    let fake = Fake::new();
    let path = fake.description(&[]);
    let run = Script::pg_config(&path).run().succeeded();
    for key in [
        "version",
        "version_num",
        "bindir",
        "include_server",
        "pkglibdir",
        "cppflags",
        "cc",
        "cargo",
    ] {
        assert_eq!(run.metadata(key), REAL.run.metadata(key), "{key}");
    }
    assert_eq!(run.metadata("pg_config"), path.to_str().unwrap());
    assert_eq!(run.metadata("captured"), "1");
    assert_eq!(REAL.run.metadata("captured"), "0");
}

/// Comments, empty lines, a byte order mark and the line ends of other systems are accepted.
#[test]
fn is_read_as_it_was_captured() {
    let fake = Fake::new();
    let plain = fs::read_to_string(fake.description(&[])).unwrap();
    let captured = format!(
        "\u{feff}# of the target\r\n\r\n{}",
        plain.replace('\n', "\r\n")
    );
    let path = fake.text("captured.txt", captured);
    // As on a file system that knows no modes.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let run = Script::new()
        .env(&format!("PG_CONFIG_{}", *TARGET), &path)
        .run()
        .succeeded();
    assert_eq!(run.metadata("captured"), "1");
    assert_eq!(run.metadata("cc"), REAL.run.metadata("cc"));
}

/// `cargo bgworker abi dump` writes more than the description, and more than would be read of one.
#[test]
fn may_be_a_text_of_facts() {
    let fake = Fake::new();
    let plain = fs::read_to_string(fake.description(&[])).unwrap();
    let fact = "field BackgroundWorker.bgw_flags: offset=192 size=4 type=int\n";
    let facts = format!(
        "ABI-FACTS = 1\n{plain}MAJOR = 18\nTARGET = {}\n\n{}",
        *TARGET,
        fact.repeat(2000)
    );
    let path = fake.text("facts.txt", facts);
    let run = Script::pg_config(path).run().succeeded();
    assert_eq!(run.metadata("captured"), "1");
    assert_eq!(run.metadata("cc"), REAL.run.metadata("cc"));
}

#[test]
fn has_headers_beside_it() {
    let fake = Fake::new();
    let sysroot = fake.dir("target");
    symlink(REAL.include_server(), sysroot.join("server")).unwrap();
    let path = fake.description(&[("INCLUDEDIR-SERVER", Some("target/server"))]);
    let run = Script::pg_config(path).run().succeeded();
    let wanted = sysroot.join("server");
    assert_eq!(run.metadata("include_server"), wanted.to_str().unwrap());
}

/// Neither a program that it names, nor one of the same names on PATH.
#[test]
fn nothing_of_the_target_is_run() {
    let fake = Fake::new();
    let (bin, marker) = (fake.dir("bin"), fake.path("was run"));
    let trap = format!("touch '{}'; exit 1", marker.display());
    let traps = fake.script_in(&bin, &trap, 0o755);
    for name in ["postgres", "pkg-config", "target-cc"] {
        fs::copy(&traps, bin.join(name)).unwrap();
    }
    let path = fake.description(&[
        ("BINDIR", bin.to_str()),
        ("CC", bin.join("target-cc").to_str()),
    ]);
    let search = [bin.as_os_str(), &std::env::var_os("PATH").unwrap()].join(OsStr::new(":"));
    let run = Script::pg_config(path)
        .env("PATH", &search)
        .run()
        .succeeded();
    assert_eq!(run.metadata("bindir"), bin.to_str().unwrap());
    assert!(!marker.exists(), "{run}");
    // The trap is one: without the description the search runs it.
    Script::new().env("PATH", &search).run();
    assert!(marker.exists());
}

#[test]
fn incomplete() {
    let fake = Fake::new();
    let path = fake.description(&[("PKGLIBDIR", None), ("VERSION", Some(""))]);
    let run = Script::pg_config(&path).run();
    run.refused(&[
        "the pg_config named by PG_CONFIG is an incomplete description",
        path.to_str().unwrap(),
        "missing: VERSION, PKGLIBDIR\n",
        "pg_config > server.txt",
    ]);
    // Built without flags is no omission.
    let path = fake.description(&[("CPPFLAGS", Some(""))]);
    let run = Script::pg_config(path).run();
    assert!(!run.stderr.contains("incomplete"), "{run}");
}

#[test]
fn empty() {
    let fake = Fake::new();
    Script::pg_config(fake.text("server.txt", ""))
        .run()
        .refused(&[
            "incomplete description",
            "VERSION, BINDIR, INCLUDEDIR-SERVER",
        ]);
}

#[test]
fn of_something_else() {
    let fake = Fake::new();
    let path = fake.text("server.txt", "# ours\nBINDIR = /usr/bin\nset path\n");
    Script::pg_config(path)
        .run()
        .refused(&["its line 3 is not `NAME = value`"]);
    let path = fake.text("server.txt", "no description\n");
    Script::pg_config(path)
        .run()
        .refused(&["its line 1 is not `NAME = value`"]);
    let path = fake.description(&[("VERSION", Some("16.1"))]);
    Script::pg_config(path)
        .run()
        .refused(&["is no description of a server", "VERSION is \"16.1\""]);
    let path = fake.description(&[("VERSION", Some("PostgreSQL 9.2.1"))]);
    Script::pg_config(path)
        .run()
        .refused(&["PostgreSQL 9.2, which has no background workers"]);
}

#[test]
fn contradicting_itself() {
    let fake = Fake::new();
    let mut text = fs::read_to_string(fake.description(&[])).unwrap();
    text.push_str("CC = clang\n");
    Script::pg_config(fake.text("server.txt", text))
        .run()
        .refused(&["contains CC twice"]);
}

#[test]
fn in_another_encoding() {
    let fake = Fake::new();
    let text = fs::read_to_string(fake.description(&[])).unwrap();
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    Script::pg_config(fake.text("server.txt", utf16))
        .run()
        .refused(&[
            "is a text file that is not UTF-8",
            "Out-File -Encoding utf8",
        ]);
    let latin1 = [text.as_bytes(), b"LOCALEDIR = /usr/gr\xfcn\n"].concat();
    Script::pg_config(fake.text("server.txt", latin1))
        .run()
        .refused(&["is a text file that is not UTF-8"]);
}

/// As captured on the target, where the headers are in another place than here.
#[test]
fn of_headers_that_are_not_here() {
    let fake = Fake::new();
    let path = fake.description(&[("INCLUDEDIR-SERVER", Some("/nowhere/server"))]);
    let run = Script::pg_config(path).run();
    let help = run.refused(&[
        "describes a server whose headers are not here",
        "cannot find /nowhere/server/postmaster/bgworker.h",
    ]);
    assert!(help[0].contains("a relative path starts at"), "{run}");
}
