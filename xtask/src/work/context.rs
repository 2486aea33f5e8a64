//! What the measurements need.

use crate::bench::Implementation;
use bgworker_cli::build::Workspace;
use bgworker_cli::term::Spinner;
use pg_scratch::servers::Server;
use std::path::PathBuf;

/// What the measurements need.
pub(crate) struct Context<'a> {
    pub(crate) server: &'a Server,
    pub(crate) workspace: &'a Workspace,
    /// Those of C, the safe layer and, where it builds, pgrx.
    pub(crate) libraries: &'a [(Implementation, PathBuf)],
    /// The number of runs of what is measured in pairs.
    pub(crate) runs: u32,
    pub(crate) spinner: &'a Spinner,
}

impl Context<'_> {
    /// Returns the directory of what is built.
    pub(crate) fn target(&self) -> PathBuf {
        let target = self.workspace.target_directory.join("bench");
        target.join(&self.server.version.major)
    }
}
