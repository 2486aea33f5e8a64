//! Inspects one library.

use super::args::Args;
use super::chosen::Servers;
use super::extensions::Extensions;
use super::summary::{exit_code, facts, json};
use super::text;
use bgworker_cli::term;
use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, declarations, inspect, lacks};
use pg_scratch::servers::discover;
use pg_scratch::{Error, Result};
use std::process::ExitCode;

pub(super) fn main(args: &Args) -> Result<ExitCode> {
    let library = Binary::read(&args.file)?;
    if args.sql {
        return Ok(print_sql(&library));
    }
    let scripts = args.scripts.iter().map(|path| {
        std::fs::read_to_string(path)
            .map_err(|error| Error::new(format!("could not read {}: {error}", path.display())))
    });
    let scripts = scripts.collect::<Result<Vec<String>>>()?;
    let server = Servers::new(args).of(&library)?;
    let facts = facts(args, &library, server.as_deref())?;
    let mut found = inspect(
        &library,
        &Against {
            server: server.as_ref().map(|server| &server.program),
            directories: &args.directories,
            facts: facts.as_ref(),
            functions: &args.functions,
            scripts: &scripts,
            ..Against::default()
        },
    );
    if scripts.is_empty() {
        let extensions = Extensions::installed_with(&args.file, server.as_deref());
        found.problems.extend(extensions.problems(&library));
    }
    let majors = if args.majors {
        lacks(&found.imports, &discover())
    } else {
        Vec::new()
    };
    if args.json {
        let mut data = json(&found)?;
        if args.majors {
            data["majors"] = json(&majors)?;
        }
        data["exit_code"] = found.exit_code().into();
        println!("{data:#}");
    } else {
        anstream::print!("{}", text::render(&found, &majors, args.symbols));
        if server.is_none() {
            term::warning(
                "no server of its major was found, so its symbols were not checked; name one with --server, --pg or --pg-config",
            );
        }
    }
    Ok(exit_code(found.exit_code()))
}

/// Prints the declarations for the script of an extension.
fn print_sql(library: &Binary) -> ExitCode {
    let declarations = declarations(library);
    if declarations.is_empty() {
        term::warning(
            "this library has no functions of sql_function! or sql_trigger!, so there is nothing to declare",
        );
    }
    println!("{}", declarations.join("\n"));
    ExitCode::SUCCESS
}
