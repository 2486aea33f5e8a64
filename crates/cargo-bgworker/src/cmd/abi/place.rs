//! Where a finding is shown: a line of a file of the user.

use pg_abi::facts::Key;
use std::collections::BTreeMap;
use std::path::Path;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
}

/// Where the items are written down.
#[derive(Default)]
pub(super) struct Places {
    lines: BTreeMap<String, Place>,
}

impl Places {
    /// Adds the items of a manifest.
    pub(super) fn add_manifest(&mut self, file: &Path, lines: &BTreeMap<Key, usize>) {
        for (key, line) in lines {
            self.add(key.to_string(), file, *line);
        }
    }

    /// Adds the items of a file of facts, unless they are in another file.
    pub(super) fn add_facts(&mut self, file: &Path) {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            if let Some((item, _)) = line.split_once(": ") {
                self.add(item.to_owned(), file, index + 1);
            }
        }
    }

    fn add(&mut self, item: String, file: &Path, line: usize) {
        let file = file.display().to_string();
        self.lines
            .entry(untagged(&item))
            .or_insert(Place { file, line });
    }

    /// Returns the place of an item. For an item that is in no file, it is the first line of one
    /// that each package has.
    pub(super) fn of(&self, key: &Key) -> Place {
        let somewhere = || {
            let files = ["wrapper.h", "Cargo.toml", "Makefile"];
            let file = files.iter().find(|file| Path::new(file).is_file());
            Place {
                file: file.unwrap_or(&files[1]).to_string(),
                line: 1,
            }
        };
        let found = self.lines.get(&untagged(&key.to_string())).cloned();
        found.unwrap_or_else(somewhere)
    }
}

/// Returns a name without tags: a type may have one in one of two servers only.
fn untagged(item: &str) -> String {
    let tags = ["struct ", "union ", "enum "];
    tags.iter()
        .fold(item.to_owned(), |item, tag| item.replace(tag, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pg_abi::facts::Kind;

    #[test]
    fn the_manifest_comes_before_the_facts() {
        let directory = tempfile::tempdir().unwrap();
        let facts = directory.path().join("facts.txt");
        std::fs::write(&facts, "MAJOR = 18\n\ntype A: size=1\ntype B: size=2\n").unwrap();
        let [a, b] = ["A", "B"].map(|name| Key::new(Kind::Type, name));
        let mut places = Places::default();
        places.add_manifest(Path::new("ours.txt"), &BTreeMap::from([(b.clone(), 7)]));
        places.add_facts(&facts);
        assert_eq!(places.of(&a).line, 3);
        let of_b = places.of(&b);
        assert_eq!((of_b.file.as_str(), of_b.line), ("ours.txt", 7));
        assert_eq!(places.of(&Key::new(Kind::Type, "C")).line, 1);
    }
}
