//! Reading a damaged file returns a value or an error, and never panics.

use pg_abi::binary::Binary;
use pg_abi::fingerprint::Fingerprint;
use pg_abi::inspect::{Against, inspect};
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;

/// The same numbers in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below as u64)).unwrap()
    }
}

/// A module with imports with versions, a note of this project and a magic block.
fn seed(flags: &[&str]) -> Option<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("seed.c");
    let code = r#"
        #include <stdio.h>
        static const struct { int len, version, args, keys, name, float8; char extra[32]; const char *n, *v; }
            magic = { sizeof magic, 1800, 100, 32, 64, 1, "PostgreSQL", "seed", "1.0" };
        const void *Pg_magic_func(void) { return &magic; }
        extern void RegisterBackgroundWorker(const char *);
        const char *volatile entry = "seed_main";
        void seed_main(long argument) { puts(entry); }
        void _PG_init(void) { RegisterBackgroundWorker(entry); }
        __attribute__((section(".note.postgres-bgworker"), aligned(4), used))
        static const struct { int owner, text, kind; char o[20], t[32]; }
            note = { 18, 32, 1, "postgres-bgworker", "VERSION-NUM = 180001\n\nNode 4 a@0\n" };
    "#;
    std::fs::write(&source, code).unwrap();
    let library = dir.path().join("seed.so");
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-Os", "-w", "-o"]);
    let output = command
        .arg(&library)
        .arg(&source)
        .args(flags)
        .output()
        .unwrap();
    output
        .status
        .success()
        .then(|| std::fs::read(&library).unwrap())
}

fn look(bytes: &[u8]) -> bool {
    match Binary::parse(Path::new("damaged"), bytes) {
        Ok(binary) => {
            inspect(&binary, &Against::default());
            true
        }
        Err(error) => {
            assert!(error.message().starts_with("damaged "), "{error}");
            false
        }
    }
}

/// Overwrites a word, mostly in the tables, with a value that is likely to cause errors.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.throw(3) {
        let size = bytes.len();
        let words = [
            0,
            1,
            u64::MAX,
            1 << 31,
            1 << 63,
            size as u64,
            (size - 1) as u64,
            dice.0,
        ];
        let word = words[dice.throw(words.len())].to_le_bytes();
        let width = [1, 2, 4, 8][dice.throw(4)].min(size);
        let at = match dice.throw(3) {
            // The header, the tables at the end, anywhere.
            0 => dice.throw(64.min(size)),
            1 => size - 1 - dice.throw((size / 4).max(1)),
            _ => dice.throw(size),
        };
        let at = at.min(size - width);
        bytes[at..at + width].copy_from_slice(&word[..width]);
    }
    if dice.throw(8) == 0 {
        bytes.truncate(1 + dice.throw(bytes.len()));
    }
}

#[test]
fn damaged_files_are_errors_or_values() {
    let seeds: Vec<Vec<u8>> = [&[][..], &["-g"], &["-s"], &["-m32", "-nostdlib"]]
        .iter()
        .filter_map(|flags| seed(flags))
        .collect();
    assert!(seeds.len() >= 3, "cc makes libraries");
    assert!(seeds.iter().all(|seed| look(seed)));
    let (mut read, mut refused) = (0, 0);
    for number in 1..=4000_u64 {
        let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bytes = seeds[dice.throw(seeds.len())].clone();
        damage(&mut bytes, &mut dice);
        match catch_unwind(|| look(&bytes)) {
            Ok(true) => read += 1,
            Ok(false) => refused += 1,
            Err(_) => panic!("reading file {number} panicked"),
        }
    }
    // Both outcomes occurred.
    assert!(read > 100 && refused > 100, "{read} {refused}");
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let seed = seed(&[]).unwrap();
    // Only what the loader does not need follows.
    for length in 0..seed.len() / 2 {
        assert!(!look(&seed[..length]), "{length} bytes of {}", seed.len());
    }
}

