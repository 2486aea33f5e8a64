//! The tables of mutations: text files with one row per mutation.
//!
//! ```text
//! a field is inserted in the middle
//!   on 13 18 19
//!   in storage/latch.h
//!   - bool is_shared;
//!   + int inserted;
//!   + bool is_shared;
//!   says field Latch.inserted, exists: golden says no, cc says yes
//! ```
//!
//! White space in a `-` line matches any white space. Instead of `says`, a row has `harmless` if
//! nothing may be reported, or `unseen` with the words of `docs/src/abi.md` that admit it. `alone`
//! gives a row a server of its own, and `more 30` says that so many other differences follow, such
//! as offsets. `do` is a change of the program.

use std::ops::Range;

/// A mutation, and what is said about it.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) name: String,
    /// The majors that are mutated.
    pub(super) majors: Vec<String>,
    /// Whether it cannot be together with others in one server.
    pub(super) alone: bool,
    pub(super) edits: Vec<Edit>,
    /// Changes of the program.
    pub(super) acts: Vec<String>,
    pub(super) says: Vec<String>,
    /// How many more differences follow from the mutation, such as offsets.
    pub(super) more: usize,
    pub(super) harmless: bool,
    /// Words of the documentation.
    pub(super) unseen: Option<String>,
}

/// A change of a header.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) file: String,
    old: String,
    new: String,
}

impl Edit {
    /// Returns the changed text.
    pub(super) fn apply(&self, text: &str) -> String {
        let place = place(text, &self.old)
            .unwrap_or_else(|| panic!("{} does not say {:?}", self.file, self.old));
        format!("{}{}{}", &text[..place.start], self.new, &text[place.end..])
    }
}

/// Returns where a text has these words, with any white space between them.
fn place(text: &str, words: &str) -> Option<Range<usize>> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (first, others) = words.split_first()?;
    text.match_indices(first).find_map(|(start, _)| {
        let mut rest = &text[start + first.len()..];
        for word in others {
            rest = rest
                .strip_prefix(char::is_whitespace)?
                .trim_start()
                .strip_prefix(word)?;
        }
        Some(start..text.len() - rest.len())
    })
}

/// Parses a table.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with('#') {
            continue;
        }
        let Some(line) = line.strip_prefix("  ") else {
            let name = line.to_owned();
            rows.push(Row {
                name,
                ..Row::default()
            });
            continue;
        };
        let row = rows.last_mut().expect("a name comes first");
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let own = || rest.to_owned();
        match word {
            "on" => row.majors = rest.split(' ').map(str::to_owned).collect(),
            "alone" => row.alone = true,
            "in" => row.edits.push(Edit {
                file: own(),
                old: String::new(),
                new: String::new(),
            }),
            "-" | "+" => {
                let edit = row.edits.last_mut().expect("a file comes first");
                // Another change of the same file.
                if word == "-" && !edit.new.is_empty() {
                    let file = edit.file.clone();
                    row.edits.push(Edit {
                        file,
                        old: own(),
                        new: String::new(),
                    });
                    continue;
                }
                let text = if word == "-" {
                    &mut edit.old
                } else {
                    &mut edit.new
                };
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(rest);
            }
            "do" => row.acts.push(own()),
            "says" => row.says.push(own()),
            "more" => row.more = rest.parse().expect("a number"),
            "harmless" => row.harmless = true,
            "unseen" => row.unseen = Some(own()),
            _ => panic!("{}: {line:?}", row.name),
        }
    }
    for row in &rows {
        let verdicts = [!row.says.is_empty(), row.harmless, row.unseen.is_some()];
        let count = verdicts.into_iter().filter(|yes| *yes).count();
        assert!(count == 1 && !row.majors.is_empty(), "{}", row.name);
        assert!(row.edits.is_empty() != row.acts.is_empty(), "{}", row.name);
        assert!(row.more == 0 || row.alone, "{}", row.name);
    }
    rows
}
