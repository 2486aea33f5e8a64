//! Files that are refused as libraries or as servers.

use crate::tool::*;

#[test]
fn unreadable_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(place(name), bytes).unwrap();
        place(name)
    };
    let library = std::fs::read(module(dir.path(), GOOD, &[])).unwrap();
    std::fs::create_dir(place("directory")).unwrap();
    let cases = [
        (place("nothing"), "does not exist"),
        (place("directory"), "has no module of a server"),
        ("/dev/null".to_owned(), "is not a regular file"),
        (put("empty", b""), "is empty"),
        (put("text", b"hello, world\n"), "is not an ELF file"),
        (put("script", b"#!/bin/sh\n"), "is a script"),
        (
            put("macho", &[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]),
            "is a Mach-O file",
        ),
        (put("pe", b"MZ\x90\0"), "is a PE file"),
        (put("archive", b"!<arch>\n"), "is an archive"),
        (put("short", &library[..3]), "is not an ELF file"),
        (put("header", &library[..40]), "is a damaged ELF file"),
        (
            put("half", &library[..library.len() / 2]),
            "is a damaged ELF file",
        ),
        (
            put("object", &relocatable(&library)),
            "is neither a shared library nor a program",
        ),
    ];
    for (path, expected) in cases {
        let text = refusal(&[&path]);
        assert!(text.contains(expected), "expected {expected:?}: {text}");
    }
}

fn relocatable(library: &[u8]) -> Vec<u8> {
    let mut bytes = library.to_vec();
    bytes[16] = 1;
    bytes
}

#[test]
fn other_programs_are_refused_as_servers() {
    let dir = tempfile::tempdir().unwrap();
    let library = module(dir.path(), GOOD, &[]);
    let library = library.to_str().unwrap();
    let text = refusal(&[library, "--server", library]);
    assert!(
        text.contains("is not a PostgreSQL server") && text.contains("= help:"),
        "{text}"
    );
    let text = refusal(&[library, "--server", "/nonexistent"]);
    assert!(text.contains("/nonexistent does not exist"), "{text}");
    let text = refusal(&[library, "--pg", "1"]);
    assert!(text.contains("no PostgreSQL 1 was found"), "{text}");
    let postgres = server().program("postgres");
    let (_, data) = inspect(&postgres, &[]);
    assert!(
        problems(&data)
            .iter()
            .any(|(code, _)| code == "is-a-server")
    );
    // An installation's directory will do.
    let root = server().bindir;
    let output = tool(&[library, "--server", root.to_str().unwrap()]);
    assert!(output.status.success());
}