/// What a loader does not read may be anything.
#[test]
fn section_headers_are_not_needed() {
    let seed = seed(&[]).unwrap();
    let expected = Binary::parse(Path::new("seed"), &seed).unwrap();
    assert!(expected.exports.contains_key("seed_main"));
    assert_eq!((expected.magic.len(), expected.notes.len()), (1, 1));
    let word = u64::from_le_bytes(seed[40..48].try_into().unwrap());
    let table = usize::try_from(word).unwrap();
    // e_shoff, and what is there.
    for damage in 0..3 {
        let mut bytes = seed.clone();
        match damage {
            0 => bytes[40..48].fill(0),
            1 => bytes[40..48].fill(0xff),
            _ => bytes[table..].fill(0xff),
        }
        let mut found = Binary::parse(Path::new("seed"), &bytes).unwrap();
        assert!(found.hidden.is_empty());
        found.hidden = expected.hidden.clone();
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{damage}");
    }
}

#[test]
fn many_names_of_one_long_string_are_too_many() {
    // 200 000 symbols with the same 4 KiB name: 800 MB if read without a limit.
    let bytes = bomb(200_000, 4096);
    let error = Binary::parse(Path::new("bomb"), &bytes)
        .unwrap_err()
        .to_string();
    assert!(error.contains("more than any real file's"), "{error}");
    assert!(Binary::parse(Path::new("bomb"), &bomb(2, 4096)).is_ok());
}

/// An ELF file that contains only a dynamic symbol table: no section headers.
fn bomb(symbols: usize, name: usize) -> Vec<u8> {
    const HEADERS: usize = 64 + 2 * 56;
    let strings = HEADERS;
    let table = (strings + name + 2).next_multiple_of(8);
    let hash = table + symbols * 24;
    let dynamic = (hash + 8 + symbols * 4).next_multiple_of(8);
    let end = dynamic + 5 * 16;
    let mut bytes = vec![0; end];
    let mut put = |at: usize, word: &[u8]| bytes[at..at + word.len()].copy_from_slice(word);
    put(0, b"\x7fELF\x02\x01\x01");
    put(16, &3_u16.to_le_bytes());
    put(18, &62_u16.to_le_bytes());
    put(20, &1_u32.to_le_bytes());
    put(32, &64_u64.to_le_bytes());
    put(52, &[64, 0, 56, 0, 2, 0, 64, 0, 0, 0, 0, 0]);
    put(strings + 1, &vec![b'x'; name]);
    for index in 1..symbols {
        let at = table + index * 24;
        put(at, &1_u32.to_le_bytes());
        // Global, a function, of section 1.
        put(at + 4, &[0x12, 0, 1, 0]);
    }
    put(hash + 4, &u32::try_from(symbols).unwrap().to_le_bytes());
    let tags = [(5, strings), (10, name + 2), (6, table), (4, hash)];
    for (index, (tag, value)) in tags.into_iter().enumerate() {
        put(dynamic + index * 16, &u64::to_le_bytes(tag));
        put(dynamic + index * 16 + 8, &(value as u64).to_le_bytes());
    }
    for (at, kind, from) in [(64, 1_u32, 0), (64 + 56, 2, dynamic)] {
        put(at, &kind.to_le_bytes());
        put(at + 8, &(from as u64).to_le_bytes());
        put(at + 16, &(from as u64).to_le_bytes());
        put(at + 32, &((end - from) as u64).to_le_bytes());
        put(at + 40, &((end - from) as u64).to_le_bytes());
    }
    bytes
}

#[test]
fn damaged_fingerprints_are_rejected() {
    let text = "HEADERS = 18.1\nVERSION-NUM = 180001\n\nNode 4 a@0 b@x c\nX\nY z\n";
    let print = Fingerprint::parse(text).unwrap();
    assert_eq!(print.types.len(), 1);
    for end in 0..text.len() {
        let _ = Fingerprint::parse(&text[..end]);
    }
}
