//! Decides which lines of a server's log are shown, and how.

use anstyle::Style;
use bgworker_cli::term::{BAD, DIM, WORKER, paint};
use pg_scratch::serverlog::Line;
use std::collections::{BTreeMap, BTreeSet};

/// The levels of lines that belong to the message before them.
const PARTS: &[&str] = &[
    "DETAIL",
    "HINT",
    "QUERY",
    "CONTEXT",
    "LOCATION",
    "STATEMENT",
    "BACKTRACE",
];

/// What a line is, if it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    /// A message of the server, or a part of one.
    Message(Line<'a>),
    /// The next line of the text of this process.
    Rest(u32),
    /// A process printed it to standard output or standard error, past the log.
    Output,
}

/// The memory between two lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    verbose: bool,
    /// Processes whose lines are hidden: sessions of this command.
    pub(super) hidden: BTreeSet<u32>,
    /// Whether the last message of each process was shown.
    shown: BTreeMap<u32, bool>,
    last: Option<u32>,
}

impl Lines {
    /// `verbose` shows debugging lines, too.
    pub(super) fn new(verbose: bool) -> Self {
        Self {
            verbose,
            ..Self::default()
        }
    }

    /// Returns how a line is shown, or `None` if it is hidden.
    pub(super) fn next<'a>(&mut self, text: &'a str) -> Option<Shown<'a>> {
        let Some(line) = Line::parse(text) else {
            return self.without_prefix(text);
        };
        self.last = Some(line.pid);
        // A part of a message whose beginning was not seen is shown.
        let shown = match PARTS.contains(&line.level) {
            true => self.shown.get(&line.pid).copied().unwrap_or(true),
            false => self.wanted(&line),
        };
        self.shown.insert(line.pid, shown);
        shown.then_some(Shown::Message(line))
    }

    fn wanted(&self, line: &Line<'_>) -> bool {
        !self.hidden.contains(&line.pid) && (self.verbose || !line.level.starts_with("DEBUG"))
    }

    /// The server begins each further line of a message with a tab.
    fn without_prefix<'a>(&self, text: &str) -> Option<Shown<'a>> {
        match self.last {
            Some(pid) if text.starts_with('\t') => {
                let shown = self.shown.get(&pid).copied().unwrap_or(true);
                shown.then_some(Shown::Rest(pid))
            }
            _ => (!text.trim().is_empty()).then_some(Shown::Output),
        }
    }
}

/// Formats a line: a worker's in color, others dimmed.
pub(super) fn dress(line: &Line<'_>, worker: Option<&str>) -> String {
    let bad = matches!(line.level, "ERROR" | "FATAL" | "PANIC");
    let level = paint(if bad { BAD } else { Style::new() }, line.level);
    match worker {
        Some(name) => {
            let who = paint(WORKER, format!("{name}[{}]", line.pid));
            format!("{} {who} {level}: {}", line.time, line.message)
        }
        None => {
            format!(
                "{} server {level}: {}",
                paint(DIM, line.time),
                paint(DIM, line.message)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &mut Lines, texts: &[&str]) -> Vec<String> {
        let text = |text: &&str| match text.strip_prefix('[') {
            Some(rest) => format!("2026-01-02 03:04:05.678 UTC [{rest}"),
            None => (*text).to_owned(),
        };
        let texts: Vec<String> = texts.iter().map(text).collect();
        let mut seen = Vec::new();
        for text in &texts {
            seen.extend(lines.next(text).map(|shown| match shown {
                Shown::Message(line) => format!("{}: {}", line.level, line.message),
                Shown::Rest(pid) => format!("{pid}+{text}"),
                Shown::Output => format!("output {text}"),
            }));
        }
        seen
    }

    #[test]
    fn the_parts_of_a_hidden_message_are_hidden() {
        let texts = [
            "[7] DEBUG:  building index",
            "[9] LOG:  hello",
            "[7] CONTEXT:  SQL statement \"create table t (",
            "\tid bigserial)\"",
            "[9] DETAIL:  more",
            "\tand more",
            "[7] ERROR:  no",
            "[7] CONTEXT:  why",
        ];
        let expected = [
            "LOG: hello",
            "DETAIL: more",
            "9+\tand more",
            "ERROR: no",
            "CONTEXT: why",
        ];
        assert_eq!(shown(&mut Lines::default(), &texts), expected);
        assert_eq!(shown(&mut Lines::new(true), &texts).len(), texts.len());
    }

    #[test]
    fn what_a_process_prints_is_shown_after_any_line() {
        let texts = [
            "[7] DEBUG:  x",
            "hello",
            "",
            "thread '<unnamed>' panicked at src/lib.rs:5:9:",
        ];
        let expected = [
            "output hello",
            "output thread '<unnamed>' panicked at src/lib.rs:5:9:",
        ];
        assert_eq!(shown(&mut Lines::default(), &texts), expected);
    }

    #[test]
    fn the_lines_of_a_session_of_this_command_are_hidden() {
        let mut lines = Lines::default();
        lines.hidden.insert(9);
        assert_eq!(
            shown(&mut lines, &["[9] FATAL:  terminating connection"]),
            [""; 0]
        );
    }
}
