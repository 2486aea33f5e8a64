//! `cargo bgworker` in a checkout: the commands of this crate. Others, and the help, are those of
//! the whole `cargo-bgworker`, which is built for them.

#![forbid(unsafe_code)]

use bgworker_cli::{build, pipe, term};
use bgworker_run::{env, run, servers, test};
use clap::{Parser, Subcommand};
use pg_scratch::{Error, Result};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

#[derive(Parser)]
#[command(bin_name = "cargo bgworker", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Env(env::Args),
    Run(run::Args),
    Servers(servers::Args),
    Test(test::Args),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

fn main() -> ExitCode {
    pipe::guard(|| {
        command().unwrap_or_else(|error| {
            term::error(&error);
            ExitCode::FAILURE
        })
    })
}

fn command() -> Result<ExitCode> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    // Also without a command, or with an option in its place.
    let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    if words
        .first()
        .is_none_or(|word| word == "help" || is_option(word))
    {
        return whole(&words);
    }
    match Cli::parse().command {
        Command::Env(args) => env::main(args),
        Command::Other(words) => whole(&words),
        Command::Run(args) => run::main(args),
        Command::Servers(args) => servers::main(args),
        Command::Test(args) => test::main(args),
    }
}

/// Becomes the whole command.
fn whole(words: &[OsString]) -> Result<ExitCode> {
    let mut command = build::cargo();
    command.args(["run", "--quiet", "--package", "cargo-bgworker", "--"]);
    Err(Error::io(
        "could not run cargo",
        &command.args(words).exec(),
    ))
}
