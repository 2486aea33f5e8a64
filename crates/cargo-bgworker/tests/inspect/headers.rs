//! Program headers, beside what the loader of this machine does with them.

use crate::tool::*;

/// A change of a file, and a part of the message, or `None` if the loader does not mind.
type Case = (&'static str, fn(&mut Vec<u8>), Option<&'static str>);

fn word(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

/// Returns where the program header of this type is.
fn segment(bytes: &[u8], kind: u8) -> usize {
    let mut places = (word(bytes, 32)..).step_by(56);
    places
        .find(|at| bytes[*at..at + 4] == [kind, 0, 0, 0])
        .unwrap()
}

const CASES: [Case; 11] = [
    ("unchanged", |_| (), None),
    ("no section headers", |b| b[40..64][..8].fill(0), None),
    (
        "section headers of another file",
        |b| b[40..48].fill(0x11),
        None,
    ),
    (
        "sections of any content",
        |b| {
            let at = word(b, 40);
            b[at..].fill(0xff)
        },
        None,
    ),
    (
        "phnum is 0",
        |b| b[56..58].fill(0),
        Some("no loadable segments"),
    ),
    (
        "phnum is 65535",
        |b| b[56..58].fill(0xff),
        Some("program headers are not in the file"),
    ),
    ("phentsize is 55", |b| b[54] = 55, Some("another size")),
    (
        "phoff is outside",
        |b| b[32..40].fill(0x7f),
        Some("program headers are not in the file"),
    ),
    (
        "phoff leads to zeros",
        |b| {
            let end = b.len();
            b.resize(end + 4096, 0);
            let at = (end as u64).to_le_bytes();
            b[32..40].copy_from_slice(&at)
        },
        Some("no loadable segments"),
    ),
    (
        "no dynamic table",
        |b| {
            let at = segment(b, 2);
            b[at] = 0x55
        },
        Some("has no dynamic symbols"),
    ),
    (
        "an address within a page",
        |b| {
            let at = segment(b, 1);
            b[at + 16] += 8
        },
        Some("not at the right place in a page"),
    ),
];

#[test]
fn program_headers_are_read_as_the_loader_does() {
    let dir = tempfile::tempdir().unwrap();
    let program = loader(dir.path());
    let original = module(dir.path(), "PG_MODULE_MAGIC;", &[]);
    let original = std::fs::read(original).unwrap();
    for (what, change, expected) in CASES {
        let mut bytes = original.clone();
        change(&mut bytes);
        let file = dir.path().join("changed.so");
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(loads(&program, &file), expected.is_none(), "{what}");
        match expected {
            Some(part) => {
                let text = refusal(&[file.to_str().unwrap()]);
                assert!(text.contains(part), "{what}: {text}");
            }
            None => {
                let (code, data) = inspect(&file, &[]);
                assert_eq!((code, problems(&data)), (0, vec![]), "{what}");
            }
        }
    }
}
