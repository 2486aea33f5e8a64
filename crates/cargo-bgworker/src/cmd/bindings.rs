//! `cargo bgworker bindings`: commits the bindings that a crate has on top of those of the raw
//! crate.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::contract::{self, Compiler};
use pg_abi::major::file_stem;
use pg_scratch::process::cargo;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

/// Commit the bindings that the build script of a package generates, for machines without libclang
///
/// The build script uses `postgres-bgworker-build` and names a directory with `committed`. For each
/// major, the directory gets `pgNN.rs`, and `pgNN.c`, with which the C compiler verifies it against
/// the headers of a server.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For these majors, for example 15 18 [default: every server with headers]
    #[arg(long = "pg", value_name = "MAJOR", num_args = 1..)]
    majors: Vec<String>,
    /// Write nothing; fail if a file would change
    #[arg(long)]
    check: bool,
    /// The package, in a workspace
    #[arg(short, long)]
    package: Option<String>,
    /// Features of the package, as for cargo
    #[arg(short = 'F', long)]
    features: Option<String>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let mut stale = Vec::new();
    for server in choose::each(&args.majors)? {
        term::status("Generating", format!("for PostgreSQL {}", server.version));
        let own = Own::build(&server, &args)?;
        let raw = read(&own.raw)?;
        let headers = own.directory_of_headers()?;
        let compiler = Compiler::new(&server, headers.path())?;
        let major = &server.version.major;
        let contract = contract::write_own(major, &raw, &own.text, &compiler)?;
        let stem = own.committed.join(file_stem(major));
        for (extension, text) in [("rs", &own.text), ("c", &contract)] {
            let path = stem.with_extension(extension);
            let is_same = read(&path).is_ok_and(|old| old == *text);
            match args.check {
                true if !is_same => stale.push(path),
                true => {}
                false => write(&path, text)?,
            }
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let error = Error::new("committed bindings differ from the generated ones");
    let stale = stale.iter().map(|path| path.display().to_string());
    Err(stale
        .fold(error, Error::note)
        .help("run cargo bgworker bindings"))
}

/// Variables that would add to the bindings, or leave them out. Empty ones count as unset.
const LEFT_OUT: [&str; 4] = [
    "POSTGRES_BGWORKER_FACTS",
    "POSTGRES_BGWORKER_EXTRA_HEADERS",
    "POSTGRES_BGWORKER_EXTRA_ITEMS",
    "DOCS_RS",
];

/// A file of the build script's output directory: what it has done.
const MADE: &str = "postgres-bgworker-own.txt";

/// What a build script has generated.
struct Own {
    out_dir: PathBuf,
    /// The directory of committed files.
    committed: PathBuf,
    /// The declarations of the raw crate.
    raw: PathBuf,
    text: String,
    version_num: u32,
}

/// A message of cargo, one JSON object per line.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    out_dir: Option<PathBuf>,
}

impl Own {
    fn build(server: &Server, args: &Args) -> Result<Self> {
        let mut build = cargo();
        build
            .args([
                "check",
                "--quiet",
                "--message-format=json-render-diagnostics",
            ])
            .env("PG_CONFIG", &server.pg_config)
            .envs(LEFT_OUT.map(|name| (name, "")))
            .stderr(Stdio::inherit());
        let chosen = [("--package", &args.package), ("--features", &args.features)];
        for (option, value) in chosen {
            if let Some(value) = value {
                build.args([option, value]);
            }
        }
        let output = build
            .output()
            .map_err(|error| Error::io("could not run cargo", &error))?;
        // A crate that does not compile may have got its bindings.
        let found = generated(
            &String::from_utf8_lossy(&output.stdout),
            args.package.as_deref(),
        );
        if found.len() > 1 {
            return Err(Error::new(
                "the build scripts of several packages have generated bindings",
            )
            .help("name one: --package NAME"));
        }
        let found = found.into_iter().next();
        let out_dir = found.ok_or_else(|| {
            // Cargo has said why.
            if !output.status.success() {
                return Error::new("the package cannot be built for this server")
                    .note(format!("PostgreSQL {}", server.version))
                    .help("correct what cargo reports above, and run the command again");
            }
            Error::new("the build script has not generated bindings")
                .help("a build script does that with Server::bindings of the crate postgres-bgworker-build")
                .help("in a workspace, name the package: --package NAME")
        })?;
        let own = Self::read(out_dir)?;
        let built_for = own.version_num;
        if built_for != server.version.num {
            return Err(
                Error::new(format!("the build was for another server: {built_for}"))
                    .note(format!("asked for: PostgreSQL {}", server.version))
                    .help("unset PG_CONFIG_<TARGET>, and PG_CONFIG in [env] of .cargo/config.toml"),
            );
        }
        Ok(own)
    }

    fn read(out_dir: PathBuf) -> Result<Self> {
        let made = read(&out_dir.join(MADE))?;
        let entry = |name: &str| {
            let mut lines = made.lines().filter_map(|line| line.split_once(" = "));
            let found = lines.find(|(key, _)| *key == name);
            found.map(|(_, value)| value).unwrap_or_default()
        };
        if entry("source") != "bindgen" {
            return Err(Error::new("the bindings were not generated from the headers")
                .help("enable the feature `bindgen` of postgres-bgworker-build: --features NAME")
                .help("install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory)"));
        }
        let committed = entry("committed");
        if committed.is_empty() {
            return Err(
                Error::new("the build script names no directory for committed bindings")
                    .help("add .committed(\"bindings\") in front of .write(…)"),
            );
        }
        Ok(Self {
            committed: Path::new(entry("package")).join(committed),
            raw: PathBuf::from(entry("raw")),
            version_num: entry("version_num").parse().unwrap_or_default(),
            text: read(&out_dir.join("postgres-bgworker-own.rs"))?,
            out_dir,
        })
    }

    /// A directory whose `wrapper.h` includes the headers of both crates.
    fn directory_of_headers(&self) -> Result<tempfile::TempDir> {
        let failed = |error: std::io::Error| Error::io("could not create a directory", &error);
        let directory = tempfile::tempdir().map_err(failed)?;
        let unit = read(&self.out_dir.join("unit.h"))?;
        std::fs::write(directory.path().join("wrapper.h"), unit).map_err(failed)?;
        Ok(directory)
    }
}

/// The directories of the build scripts that have run with bindings, of packages that were not
/// downloaded: of this one, if it is named.
fn generated(messages: &str, package: Option<&str>) -> Vec<PathBuf> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let scripts = messages.filter(|message| message.reason == "build-script-executed");
    let chosen = scripts.filter(|message| {
        let id = message.package_id.as_deref().unwrap_or_default();
        // path+file:///directory#1.0.0, or #name@1.0.0 if the directory has another name.
        let (place, version) = id.rsplit_once('#').unwrap_or((id, ""));
        let name = match version.split_once('@') {
            Some((name, _)) => Some(name),
            None => place.rsplit('/').next(),
        };
        id.starts_with("path+") && package.is_none_or(|package| name == Some(package))
    });
    let directories = chosen.filter_map(|message| message.out_dir);
    // The file may be left from an earlier build script.
    directories
        .filter(|out_dir| {
            let said = read(&out_dir.with_file_name("output")).unwrap_or_default();
            said.lines().any(|line| line == "cargo:own_bindings=1")
        })
        .collect()
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::io(path.display(), &error))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| Error::io(path.display(), &error);
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)?;
    let lines = text.lines().count();
    term::status("Wrote", format!("{} ({lines} lines)", path.display()));
    Ok(())
}
