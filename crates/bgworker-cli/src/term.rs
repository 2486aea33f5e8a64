//! What a terminal gets and a pipe does not: colour, progress.

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pg_scratch::Error;
use std::io::IsTerminal;
use std::time::Duration;

/// Heads of tables.
pub const BOLD: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What failed.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What needs attention.
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// Names of workers.
pub const WORKER: Style = AnsiColor::Cyan.on_default().bold();

/// A text in a style. `anstream` takes the codes out where nobody can see them.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `error: …` with everything the error knows.
pub fn error(error: &Error) {
    anstream::eprintln!("{}: {error}", paint(BAD, "error"));
}

/// `warning: …`, loud.
pub fn warning(text: impl std::fmt::Display) {
    anstream::eprintln!("{}: {text}", paint(WARN, "warning"));
}

/// A line of cargo's kind: a verb, right-aligned, and what it is done to.
pub fn status(verb: &str, text: impl std::fmt::Display) {
    anstream::eprintln!("{}", status_line(verb, text));
}

fn status_line(verb: &str, text: impl std::fmt::Display) -> String {
    format!("{} {text}", paint(GOOD, format!("{verb:>12}")))
}

/// Several spinners on a terminal, plain lines elsewhere.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    visible: bool,
}

impl Progress {
    /// Spinners on standard error, where that is a terminal.
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

    /// A line on standard output, above the spinners.
    pub fn println(&self, text: &str) {
        self.bars.suspend(|| anstream::println!("{text}"));
    }

    /// A line on standard error, above the spinners.
    pub fn eprintln(&self, text: &str) {
        self.bars.suspend(|| anstream::eprintln!("{text}"));
    }

    /// Like [`status`], above the spinners.
    pub fn status(&self, verb: &str, text: &str) {
        self.eprintln(&status_line(verb, text));
    }

    /// Whether there is somebody to see the spinners.
    pub fn visible(&self) -> bool {
        self.visible
    }

    /// A step that takes a while; `name` stands in front of everything it says.
    pub fn spinner(&self, name: &str) -> Spinner {
        let template = "{spinner:.cyan} {prefix:.bold} {msg} {elapsed:.dim}";
        self.show(ProgressBar::new_spinner(), template, name)
    }

    /// The same with so many equal parts; see [`Spinner::at`].
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
            plain: (!self.visible).then(|| name.to_owned()),
        }
    }
}

/// A step that takes a while, on a terminal. It disappears when it is dropped.
#[derive(Debug)]
pub struct Spinner {
    bar: ProgressBar,
    plain: Option<String>,
}

impl Spinner {
    /// A step worth a line of its own where there is no spinner.
    pub fn step(&self, text: &str) {
        match &self.plain {
            Some(name) => eprintln!("{name}: {text}"),
            None => self.bar.set_message(text.to_owned()),
        }
    }

    /// So many parts are done.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Something that changes too often for that.
    pub fn detail(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Columns as wide as their widest cell, the head in bold. Cells carry no colour.
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
