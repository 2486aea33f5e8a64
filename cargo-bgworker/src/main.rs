//! `cargo bgworker`: run, test and install servers for PostgreSQL background workers.

#![forbid(unsafe_code)]

mod cmd;
mod stop;
mod term;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo bgworker",
    bin_name = "cargo bgworker",
    version,
    about,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Abi(cmd::abi::Args),
    Bench(cmd::bench::Args),
    Coverage(cmd::coverage::Args),
    Inspect(cmd::inspect::Args),
    Faults(cmd::faults::Args),
    Pregenerate(cmd::pregenerate::Args),
    Run(cmd::run::Args),
    Servers(cmd::servers::Args),
    Test(cmd::test::Args),
    #[command(hide = true)]
    Usage(cmd::bench::Usage),
}

fn main() -> ExitCode {
    // As an external subcommand cargo passes the name of the subcommand first.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "bgworker") {
        words.remove(1);
    }
    let result = match Cli::parse_from(words).command {
        Command::Abi(args) => cmd::abi::main(args),
        Command::Bench(args) => cmd::bench::main(args),
        Command::Coverage(args) => cmd::coverage::main(args),
        Command::Inspect(args) => cmd::inspect::main(args),
        Command::Faults(args) => cmd::faults::main(args),
        Command::Pregenerate(args) => cmd::pregenerate::main(args),
        Command::Run(args) => cmd::run::main(args),
        Command::Servers(args) => cmd::servers::main(args),
        Command::Test(args) => cmd::test::main(args),
        Command::Usage(args) => cmd::bench::usage(args),
    };
    result.unwrap_or_else(|error| {
        term::error(&error);
        ExitCode::FAILURE
    })
}
