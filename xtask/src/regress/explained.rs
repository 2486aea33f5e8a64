//! Differences between a session and a worker that have a reason.

use pg_scratch::{Error, Result};

/// The lines of `explained.tsv`: script, part of the statement, of the session's outcome and of the
/// worker's, and the reason. An empty field matches everything.
#[derive(Debug)]
pub(crate) struct Explanations(Vec<[&'static str; 5]>);

const LINES: &str = include_str!("explained.tsv");

impl Explanations {
    pub(crate) fn read() -> Result<Self> {
        let lines = LINES
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let lines = lines.map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            <[&str; 5]>::try_from(fields)
                .map_err(|_| Error::new(format!("explained.tsv: not five fields: {line}")))
        });
        Ok(Explanations(lines.collect::<Result<_>>()?))
    }

    pub(crate) fn of(
        &self,
        script: &str,
        sql: &str,
        session: &str,
        worker: &str,
    ) -> Option<&'static str> {
        let sql = sql.to_ascii_lowercase();
        let line = self.0.iter().find(|line| {
            (line[0].is_empty() || line[0] == script)
                && sql.contains(&line[1].to_ascii_lowercase())
                && session.contains(line[2])
                && worker.contains(line[3])
        })?;
        Some(line[4])
    }
}
