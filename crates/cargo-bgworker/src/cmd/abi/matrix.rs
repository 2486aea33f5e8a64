//! `cargo bgworker abi matrix`: loads a library that was built for one server into other servers.

use super::output::code;
use bgworker_cli::build::{Choice, Workspace};
use bgworker_cli::choose;
use bgworker_cli::term::{self, BAD, GOOD, paint, table};
use pg_abi::compare::diff::changes;
use pg_abi::compare::policy::{Fit, Verdict, judge};
use pg_abi::facts::Facts;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::{manifest, measure};
use pg_scratch::cluster::Cluster;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Builds a library for each of several servers and loads it into each of them
///
/// Minors of one major must load each other's library. Another major must reject it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Majors, or paths of a pg_config. Name two minors of one major by their paths
    #[arg(value_name = "SERVER", required = true, num_args = 2..)]
    servers: Vec<String>,
    /// The example to build and load. The default is the library of the current package
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// Also compare the interfaces of servers of one major, with the items in this manifest
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The result of one pair.
struct Load {
    built: String,
    loaded: String,
    same_major: bool,
    /// The server's message when it rejected the library.
    refusal: Option<String>,
    /// What breaks the library in this server, one sentence each.
    breaks: Vec<String>,
}

impl Load {
    /// The server may reject a library of another major for a missing symbol, before it checks the
    /// magic block.
    fn as_expected(&self) -> bool {
        match &self.refusal {
            None => self.same_major && self.breaks.is_empty(),
            Some(said) => !self.same_major && REFUSALS.iter().any(|known| said.starts_with(known)),
        }
    }
}

/// The messages with which a server rejects a library.
const REFUSALS: [&str; 2] = ["incompatible library", "could not load library"];

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let servers = args
        .servers
        .iter()
        .map(|name| server(name))
        .collect::<Result<Vec<_>>>()?;
    let workspace = Workspace::read()?;
    let choice = match &args.example {
        Some(name) => workspace.example(name)?,
        None => workspace.current()?,
    };
    let copies = tempfile::tempdir()
        .map_err(|e| Error::new(format!("could not create a directory: {e}")))?;
    // The library is copied, because the next build would overwrite it, and because the server may
    // run as another account that must be able to read it.
    readable(copies.path())?;
    let facts = match &args.manifest {
        Some(path) => dumps(&servers, path)?,
        None => Vec::new(),
    };
    let of = |number: usize| facts.get(number).and_then(Option::as_ref);
    let mut loads = Vec::new();
    for (number, builder) in servers.iter().enumerate() {
        let library = build(&choice, builder, &copies.path().join(number.to_string()))?;
        for (into, server) in servers.iter().enumerate() {
            let status = format!(
                "library built for {} into {}",
                builder.version, server.version
            );
            term::status("Loading", status);
            loads.push(Load {
                built: builder.version.to_string(),
                loaded: server.version.to_string(),
                same_major: builder.version.major == server.version.major,
                refusal: load(&choice, &library, server)?,
                breaks: breaks((builder, of(number)), (server, of(into))),
            });
        }
    }
    print(&loads, args.json);
    let exit = if loads.iter().all(Load::as_expected) {
        0
    } else {
        code::DIFFERENT | code::INCOMPATIBLE
    };
    Ok(ExitCode::from(exit))
}

/// Returns the facts of each server that is one of several of its major, with the items of a
/// manifest.
fn dumps(servers: &[Server], manifest: &Path) -> Result<Vec<Option<Facts>>> {
    let manifest = manifest::read(manifest)?;
    let dump = |server: &Server| {
        let major = &server.version.major;
        let same = servers.iter().filter(|other| other.version.major == *major);
        if same.count() < 2 {
            return Ok(None);
        }
        let subject = Subject::new(&server.pg_config)?;
        measure::dump(&subject, &host(), Some(&manifest)).map(Some)
    };
    servers.iter().map(dump).collect()
}

