//! `cargo bgworker env`: prints the variables with which cargo uses a server.

use bgworker_cli::choose;
use pg_scratch::Result;
use pg_scratch::process::shell_quote;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Prints the variables with which cargo uses a server: eval "$(cargo bgworker env --pg 18)"
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The major of the server, like 15
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// The path of the server's pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Print the table for .cargo/config.toml, which also works for rust-analyzer
    #[arg(long, conflicts_with = "json")]
    cargo: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the variables.
pub fn main(args: Args) -> Result<ExitCode> {
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let path = &server.pg_config;
    if args.json {
        println!("{}", serde_json::json!({ "PG_CONFIG": path }));
    } else if args.cargo {
        println!("{}", table(path));
    } else {
        println!("export PG_CONFIG={}", shell_quote(&path.to_string_lossy()));
    }
    Ok(ExitCode::SUCCESS)
}

/// A variable of the environment wins over this table, so `PG_CONFIG=… cargo build` still works.
fn table(path: &Path) -> String {
    // A string of JSON is a string of TOML.
    let path = serde_json::json!(path.to_string_lossy());
    format!("[env]\nPG_CONFIG = {path}")
}

#[cfg(test)]
mod tests {
    use super::table;
    use std::path::Path;

    #[test]
    fn a_path_is_quoted_for_toml() {
        let text = table(Path::new("/a \"b\"/pg_config"));
        assert_eq!(text, "[env]\nPG_CONFIG = \"/a \\\"b\\\"/pg_config\"");
    }
}
