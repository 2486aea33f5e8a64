//! The command line.

use cargo_bgworker_faults::Tier;
use std::path::PathBuf;

/// Does to a worker what can happen to one, and tells what held
///
/// Without --library, --example and --package: to the workers of this project.
#[derive(clap::Parser)]
#[command(
    name = "cargo bgworker faults",
    bin_name = "cargo bgworker faults",
    version,
    max_term_width = 100
)]
pub(crate) struct Args {
    /// A library that is built already, in any language
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "package"])]
    pub(super) library: Option<PathBuf>,
    /// Build this example (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    pub(super) example: Option<String>,
    /// Build this package
    #[arg(long, short, value_name = "NAME")]
    pub(super) package: Option<String>,
    /// An exported function of the library, to be registered as a worker; without, the library registers its workers itself
    /// when it is preloaded
    #[arg(long, value_name = "NAME")]
    pub(super) function: Option<String>,
    /// The function only reads: for faults on a standby it is registered to start there
    #[arg(long, requires = "function")]
    pub(super) reads: bool,
    /// The extension that the worker works with, to be dropped
    #[arg(long, value_name = "NAME", conflicts_with = "worker")]
    pub(super) extension: Option<String>,
    /// A statement that gives the worker something to write
    #[arg(long, value_name = "SQL", conflicts_with = "worker")]
    pub(super) feed: Option<String>,
    /// The library's setting for how many workers it registers
    #[arg(long, value_name = "GUC", conflicts_with = "function")]
    pub(super) workers_setting: Option<String>,
    /// The worker leaves with exit code 1 when it is told to, and is started again within seconds: that is waited for
    #[arg(long)]
    pub(super) comes_back: bool,
    /// How long a worker may take to leave
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub(super) budget: humantime::Duration,
    /// Set a configuration parameter of the server
    #[arg(long = "set", value_name = "GUC=VALUE", value_parser = bgworker_cli::assignment)]
    pub(super) settings: Vec<(String, String)>,
    /// Only these faults, like F1,F5
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Only these of the project's own workers: heartbeat, worker_spi, faults; or its twins c_worker_spi, pgrx_worker_spi
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["library", "example", "package"])]
    pub(super) worker: Vec<String>,
    /// How often: pr (minutes), night, release (hours)
    #[arg(long, value_enum, default_value = "pr")]
    pub(super) tier: Tiers,
    /// Repeat the moments of an earlier run
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// On these majors, like 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1..)]
    pub(super) pg: Vec<String>,
    /// On the server of this pg_config
    #[arg(long, value_name = "PATH", conflicts_with = "pg")]
    pub(super) pg_config: Option<PathBuf>,
    /// Where the logs of failures are kept
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) logs: Option<PathBuf>,
    /// Keep the outcome, and write the page fault-results.md of everything that was kept into this directory
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) save: Option<PathBuf>,
    /// Only what is not kept yet of this tier, server and worker
    #[arg(long, requires = "save")]
    pub(super) resume: bool,
    /// Begin no further fault after this time
    #[arg(long = "for", value_name = "DURATION")]
    pub(super) limit: Option<humantime::Duration>,
    /// Show the matrix, and do nothing
    #[arg(long)]
    pub(super) list: bool,
    /// The outcome as data on standard output; everything else goes to standard error
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Tiers {
    Pr,
    Night,
    Release,
}

impl Tiers {
    pub(super) fn tier(self) -> Tier {
        match self {
            Self::Pr => Tier::Pr,
            Self::Night => Tier::Night,
            Self::Release => Tier::Release,
        }
    }
}
