//! `cargo bgworker abi check`: checks that all sources of ABI facts agree.

use super::findings::Finding;
use super::outcome::{Outcome, as_data, findings, print};
use super::output::{Output, code};
use super::place::Places;
use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::compare::allow::Allowed;
use pg_abi::compare::check::compare;
use pg_abi::compare::collect::{self, Sources};
use pg_abi::contract;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::witness::{WITNESSES, Witness};
use pg_scratch::servers::discover;
use pg_scratch::{Error, Result};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Compares independent sources of facts about a server's interface
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Check the newest server of each of these majors
    #[arg(long = "pg", value_name = "MAJOR")]
    majors: Vec<String>,
    /// Check every server found
    #[arg(long, conflicts_with_all = ["majors", "pg_config"])]
    all: bool,
    /// Check the server of this pg_config, or of a file with the output of one
    #[arg(long, value_name = "PATH", conflicts_with = "majors")]
    pg_config: Option<PathBuf>,
    /// The target of the server, as a Rust target triple. The default is this machine
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Fail unless these sources are available: golden, rust, clang, cc, binary, or all
    #[arg(long, value_name = "WITNESS", value_delimiter = ',')]
    require: Vec<String>,
    /// Skip these sources
    #[arg(long, value_name = "WITNESS", value_delimiter = ',')]
    skip: Vec<Witness>,
    /// Use these facts instead of the committed ones
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// Use these bindings instead of the committed ones
    #[arg(long, value_name = "FILE")]
    bindings: Option<PathBuf>,
    /// A file with items that your library uses, and with facts about them if you like
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// A file with accepted differences, each with an expiry date and a reason
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let target = args.target.clone().unwrap_or_else(host);
    let required = required(&args.require)?;
    let sources = Sources {
        golden: args.golden.clone(),
        bindings: args.bindings.clone(),
        manifest: args.manifest.clone(),
        skip: args.skip.clone(),
    };
    let mut allowed = args
        .allow
        .as_deref()
        .map(Allowed::read)
        .transpose()?
        .unwrap_or_default();
    let mut outcomes = Vec::new();
    for path in subjects(&args)? {
        let begin = Instant::now();
        let subject = Subject::new(&path)?;
        let statements = collect::ask(&subject, &target, &sources)?;
        let mut differences = compare(&statements);
        differences.retain(|one| !allowed.accepts(&one.key));
        let headers = match differences.is_empty() {
            true => contract::Places::default(),
            false => collect::places(&subject, &target, &sources).unwrap_or_default(),
        };
        let seconds = begin.elapsed().as_secs_f64();
        let outcome = Outcome {
            subject,
            statements,
            differences,
            headers,
            seconds,
        };
        if !args.output.json {
            print(&outcome);
        }
        outcomes.push(outcome);
    }
    if args.output.json {
        let all: Vec<_> = outcomes.iter().map(as_data).collect();
        println!("{}", json!({ "target": target, "servers": all }));
    }
    let mut places = Places::default();
    if let Some(file) = &args.manifest {
        let all = outcomes.iter().map(|outcome| &outcome.statements.lines);
        all.for_each(|lines| places.add_manifest(file, lines));
    }
    if let Some(file) = &args.golden {
        places.add_facts(file);
    }
    let findings = outcomes
        .iter()
        .flat_map(|outcome| findings(outcome, &places));
    let findings: Vec<Finding> = findings.collect();
    args.output.write(&findings)?;
    let mut exit = 0;
    for stale in allowed.stale() {
        exit |= code::STALE;
        term::error(&Error::new(stale).note("in the list of allowed differences"));
    }
    for outcome in &outcomes {
        if !outcome.differences.is_empty() {
            exit |= code::DIFFERENT;
        }
        let absent = outcome.statements.absent.iter();
        for (witness, _) in absent.filter(|(witness, _)| required.contains(witness)) {
            exit |= code::ABSENT;
            let version = &outcome.subject.version;
            let what =
                format!("required source {witness} is not available for PostgreSQL {version}");
            term::error(&Error::new(what));
        }
    }
    Ok(ExitCode::from(exit))
}

fn required(words: &[String]) -> Result<Vec<Witness>> {
    if words.iter().any(|word| word == "all") {
        let all = WITNESSES.map(|(witness, _)| witness);
        return Ok(all
            .into_iter()
            .filter(|one| *one != Witness::Manifest)
            .collect());
    }
    words.iter().map(|word| word.parse()).collect()
}

/// Returns the `pg_config`s of the servers to check.
fn subjects(args: &Args) -> Result<Vec<PathBuf>> {
    if let Some(path) = &args.pg_config {
        return Ok(vec![path.clone()]);
    }
    if args.all {
        let all: Vec<_> = discover()
            .into_iter()
            .filter(|server| server.headers)
            .collect();
        if all.is_empty() {
            return Err(Error::new("no PostgreSQL server with headers was found")
                .help("cargo bgworker servers install --all"));
        }
        return Ok(all.into_iter().map(|server| server.pg_config).collect());
    }
    if args.majors.is_empty() {
        // The path may be that of a description, not of a program.
        let named = std::env::var_os("PG_CONFIG").filter(|path| !path.is_empty());
        return match named {
            Some(path) => Ok(vec![path.into()]),
            None => Ok(vec![choose::one(None, None)?.pg_config]),
        };
    }
    let servers = choose::several(&args.majors, None)?;
    Ok(servers.into_iter().map(|server| server.pg_config).collect())
}
