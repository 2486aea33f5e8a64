//! `cargo bgworker inspect`: checks from their files whether a library fits a server.

mod args;
mod chosen;
mod extensions;
mod many;
mod one;
mod summary;
mod text;
mod tree;
mod unpack;

pub(crate) use args::Args;

use pg_scratch::Result;
use std::process::ExitCode;

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    match tree::Tree::open(&args.file)? {
        Some(tree) => many::main(&args, &tree),
        None => one::main(&args),
    }
}
