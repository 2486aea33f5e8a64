//! Tables and plots of one group of measurements.

use super::text::{MISSED, missed_rows};
use bgworker_cli::page::markdown;
use bgworker_cli::term;
use serde::Serialize;

/// What one group of measurements shows.
#[derive(Serialize)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// What is measured, and how.
    pub(crate) about: String,
    pub(crate) tables: Vec<Table>,
    pub(crate) growth: Vec<Growth>,
    /// Why targets are missed: the beginning of a row, and a reason. The first one counts.
    #[serde(skip)]
    pub(crate) reasons: &'static [(&'static str, &'static str)],
}

#[derive(Serialize)]
pub(crate) struct Table {
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A cell of a table: in JSON, a text or a number with how it is shown.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Text(String),
    Number { value: f64, shown: String },
}

/// How a cost grows: lines over an axis.
#[derive(Clone, Serialize)]
pub(crate) struct Growth {
    pub(crate) title: &'static str,
    /// The axis below.
    pub(crate) of: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// The points of one library.
#[derive(Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    /// The number, and the cost in the unit of the title.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    pub(crate) fn number(value: f64, shown: String) -> Self {
        Cell::Number { value, shown }
    }

    fn shown(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number { shown, .. } => shown.clone(),
        }
    }
}

impl Table {
    fn cells(&self) -> Vec<Vec<String>> {
        let shown = |row: &Vec<Cell>| row.iter().map(Cell::shown).collect();
        self.rows.iter().map(shown).collect()
    }
}

impl Section {
    /// Formats it for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for table in &self.tables {
            text.push_str(&term::table(&table.head, &table.cells()));
            text.push('\n');
        }
        text
    }

    /// Formats it for the page.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("\n### {}\n\n{}\n", self.title, self.about);
        for table in &self.tables {
            text.push('\n');
            text.push_str(&markdown(&table.head, &table.cells()));
        }
        text + &missed_rows(self.missed(), self.reasons)
    }

    /// Returns the rows that miss a target: the first cell, and the first two.
    fn missed(&self) -> Vec<(String, String)> {
        let rows = self.tables.iter().flat_map(Table::cells);
        let missed = rows.filter(|row| row.iter().any(|cell| cell.ends_with(MISSED)));
        missed
            .map(|row| (row[0].clone(), row[..2].join(", ")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_miss_a_target_have_a_reason() {
        let row = |name, target: &str| [name, "16", target].map(Cell::text).to_vec();
        let section = Section {
            title: "Title",
            about: "What is measured.".to_owned(),
            tables: vec![Table {
                head: vec!["what", "writers", "target"],
                rows: vec![
                    row("bell", "≤ 1 MISSED"),
                    row("nap", "MISSED"),
                    row("a", "met"),
                ],
            }],
            growth: Vec::new(),
            reasons: &[("bell", "It rings."), ("", "Any other.")],
        };
        let text = section.markdown();
        let end = "reasons:\n\n* *bell, 16*: It rings.\n* *nap, 16*: Any other.\n";
        assert!(text.ends_with(end), "{text}");
    }
}