/// Returns what breaks a library that was built for one server in another of the same major.
fn breaks(built: (&Server, Option<&Facts>), loaded: (&Server, Option<&Facts>)) -> Vec<String> {
    let is_forward = built.0.version.num <= loaded.0.version.num;
    let (old, new) = match is_forward {
        true => (built.1, loaded.1),
        false => (loaded.1, built.1),
    };
    let (Some(old), Some(new)) = (old, new) else {
        return Vec::new();
    };
    if old.header.major != new.header.major {
        return Vec::new();
    }
    let (old, new) = (old.untagged(), new.untagged());
    let verdicts = judge(&old, &new, &changes(&old, &new)).into_iter();
    let fit = |one: &Verdict| {
        if is_forward {
            one.forward
        } else {
            one.backward
        }
    };
    let breaks = verdicts.filter(|one| fit(one) == Fit::Breaks);
    breaks.map(|one| one.sentence).collect()
}

fn server(name: &str) -> Result<Server> {
    let is_major = name.chars().all(|c| c.is_ascii_digit() || c == '.');
    match is_major {
        true => choose::one(Some(name), None),
        false => choose::one(None, Some(Path::new(name))),
    }
}

fn build(choice: &Choice, server: &Server, directory: &Path) -> Result<PathBuf> {
    term::status(
        "Building",
        format!("{} for PostgreSQL {}", choice.name, server.version),
    );
    let library = choice.build(server, false)?;
    let io = |e: std::io::Error| Error::new(format!("{}: {e}", library.display()));
    std::fs::create_dir_all(directory).map_err(io)?;
    readable(directory)?;
    let name = library.file_name().unwrap_or_default();
    let copy = directory.join(name);
    std::fs::copy(&library, &copy).map_err(io)?;
    Ok(copy)
}

fn readable(directory: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory, mode)
        .map_err(|e| Error::new(format!("{}: {e}", directory.display())))
}

/// Returns `None` if the server starts with the library, else the server's message.
fn load(choice: &Choice, library: &Path, server: &Server) -> Result<Option<String>> {
    match Cluster::builder(server)
        .preload(&choice.name, library)
        .try_start()
    {
        Ok(_) => Ok(None),
        Err(failure) => {
            let fatal = failure
                .log
                .lines()
                .find_map(|line| line.split_once("FATAL:  "));
            // Without a message of the server, the library is not the cause.
            let (_, said) = fatal.ok_or(failure.error)?;
            Ok(Some(said.to_owned()))
        }
    }
}

fn print(loads: &[Load], as_json: bool) {
    if as_json {
        let all = loads.iter().map(|one| {
            json!({
                "built_for": one.built,
                "loaded_into": one.loaded,
                "refusal": one.refusal,
                "breaks": one.breaks,
                "as_expected": one.as_expected(),
            })
        });
        println!("{}", json!({ "loads": all.collect::<Vec<_>>() }));
        return;
    }
    let rows = loads.iter().map(|one| {
        let outcome = one
            .refusal
            .clone()
            .map_or_else(|| "loaded".to_owned(), |said| format!("refused: {said}"));
        let breaks = one
            .breaks
            .iter()
            .map(|sentence| format!("; breaks: {sentence}"));
        let outcome = outcome + &breaks.collect::<String>();
        let expected = if one.as_expected() { "yes" } else { "NO" };
        vec![
            one.built.clone(),
            one.loaded.clone(),
            expected.to_owned(),
            outcome,
        ]
    });
    let rows: Vec<_> = rows.collect();
    anstream::println!(
        "{}",
        table(
            &["built for", "loaded into", "as expected", "what happened"],
            &rows
        )
    );
    let wrong = loads.iter().filter(|one| !one.as_expected()).count();
    let verdict = if wrong == 0 {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "wrong")
    };
    anstream::println!("{verdict}: {} loads, {wrong} not as expected", loads.len());
}
