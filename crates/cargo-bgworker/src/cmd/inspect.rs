//! `cargo bgworker inspect`: checks from their files whether a library fits a server.

mod text;

use bgworker_cli::{choose, term};
use pg_abi::binary::Binary;
use pg_abi::facts::Facts;
use pg_abi::facts::golden;
use pg_abi::fingerprint::Fingerprint;
use pg_abi::inspect::{Against, declarations, inspect, lacks, read_server};
use pg_scratch::servers::{Server, discover};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks whether a module's library fits a server, without loading or running either
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
    /// The library, for example heartbeat.so
    file: PathBuf,
    /// The server program
    #[arg(long, value_name = "POSTGRES", conflicts_with_all = ["pg", "pg_config"])]
    server: Option<PathBuf>,
    /// Compare with the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// Compare with the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Compare the layouts in its fingerprint with these facts: a major, a file, or a pg_config
    /// whose headers are measured. The default is the committed facts of the server's major
    #[arg(long, value_name = "WHAT")]
    facts: Option<String>,
    /// A function that must be an entry point. May be repeated
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// The SQL script of its extension: each function that it declares must be exported. May be
    /// repeated
    #[arg(long = "script", value_name = "FILE")]
    scripts: Vec<PathBuf>,
    /// Print the CREATE FUNCTION statements of the functions that SQL calls, and nothing else
    #[arg(long, conflicts_with_all = ["json", "majors", "symbols", "scripts"])]
    sql: bool,
    /// For every server found, list the symbols that it lacks
    #[arg(long)]
    majors: bool,
    /// List every imported symbol
    #[arg(long)]
    symbols: bool,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let library = Binary::read(&args.file)?;
    if args.sql {
        return Ok(print_sql(&library));
    }
    let scripts = args.scripts.iter().map(|path| {
        std::fs::read_to_string(path)
            .map_err(|error| Error::new(format!("could not read {}: {error}", path.display())))
    });
    let scripts = scripts.collect::<Result<Vec<String>>>()?;
    let server = server(&args, &library)?;
    let facts = facts(&args, &library, server.as_ref())?;
    let found = inspect(
        &library,
        &Against {
            server: server.as_ref(),
            facts: facts.as_ref(),
            functions: &args.functions,
            scripts: &scripts,
        },
    );
    let majors = if args.majors {
        lacks(&found.imports, &discover())
    } else {
        Vec::new()
    };
    if args.json {
        let mut data = serde_json::to_value(&found)
            .map_err(|error| Error::new(format!("could not write JSON: {error}")))?;
        data["exit_code"] = found.exit_code().into();
        if args.majors {
            data["majors"] = serde_json::to_value(&majors)
                .map_err(|error| Error::new(format!("could not write JSON: {error}")))?;
        }
        println!("{data:#}");
    } else {
        anstream::print!("{}", text::render(&found, &majors, args.symbols));
        if server.is_none() {
            term::warning(
                "no server of its major was found, so its symbols were not checked; name one with --server, --pg or --pg-config",
            );
        }
    }
    Ok(ExitCode::from(found.exit_code()))
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

fn server(args: &Args, library: &Binary) -> Result<Option<Binary>> {
    let program = |server: Server| read_server(server.program("postgres")).map(Some);
    match (&args.server, &args.pg, &args.pg_config) {
        (Some(path), _, _) => read_server(program_in(path)).map(Some),
        (_, Some(major), _) => program(Server::of_major(major)?),
        (_, _, Some(path)) => program(Server::from_pg_config(path)?),
        _ => match library.magic.as_slice() {
            [magic] => Server::of_major(&magic.major()).map_or(Ok(None), program),
            _ => choose::used().map_or(Ok(None), |used| program(used.server)),
        },
    }
}

/// Returns the requested facts, else the committed ones of the server's major and the library's
/// target.
fn facts(args: &Args, library: &Binary, server: Option<&Binary>) -> Result<Option<Facts>> {
    let Some(print) = Fingerprint::of(library) else {
        return Ok(None);
    };
    if let Some(name) = &args.facts {
        return super::abi::facts(name, &print.target).map(Some);
    }
    let major = server.and_then(|server| match server.magic.as_slice() {
        [magic] => Some(magic.major()),
        _ => None,
    });
    Ok(major.and_then(|major| golden::find(&major, &print.target).ok()))
}

/// Returns the server program. `server` may be the directory of an installation.
fn program_in(path: &Path) -> PathBuf {
    let places = ["postgres", "bin/postgres"];
    let inside = places.iter().map(|place| path.join(place));
    let mut inside = inside.filter(|place| place.is_file());
    inside.next().unwrap_or_else(|| path.to_owned())
}
