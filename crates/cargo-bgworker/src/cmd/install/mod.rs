//! `cargo bgworker install`: installs a library and its extension into a server.

mod advice;
mod files;
mod identifier;
mod replaced;

use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term::{self, GOOD, paint};
use bgworker_run::module;
use files::Files;
use pg_scratch::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Builds a library and installs it, with its extension, into a server
///
/// Prints what to write into which file, and checks the installed library. A file is replaced by
/// renaming, so processes that have loaded it keep the old one.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The example to install (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    example: Option<String>,
    /// The package to install. The default is the package in the current directory
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// The major of the server, like 15
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// The path of the server's pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Build without optimizations
    #[arg(long)]
    dev: bool,
    /// Build, check and print, but install nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace a library, a control file or a script that another project has installed
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    module::check_system(&module::built_for())?;
    let workspace = Workspace::read()?;
    let choice = module::choose(&workspace, args.example.as_deref(), args.package.as_deref())?;
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let package = workspace.package_of(&choice)?;
    let extension = module::extension(&choice, package)?;
    if let Some(extension) = &extension {
        module::check_extension(extension, &choice.name, &server)?;
    }
    if !args.force {
        replaced::refuse_foreign(&server, &choice.name, &package.name, extension.as_ref())?;
    }
    term::status(
        "Building",
        format!("{} for PostgreSQL {}", choice.name, server.version),
    );
    let library = choice.build(&server, !args.dev)?;
    module::check(&library)?;
    let warnings = module::Warnings::default();
    let found = module::inspected(&library, &server, extension.as_ref(), &warnings)?;
    let files = Files::new(&server, &choice.name, &library, extension.as_ref())?;
    let advice = advice::of(
        &server,
        &choice.name,
        extension.as_ref(),
        package.roles(),
        &found,
    );
    if !args.dry_run {
        let then = |error: pg_scratch::Error, step: &String| error.help(format!("then {step}"));
        let replaced = files
            .install()
            .map_err(|error| advice.iter().fold(error, then))?;
        // What was copied is what the server will load.
        module::inspected(files.library(), &server, extension.as_ref(), &warnings)?;
        replaced.keep();
    }
    if args.json {
        let data = serde_json::json!({
            "ok": true,
            "installed": !args.dry_run,
            "server": server.version.full,
            "files": files.targets(),
            "next": advice,
        });
        println!("{data:#}");
        return Ok(ExitCode::SUCCESS);
    }
    for target in files.targets() {
        let verb = if args.dry_run {
            "Would write"
        } else {
            "Installed"
        };
        term::status(verb, target.display());
    }
    if !args.dry_run {
        anstream::println!(
            "{}: the installed library fits PostgreSQL {}",
            paint(GOOD, "ok"),
            server.version
        );
    }
    for (number, step) in (1..).zip(&advice) {
        anstream::println!("{number}. {step}");
    }
    Ok(ExitCode::SUCCESS)
}
