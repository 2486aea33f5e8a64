//! `--work`: measures what workers are for, from end to end.

use crate::bench::{Growth, Implementation, Section};
use crate::work::{Context, groups};
use bgworker_cli::build::Workspace;
use bgworker_cli::term::Progress;
use pg_scratch::Result;
use pg_scratch::servers::Server;
use serde::Serialize;
use std::path::PathBuf;

/// The results on one server.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) major: String,
    server: String,
    sections: Vec<Section>,
}

impl Report {
    /// Measures the groups whose name contains one of `only`, or all.
    pub(super) fn measure(
        server: &Server,
        workspace: &Workspace,
        libraries: &[(Implementation, PathBuf)],
        only: &[String],
        runs: u32,
    ) -> Result<Self> {
        let progress = Progress::new();
        let spinner = progress.spinner("bench");
        let context = Context {
            server,
            workspace,
            libraries,
            runs,
            spinner: &spinner,
        };
        let mut sections = Vec::new();
        for (name, measure) in groups(only)? {
            spinner.step(&format!("PostgreSQL {}, {name}", server.version));
            sections.push(measure(&context)?);
        }
        Ok(Report {
            major: server.version.major.clone(),
            server: server.version.to_string(),
            sections,
        })
    }

    /// Formats the tables for a terminal.
    pub(super) fn text(&self) -> String {
        let mut text = format!("PostgreSQL {}\n\n", self.server);
        for section in &self.sections {
            text.push_str(&section.text());
            text.push('\n');
        }
        text
    }

    /// Formats the tables for the page.
    pub(super) fn section(&self) -> String {
        let mut text = format!("\n## Work, PostgreSQL {}\n", self.server);
        for section in &self.sections {
            text.push_str(&section.markdown());
        }
        text
    }

    /// Returns how the costs grow.
    pub(super) fn growth(&self) -> impl Iterator<Item = &Growth> {
        self.sections.iter().flat_map(|section| &section.growth)
    }
}
