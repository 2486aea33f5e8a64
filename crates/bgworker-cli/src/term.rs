//! Terminal output: color and progress, which are omitted in a pipe.

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pg_scratch::Error;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The style of table headers.
pub const BOLD: Style = Style::new().bold();
/// The style of less important text.
pub const DIM: Style = Style::new().dimmed();
/// The style of success.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The style of failures.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The style of warnings.
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// The style of worker names.
pub const WORKER: Style = AnsiColor::Cyan.on_default().bold();

/// Returns a text in a style. `anstream` removes the codes if the output is not a terminal.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints `error: …` with notes and help.
pub fn error(error: &Error) {
    anstream::eprintln!("{}: {error}", paint(BAD, "error"));
}

/// Prints `warning: …`.
pub fn warning(text: impl std::fmt::Display) {
    anstream::eprintln!("{}: {text}", paint(WARN, "warning"));
}

/// Prints a status line in cargo's format: a right-aligned verb and a text.
pub fn status(verb: &str, text: impl std::fmt::Display) {
    anstream::eprintln!("{}", status_line(verb, text));
}

fn status_line(verb: &str, text: impl std::fmt::Display) -> String {
    format!("{} {text}", paint(GOOD, format!("{verb:>12}")))
}

/// Shows several spinners on a terminal, and plain lines elsewhere.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    visible: bool,
}

impl Progress {
    /// Shows spinners on standard error if that is a terminal.
    #[expect(clippy::new_without_default, reason = "it looks at standard error")]
    pub fn new() -> Self {
        let visible = std::io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            visible,
        }
    }

    /// Shows no spinners.
    pub fn hidden() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            visible: false,
        }
    }

    /// Prints a line to standard output, above the spinners.
    pub fn println(&self, text: &str) {
        self.bars.suspend(|| anstream::println!("{text}"));
    }

    /// Prints a line to standard error, above the spinners.
    pub fn eprintln(&self, text: &str) {
        self.bars.suspend(|| anstream::eprintln!("{text}"));
    }

    /// Like [`status`], above the spinners.
    pub fn status(&self, verb: &str, text: &str) {
        self.eprintln(&status_line(verb, text));
    }

    /// Returns whether the spinners are visible.
    pub fn visible(&self) -> bool {
        self.visible
    }

    /// Adds a spinner for a long step. `name` precedes all of its output.
    pub fn spinner(&self, name: &str) -> Spinner {
        let template = "{spinner:.cyan} {prefix:.bold} {msg} {elapsed:.dim}";
        self.show(ProgressBar::new_spinner(), template, name)
    }

    /// Like [`spinner`](Self::spinner), with a bar of `parts` equal parts. See [`Spinner::at`].
    pub fn parts(&self, name: &str, parts: u64) -> Spinner {
        let template =
            "{spinner:.cyan} {prefix:.bold} {bar:24.cyan/dim} {pos}/{len} {elapsed:.dim}";
        self.show(ProgressBar::new(parts), template, name)
    }

    fn show(&self, bar: ProgressBar, template: &str, name: &str) -> Spinner {
        let bar = self.bars.add(bar);
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Spinner {
            bar,
            plain: (!self.visible).then(|| Plain {
                name: name.to_owned(),
                printed: Mutex::new(Instant::now()),
            }),
        }
    }
}

/// The spinner of a long step. It disappears on drop.
#[derive(Debug)]
pub struct Spinner {
    bar: ProgressBar,
    plain: Option<Plain>,
}

/// What replaces a spinner where there is no terminal.
#[derive(Debug)]
struct Plain {
    name: String,
    /// When the last line was printed.
    printed: Mutex<Instant>,
}

/// The time between two lines about details.
const DETAILS: Duration = Duration::from_secs(5);

impl Spinner {
    /// Shows a step. Without a spinner, it is printed as a line.
    pub fn step(&self, text: &str) {
        match &self.plain {
            Some(Plain { name, printed }) => {
                *printed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                eprintln!("{name}: {text}");
            }
            None => self.bar.set_message(text.to_owned()),
        }
    }

    /// Prints a line above the spinner.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| anstream::eprintln!("{text}"));
    }

    /// Sets the number of completed parts.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Shows a detail that changes too often for a line of its own. Without a spinner, a line is
    /// printed every 5 s at most.
    pub fn detail(&self, text: &str) {
        let is_due = |plain: &Plain| {
            let printed = plain.printed.lock();
            printed.unwrap_or_else(PoisonError::into_inner).elapsed() >= DETAILS
        };
        if self.plain.as_ref().is_none_or(is_due) {
            self.step(text);
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Formats a table with columns as wide as their widest cell and a bold header. Cells have no
/// color.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = paint(BOLD, line(head.to_vec()));
    for row in rows {
        text.push('\n');
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [
            vec!["15".to_owned(), "a".to_owned()],
            vec!["9.6".to_owned(), "b".to_owned()],
        ];
        let text = anstream::adapter::strip_str(&table(&["major", "x"], &rows)).to_string();
        assert_eq!(text, "major  x\n15     a\n9.6    b");
    }
}
