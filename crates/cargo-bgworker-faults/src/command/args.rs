//! The command line.

use cargo_bgworker_faults::Tier;
use std::path::PathBuf;

/// Runs the fault matrix against a background worker, and reports the results
///
/// Without --library, --example and --package, runs it against the workers of this project.
#[derive(clap::Parser)]
#[command(
    name = "cargo bgworker faults",
    bin_name = "cargo bgworker faults",
    version,
    max_term_width = 100
)]
pub(crate) struct Args {
    /// An existing library, in any language
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "package"])]
    pub(super) library: Option<PathBuf>,
    /// Build this example (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    pub(super) example: Option<String>,
    /// Build this package
    #[arg(long, short, value_name = "NAME")]
    pub(super) package: Option<String>,
    /// An exported function of the library, to be registered as a worker. Without this option the
    /// library registers its workers itself when it is preloaded
    #[arg(long, value_name = "NAME")]
    pub(super) function: Option<String>,
    /// The function only reads, so it is registered to start on a standby
    #[arg(long, requires = "function")]
    pub(super) reads: bool,
    /// The extension that the worker uses, to be dropped
    #[arg(long, value_name = "NAME", conflicts_with = "worker")]
    pub(super) extension: Option<String>,
    /// A statement that creates work that makes the worker write
    #[arg(long, value_name = "SQL", conflicts_with = "worker")]
    pub(super) feed: Option<String>,
    /// The library's setting for the number of workers
    #[arg(long, value_name = "GUC", conflicts_with = "function")]
    pub(super) workers_setting: Option<String>,
    /// The worker exits with code 1 after SIGTERM and restarts within seconds; wait for the restart
    #[arg(long)]
    pub(super) comes_back: bool,
    /// How long a worker may take to exit after SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub(super) budget: humantime::Duration,
    /// Set a configuration parameter of the server
    #[arg(long = "set", value_name = "GUC=VALUE", value_parser = bgworker_cli::assignment)]
    pub(super) settings: Vec<(String, String)>,
    /// Run only these faults, for example F1,F5
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Test only these workers of the project: heartbeat, worker_spi, faults, fault_tasks,
    /// fault_supervised; or the reference workers c_worker_spi, pgrx_worker_spi
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["library", "example", "package"])]
    pub(super) worker: Vec<String>,
    /// Number of runs: pr (minutes), night, release (hours)
    #[arg(long, value_enum, default_value = "pr")]
    pub(super) tier: Tiers,
    /// Repeat the delays of an earlier run
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Use the servers of these majors, for example 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1..)]
    pub(super) pg: Vec<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH", conflicts_with = "pg")]
    pub(super) pg_config: Option<PathBuf>,
    /// Directory for the logs of failures
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) logs: Option<PathBuf>,
    /// Save the outcome in this directory, and write the page fault-results.md of all saved
    /// outcomes there
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) save: Option<PathBuf>,
    /// Run only faults without a saved outcome for this tier, server and worker
    #[arg(long, requires = "save")]
    pub(super) resume: bool,
    /// Start no further fault after this time
    #[arg(long = "for", value_name = "DURATION")]
    pub(super) limit: Option<humantime::Duration>,
    /// Show the matrix and exit
    #[arg(long)]
    pub(super) list: bool,
    /// Print the outcome as JSON on standard output; all other output goes to standard error
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
