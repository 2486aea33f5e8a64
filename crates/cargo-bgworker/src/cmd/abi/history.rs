//! Reads the ABI facts of several majors, for comparisons.

use super::diff::facts;
use pg_abi::facts::golden;
use pg_abi::layout::History;
use pg_abi::sources::subject::host;
use pg_scratch::{Error, Result};

/// The selection of facts.
#[derive(clap::Args)]
pub(super) struct Which {
    /// A major, a file of facts, or a pg_config. May be repeated. The default is every committed
    /// major
    #[arg(long = "facts", value_name = "WHAT")]
    names: Vec<String>,
    /// The target of the majors, as a Rust target triple. The default is this machine
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

impl Which {
    pub(super) fn history(&self) -> Result<History> {
        let target = self.target.clone().unwrap_or_else(host);
        if self.names.is_empty() {
            return golden::all(&target).map(History::new);
        }
        let all = self.names.iter().map(|name| facts(name, &target));
        let all = all.collect::<Result<Vec<_>>>()?;
        let mut targets = all.iter().map(|facts| &facts.header.target);
        let first = targets.next();
        if let Some((first, other)) = first.zip(targets.find(|target| Some(*target) != first)) {
            return Err(
                Error::new(format!("facts of {first} and {other} cannot be compared"))
                    .help("name facts of one target"),
            );
        }
        Ok(History::new(all))
    }
}
