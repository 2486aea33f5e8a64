//! `cargo xtask`: commands for maintainers of this repository. It is not published.

#![forbid(unsafe_code)]

mod bench;
mod commands;
mod corpus;
mod coverage;
mod messages;
mod minors;
mod regress;
mod work;

use bgworker_cli::term;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Maintainers' commands
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(commands::bench::Args),
    Bless(commands::bless::Args),
    Corpus(commands::corpus::Args),
    Coverage(commands::coverage::Args),
    Messages(commands::messages::Args),
    Minors(commands::minors::Args),
    Pregenerate(commands::pregenerate::Args),
    Regress(commands::regress::Args),
    #[command(hide = true)]
    Usage(commands::bench::Usage),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Bench(args) => commands::bench::main(args),
        Command::Bless(args) => commands::bless::main(args),
        Command::Corpus(args) => commands::corpus::main(args),
        Command::Coverage(args) => commands::coverage::main(args),
        Command::Messages(args) => commands::messages::main(args),
        Command::Minors(args) => commands::minors::main(args),
        Command::Pregenerate(args) => commands::pregenerate::main(args),
        Command::Regress(args) => commands::regress::main(args),
        Command::Usage(args) => commands::bench::usage(args),
    };
    result.unwrap_or_else(|error| {
        term::error(&error);
        ExitCode::FAILURE
    })
}
