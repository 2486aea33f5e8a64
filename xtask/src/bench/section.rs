//! Tables and plots of one group of measurements.

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
        text
    }
}
