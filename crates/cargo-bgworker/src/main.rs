//! `cargo bgworker`: runs and tests PostgreSQL background workers, and installs servers.

#![forbid(unsafe_code)]

mod cmd;

use bgworker_cli::{pipe, term};
use bgworker_run::{env, run, servers, test};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo bgworker",
    bin_name = "cargo bgworker",
    version,
    about,
    after_help = "Another command NAME is the program cargo-bgworker-NAME: `cargo install cargo-bgworker-faults`",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Abi(cmd::abi::Args),
    Bindings(cmd::bindings::Args),
    Doctor(cmd::doctor::Args),
    Env(env::Args),
    Inspect(cmd::inspect::Args),
    Install(cmd::install::Args),
    New(cmd::new::Args),
    Package(cmd::package::Args),
    Run(run::Args),
    Servers(servers::Args),
    Test(test::Args),
    Top(cmd::top::Args),
    /// Another one is a command of its own: `cargo bgworker faults` runs `cargo bgworker-faults`
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

fn main() -> ExitCode {
    pipe::guard(command)
}

fn command() -> ExitCode {
    // Cargo passes the name of an external subcommand as the first argument.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "bgworker") {
        words.remove(1);
    }
    let result = match Cli::parse_from(words).command {
        Command::Abi(args) => cmd::abi::main(args),
        Command::Bindings(args) => cmd::bindings::main(args),
        Command::Doctor(args) => cmd::doctor::main(args),
        Command::Env(args) => env::main(args),
        Command::Inspect(args) => cmd::inspect::main(args),
        Command::Install(args) => cmd::install::main(args),
        Command::New(args) => cmd::new::main(args),
        Command::Package(args) => cmd::package::main(args),
        Command::Other(words) => cmd::other::main(&words),
        Command::Run(args) => run::main(args),
        Command::Servers(args) => servers::main(args),
        Command::Test(args) => test::main(args),
        Command::Top(args) => cmd::top::main(args),
    };
    result.unwrap_or_else(|error| {
        term::error(&error);
        ExitCode::FAILURE
    })
}
