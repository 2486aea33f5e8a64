//! `cargo bgworker new`: creates a package with an extension around a worker.

mod name;
mod template;

use bgworker_cli::build::cargo;
use bgworker_cli::choose;
use bgworker_cli::term;
use clap::ValueEnum;
use name::Names;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use template::{Context, License, Source, Template};

/// Creates a package: an extension in Rust that builds, runs and has tests
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The directory to create. Its last part is the name of the package, the library and the
    /// extension
    #[arg(value_name = "NAME")]
    directory: PathBuf,
    /// What the extension contains
    #[arg(long, value_enum, default_value_t = Template::Worker)]
    template: Template,
    /// The license of the package
    #[arg(long, value_enum, default_value_t = License::Both)]
    license: License,
    /// Depend on the crates in this checkout [default: the one that the command was built from, if
    /// it exists, else the published crates]
    #[arg(long, value_name = "CHECKOUT")]
    path: Option<PathBuf>,
    /// Build for the server of this major, like 15
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// Build for the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// The commands that come next, in the new directory.
const NEXT: [&str; 2] = ["cargo bgworker run --extension", "cargo bgworker test"];

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let names = Names::of(&args.directory)?;
    if args.directory.exists() {
        return Err(Error::new(format!("{} exists", args.directory.display()))
            .help("choose another name, or remove it"));
    }
    let context = Context {
        names: &names,
        license: args.license,
        source: source(args.path.as_deref())?,
        pg_config: server(args.pg.as_deref(), args.pg_config.as_deref())?
            .map(|server| server.pg_config),
        own_workspace: is_in_workspace(&args.directory),
    };
    let files = args.template.files(&context);
    for (path, text) in &files {
        write(&args.directory.join(path), text)?;
    }
    format(&args.directory, &files);
    term::status(
        "Created",
        format!(
            "extension {} in {}",
            names.extension,
            args.directory.display()
        ),
    );
    if context.pg_config.is_none() {
        term::warning("no PostgreSQL server with headers was found: the first run installs one");
    }
    if args.json {
        println!("{:#}", as_data(&args, &context, &files)?);
        return Ok(ExitCode::SUCCESS);
    }
    for (path, text) in &files {
        println!("{:>5} lines  {path}", text.lines().count());
    }
    println!("\nnext: cd {}", args.directory.display());
    for command in NEXT {
        println!("      {command}");
    }
    Ok(ExitCode::SUCCESS)
}

fn as_data(args: &Args, context: &Context<'_>, files: &[(String, String)]) -> Result<Value> {
    let directory = std::path::absolute(&args.directory)
        .map_err(|e| Error::io(args.directory.display(), &e))?;
    let template = args.template.to_possible_value();
    let file = |(path, text): &(String, String)| json!({ "path": directory.join(path), "lines": text.lines().count() });
    Ok(json!({
        "directory": directory,
        "package": context.names.package,
        "extension": context.names.extension,
        "template": template.as_ref().map(|template| template.get_name()),
        "pg_config": context.pg_config,
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "next": NEXT,
    }))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| Error::io(path.display(), &e))
}

/// Formats the sources, whose lines depend on the name. Without rustfmt, they stay as they are.
fn format(directory: &Path, files: &[(String, String)]) {
    let sources = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    let mut command = Command::new("rustfmt");
    command
        .args(["--edition", "2024"])
        .args(sources.map(|(path, _)| directory.join(path)));
    let _ = command.output();
}

/// Returns where the crates come from.
fn source(path: Option<&Path>) -> Result<Source> {
    if let Some(path) = path {
        let checkout = path
            .canonicalize()
            .map_err(|e| Error::io(path.display(), &e))?;
        return match is_checkout(&checkout) {
            true => Ok(Source::Checkout(checkout)),
            false => Err(Error::new(format!(
                "{} is not a checkout of postgres-bgworker",
                path.display()
            ))),
        };
    }
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Ok(match built_from.canonicalize() {
        Ok(checkout) if is_checkout(&checkout) => Source::Checkout(checkout),
        _ => Source::Published(env!("CARGO_PKG_VERSION")),
    })
}

fn is_checkout(path: &Path) -> bool {
    let manifest = std::fs::read_to_string(path.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.contains("\nname = \"postgres-bgworker\"\n"))
}

/// Returns the server that cargo builds for. It is not an error that there is none, unless it was
/// named.
fn server(major: Option<&str>, pg_config: Option<&Path>) -> Result<Option<Server>> {
    match (major, pg_config) {
        (None, None) => {
            let used = choose::used().ok().map(|used| used.server);
            Ok(used.filter(|server| server.headers))
        }
        _ => choose::one(major, pg_config).map(Some),
    }
}

/// Returns whether cargo would take the new package for a member of a workspace around it.
fn is_in_workspace(directory: &Path) -> bool {
    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut command = cargo();
    command
        .args(["locate-project", "--workspace"])
        .current_dir(parent);
    command.output().is_ok_and(|output| output.status.success())
}
