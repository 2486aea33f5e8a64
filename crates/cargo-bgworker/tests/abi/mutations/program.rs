//! A server program with changes, which are found by the names of its dynamic symbols.

use std::fs;
use std::path::Path;

/// `Elf64_Ehdr`, `Elf64_Shdr` and `Elf64_Sym`: places of fields, and sizes.
const MACHINE: usize = 18;
const SECTIONS: usize = 40;
const SECTION_COUNT: usize = 60;
const SECTION: usize = 64;
const DYNSYM: u64 = 11;
const SYMBOL: usize = 24;

/// The bytes of a program of 64 bits, with the least significant byte first.
pub(super) struct Program(Vec<u8>);

impl Program {
    pub(super) fn read(path: &Path) -> Self {
        Self(fs::read(path).unwrap())
    }

    pub(super) fn write(&self, path: &Path) {
        fs::write(path, &self.0).unwrap();
    }

    /// Applies one change.
    pub(super) fn apply(&mut self, act: &str) {
        let words: Vec<&str> = act.split(' ').collect();
        match words[..] {
            ["rename", name, other] => {
                let (at, start) = self.symbol(name);
                assert_eq!(name.len(), other.len(), "{act}");
                assert!(at > 0);
                self.put(start, other.as_bytes());
            }
            ["kind", name, kind] => {
                let kinds = ["none", "data", "function", "", "", "", "thread"];
                let number = kinds.iter().position(|one| *one == kind).unwrap();
                let (at, _) = self.symbol(name);
                self.0[at + 4] = self.0[at + 4] & 0xf0 | number as u8;
            }
            ["ifunc", name] => {
                let (at, _) = self.symbol(name);
                self.0[at + 4] = self.0[at + 4] & 0xf0 | 10;
            }
            ["bind", name, bind] => {
                let number = ["local", "global", "weak"]
                    .iter()
                    .position(|one| *one == bind);
                let (at, _) = self.symbol(name);
                self.0[at + 4] = self.0[at + 4] & 0xf | (number.unwrap() as u8) << 4;
            }
            ["visibility", name, word] => {
                let words = ["default", "internal", "hidden", "protected"];
                let number = words.iter().position(|one| *one == word).unwrap();
                let (at, _) = self.symbol(name);
                self.0[at + 5] = number as u8;
            }
            ["undefine", name] => {
                let (at, _) = self.symbol(name);
                self.put(at + 6, &[0, 0]);
            }
            ["move", name, address] => {
                let (at, _) = self.symbol(name);
                self.put(at + 8, &address.parse::<u64>().unwrap().to_le_bytes());
            }
            ["size", name, size] => {
                let (at, _) = self.symbol(name);
                self.put(at + 16, &size.parse::<u64>().unwrap().to_le_bytes());
            }
            ["machine", number] => {
                self.put(MACHINE, &number.parse::<u16>().unwrap().to_le_bytes());
            }
            ["truncate", length] => self.0.truncate(length.parse().unwrap()),
            ["sections"] => {
                self.put(SECTIONS, &[0; 8]);
                self.put(SECTION_COUNT, &[0; 4]);
            }
            ["ints", ref numbers @ ..] => {
                let bytes = |words: &[&str]| -> Vec<u8> {
                    let numbers = words.iter().map(|word| word.parse::<i32>().unwrap());
                    numbers.flat_map(i32::to_le_bytes).collect()
                };
                let middle = numbers.len() / 2;
                self.replace(&bytes(&numbers[..middle]), &bytes(&numbers[middle + 1..]));
            }
            ["text", ..] => {
                let (_, texts) = act.split_once(' ').unwrap();
                let (old, new) = texts.split_once(" => ").unwrap();
                let bytes = |text: &str| text.replace("\\0", "\0").into_bytes();
                self.replace(&bytes(old), &bytes(new));
            }
            ["become", path] => *self = Self::read(Path::new(path)),
            _ => panic!("{act}"),
        }
    }

    /// Replaces some bytes wherever they are.
    fn replace(&mut self, old: &[u8], new: &[u8]) {
        assert_eq!(old.len(), new.len());
        let starts = 0..self.0.len() - old.len();
        let places: Vec<usize> = starts.filter(|at| self.0[*at..].starts_with(old)).collect();
        assert!(!places.is_empty(), "{old:?}");
        for at in places {
            self.put(at, new);
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn number(&self, at: usize, size: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.0[at..at + size]);
        u64::from_le_bytes(bytes)
    }

    fn long(&self, at: usize) -> usize {
        self.number(at, 8) as usize
    }

    /// Returns the places of a dynamic symbol and of its name.
    fn symbol(&self, name: &str) -> (usize, usize) {
        let table = self.long(SECTIONS);
        let section = |number: usize| table + number * SECTION;
        let count = self.number(SECTION_COUNT, 2) as usize;
        let mut sections = (0..count).map(section);
        let dynsym = sections
            .find(|at| self.number(at + 4, 4) == DYNSYM)
            .unwrap();
        let strings = self.long(section(self.number(dynsym + 40, 4) as usize) + 24);
        let (start, size) = (self.long(dynsym + 24), self.long(dynsym + 32));
        let wanted = [name.as_bytes(), b"\0"].concat();
        for at in (start..start + size).step_by(SYMBOL) {
            let place = strings + self.number(at, 4) as usize;
            if self.0[place..].starts_with(&wanted) {
                return (at, place);
            }
        }
        panic!("no symbol {name}");
    }
}
