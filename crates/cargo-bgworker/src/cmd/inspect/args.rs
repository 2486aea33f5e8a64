//! The command line of `cargo bgworker inspect`.

use std::path::PathBuf;

/// Checks whether a module's library fits a server, without loading or running either
///
/// The library may be in a package (.deb, .rpm, .zip, .tar.gz) or in a directory: then all modules
/// there are inspected, together with the SQL scripts of their extensions.
///
/// Works with any extension's library, in any language. Shows what it was built for, which symbols
/// it imports and which file provides each of them, and whether it exports the functions that the
/// server looks up by name. ELF files only.
///
/// Without --server, --pg and --pg-config, the library is compared with an installed server of the
/// major that it was built for, if one is found.
///
/// Exit code: 0 no problem; 1 the library could not be inspected; 2 wrong usage; otherwise the sum
/// of 4 (a warning: it may work) and 8 (it will not load, or one of its workers will not start).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The library, for example heartbeat.so; or a package or a directory with libraries
    pub(super) file: PathBuf,
    /// The server program
    #[arg(long, value_name = "POSTGRES", conflicts_with_all = ["pg", "pg_config"])]
    pub(super) server: Option<PathBuf>,
    /// Compare with the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pub(super) pg: Option<String>,
    /// Compare with the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pub(super) pg_config: Option<PathBuf>,
    /// A directory with libraries, beside those of the system, as in the LD_LIBRARY_PATH of the
    /// server. May be repeated
    #[arg(long = "library-path", value_name = "DIRECTORY")]
    pub(super) directories: Vec<PathBuf>,
    /// Compare the layouts in its fingerprint with these facts: a major, a file, or a pg_config
    /// whose headers are measured. The default is the headers of the server that --pg-config or
    /// PG_CONFIG names, else the committed facts of the server's major
    #[arg(long, value_name = "WHAT")]
    pub(super) facts: Option<String>,
    /// A function that must be an entry point. May be repeated
    #[arg(long = "function", value_name = "NAME")]
    pub(super) functions: Vec<String>,
    /// The SQL script of its extension: each function that it declares must be exported. May be
    /// repeated
    #[arg(long = "script", value_name = "FILE")]
    pub(super) scripts: Vec<PathBuf>,
    /// Print the CREATE FUNCTION statements of the functions that SQL calls, and nothing else
    #[arg(long, conflicts_with_all = ["json", "majors", "symbols", "scripts"])]
    pub(super) sql: bool,
    /// For every server found, list the symbols that it lacks
    #[arg(long)]
    pub(super) majors: bool,
    /// List every imported symbol
    #[arg(long)]
    pub(super) symbols: bool,
    /// Print JSON instead of text
    #[arg(long)]
    pub(super) json: bool,
}
