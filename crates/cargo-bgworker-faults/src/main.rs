//! `cargo bgworker faults`: runs the fault matrix against a worker.

#![forbid(unsafe_code)]

mod command;

use bgworker_cli::{pipe, term};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // As an external subcommand cargo passes the name of the subcommand first.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "bgworker-faults") {
        words.remove(1);
    }
    pipe::guard(|| {
        command::main(command::Args::parse_from(words)).unwrap_or_else(|error| {
            term::error(&error);
            ExitCode::FAILURE
        })
    })
}
