//! The options of `cargo bgworker run`.

use pg_scratch::{Error, Result};
use std::path::PathBuf;

/// Runs a worker in a scratch server and follows it until Ctrl-C
///
/// The server has a role with the name of the library, with _ for each hyphen. The role may log in,
/// and may create schemas in the database postgres. So may the roles that Cargo.toml names:
/// [package.metadata.bgworker] roles = ["NAME"]
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The example to run (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    pub(super) example: Option<String>,
    /// The package to run. The default is the package in the current directory
    #[arg(long, short, value_name = "NAME")]
    pub(super) package: Option<String>,
    /// The major of the server, like 15
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pub(super) pg: Option<String>,
    /// The path of the server's pg_config
    #[arg(long, value_name = "PATH")]
    pub(super) pg_config: Option<PathBuf>,
    /// Stop after this time: 10s, 2m
    #[arg(long = "for", value_name = "DURATION")]
    pub(super) duration: Option<humantime::Duration>,
    /// Set a configuration parameter of the server
    #[arg(long = "set", value_name = "GUC=VALUE", value_parser = bgworker_cli::assignment)]
    pub(super) settings: Vec<(String, String)>,
    /// Also preload this library of the server, or this file. May be repeated
    #[arg(long, value_name = "LIB")]
    pub(super) preload: Vec<String>,
    /// Run CREATE EXTENSION with the control file of the package, or with this one. Nothing is
    /// installed into the server
    #[arg(long, value_name = "CONTROL")]
    pub(super) extension: Option<Option<PathBuf>>,
    /// Run this script with psql when the server has started. May be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) sql: Vec<PathBuf>,
    /// The database of --extension, --sql and --connect. It is created if there is none
    #[arg(long, value_name = "NAME", default_value = "postgres")]
    pub(super) database: String,
    /// Keep the data for the next run with --keep, below /var/lib/cargo-bgworker/data for root,
    /// else below ~/.local/share/cargo-bgworker/data
    #[arg(long)]
    pub(super) keep: bool,
    /// Keep the data in this directory
    #[arg(long, value_name = "DIR", conflicts_with = "keep")]
    pub(super) data: Option<PathBuf>,
    /// Open psql, and stop when it ends
    #[arg(long, conflicts_with_all = ["json", "watch", "duration"])]
    pub(super) connect: bool,
    /// Build again when a source or a manifest changes, and restart the server. Also restart it
    /// when a file of --extension or --sql changes. The extension is created again, and then all
    /// scripts run again
    #[arg(long)]
    pub(super) watch: bool,
    /// Stop each worker before its main function, so that gdb can attach
    #[arg(long)]
    pub(super) debug: bool,
    /// Build with these features of the package, too. May be repeated
    #[arg(long, value_name = "FEATURES")]
    pub(super) features: Vec<String>,
    /// Build with optimizations
    #[arg(long)]
    pub(super) release: bool,
    /// Also show the server's debugging lines
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Print the result as JSON on standard output; everything else goes to standard error
    #[arg(long)]
    pub(super) json: bool,
}

impl Args {
    /// Refuses settings that would replace what this command sets.
    pub(super) fn check(&self) -> Result<()> {
        let is =
            |(name, _): &&(String, String)| name.eq_ignore_ascii_case("shared_preload_libraries");
        let Some((_, libraries)) = self.settings.iter().find(is) else {
            return Ok(());
        };
        let options = libraries
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let options: Vec<_> = options.map(|name| format!("--preload {name}")).collect();
        Err(Error::new(
            "--set shared_preload_libraries would replace the library that this command runs",
        )
        .help(format!("add other libraries to it: {}", options.join(" "))))
    }

    /// Whether the log has the lines that names of workers come from.
    pub(super) fn named(&self) -> bool {
        let mut names = self.settings.iter().map(|(name, _)| name);
        !names.any(|name| name == "log_min_messages")
    }
}
