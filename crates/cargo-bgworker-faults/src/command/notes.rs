//! Notes below a table: each once, with the workers and majors it applies to.

use super::results::{Entry, by_number};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Notes in order of insertion.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

struct Note {
    fault: String,
    what: String,
    /// Workers, with the majors.
    workers: BTreeMap<String, Vec<String>>,
}

impl Notes {
    pub(super) fn add(&mut self, fault: &str, text: &str, entry: &Entry) {
        let text = general(text);
        let known = |it: &Note| it.fault == fault && it.what == text;
        let at = self.0.iter().position(known).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(Note {
                fault: fault.to_owned(),
                what: text,
                workers: BTreeMap::new(),
            });
        }
        let workers = &mut self.0[at].workers;
        let majors = workers.entry(entry.outcome.target.clone()).or_default();
        majors.push(entry.major.clone());
        majors.sort_by_key(|major| by_number(major));
    }

    pub(super) fn section(&self, title: &str) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut text = format!("\n{title}:\n\n");
        for remark in &self.0 {
            let workers: Vec<String> = remark
                .workers
                .iter()
                .map(|(worker, majors)| format!("{worker} ({})", majors.join(", ")))
                .collect();
            let _ = writeln!(
                text,
                "* {}: {}: {}",
                remark.fault,
                remark.what,
                workers.join("; ")
            );
        }
        text
    }
}

/// Returns the first line, without parts that differ in each run.
fn general(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut before = "";
    let words = line.split(' ').map(|word| {
        let number = word.trim_end_matches([':', ',']);
        let changes = before == "process" && number.parse::<u32>().is_ok();
        before = word;
        if changes {
            word.replace(number, "N")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_ids_are_left_out_and_other_numbers_are_not() {
        let text = "I8: process 12 had 3 descriptors, process 7, now 9\n  = note";
        assert_eq!(
            general(text),
            "I8: process N had 3 descriptors, process N, now 9"
        );
    }
}
