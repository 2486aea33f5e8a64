//! `cargo xtask regress`: the server's regression scripts as the truth.

use crate::regress::{Explanations, Report, Sources};
use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term;
use compare::Pair;
use pg_scratch::cluster::Cluster;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Run regression scripts of PostgreSQL in a session and in a worker, and compare
///
/// Rows, counts, command tags, SQLSTATE and message of each statement are compared. The scripts are
/// read from a source tree, which should be that of the server's major. A difference without an
/// explanation in xtask/src/regress/explained.tsv is a failure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// The source tree of PostgreSQL
    #[arg(long, value_name = "DIRECTORY")]
    sources: PathBuf,
    /// Print the results as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Print the differences that have an explanation as well
    #[arg(long)]
    explained: bool,
    /// The scripts, in this order; by default, all that are known to help and that exist
    #[arg(value_name = "SCRIPT")]
    scripts: Vec<String>,
}

/// The scripts by default.
const SCRIPTS: [&str; 41] = [
    "copy",
    "copy2",
    "copyselect",
    "create_index",
    "vacuum",
    "cluster",
    "transactions",
    "prepared_xacts",
    "portals",
    "portals_p2",
    "combocid",
    "plancache",
    "prepare",
    "plpgsql",
    "plpgsql_transaction",
    "plpgsql_call",
    "plpgsql_trap",
    "plpgsql_control",
    "rangefuncs",
    "triggers",
    "rules",
    "foreign_key",
    "insert",
    "insert_conflict",
    "update",
    "merge",
    "with",
    "returning",
    "temp",
    "truncate",
    "matview",
    "largeobject",
    "sequence",
    "guc",
    "async",
    "advisory_lock",
    "namespace",
    "privileges",
    "rowsecurity",
    "create_misc",
    "select_parallel",
];

/// No statement of these scripts takes this long.
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let scratch = tempfile::tempdir().map_err(|error| Error::io("a directory", &error))?;
    let results = scratch.path().join("results");
    std::fs::create_dir(&results).map_err(|error| Error::io(results.display(), &error))?;
    for path in [scratch.path(), &results] {
        // The server may be another user.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))
            .map_err(|error| Error::io(path.display(), &error))?;
    }
    let sources = Sources::new(&args.sources, scratch.path())?;
    let explanations = Explanations::read()?;
    let mut pair = start(&server, &sources, scratch.path())?;
    let mut reports = Vec::new();
    for name in scripts(&args, &sources)? {
        let text = sources.script(&name)?;
        term::status("Running", &name);
        let steps = pair
            .run(&text)
            .map_err(|error| error.context(name.clone()))?;
        reports.push(Report::of(&name, steps, &explanations));
    }
    if args.json {
        let text = serde_json::to_string_pretty(&reports)
            .map_err(|error| Error::new(format!("could not write JSON: {error}")))?;
        println!("{text}");
    } else {
        print(&reports, args.explained);
    }
    let is_clean = reports.iter().all(|report| report.unexplained.is_empty());
    Ok(ExitCode::from(u8::from(!is_clean)))
}

fn scripts(args: &Args, sources: &Sources) -> Result<Vec<String>> {
    if !args.scripts.is_empty() {
        return Ok(args.scripts.clone());
    }
    let exists = |name: &&&str| sources.script(name).is_ok();
    let scripts: Vec<String> = SCRIPTS
        .iter()
        .filter(exists)
        .map(ToString::to_string)
        .collect();
    if scripts.is_empty() {
        return Err(Error::new("the sources have none of the scripts"));
    }
    Ok(scripts)
}

/// Builds the library, and starts both sides with what the scripts expect.
fn start(server: &Server, sources: &Sources, scratch: &Path) -> Result<Pair> {
    let library = Workspace::read()?
        .example("scripts")?
        .build(server, false)?;
    let builder = || {
        Cluster::builder(server)
            .setting("max_prepared_transactions", "2")
            .setting("autovacuum", "off")
            .setting("DateStyle", "Postgres, MDY")
            .setting("TimeZone", "PST8PDT")
            .setting("IntervalStyle", "postgres_verbose")
    };
    let mut pair = Pair::start(builder, &library, LIMIT)?;
    pair.set("PG_ABS_SRCDIR", &sources.regress().to_string_lossy());
    pair.set("PG_ABS_BUILDDIR", &scratch.to_string_lossy());
    for script in sources.before() {
        pair.prepare(&script)?;
    }
    Ok(pair)
}

fn print(reports: &[Report], explained: bool) {
    let rows: Vec<Vec<String>> = reports
        .iter()
        .map(|report| {
            let skipped: usize = report.skipped.values().sum();
            let counts = [
                report.statements,
                report.same,
                report.explained.len(),
                report.unexplained.len(),
                skipped,
            ];
            let counts = counts.iter().map(ToString::to_string);
            std::iter::once(report.script.clone())
                .chain(counts)
                .collect()
        })
        .collect();
    let head = [
        "script",
        "statements",
        "same",
        "explained",
        "different",
        "skipped",
    ];
    anstream::println!("{}", term::table(&head, &rows));
    for report in reports {
        for (why, count) in &report.skipped {
            anstream::println!("{}: skipped {count}: {why}", report.script);
        }
        let shown = report.explained.iter().filter(|_| explained);
        for difference in shown.chain(&report.unexplained) {
            anstream::println!(
                "\n{}:{}: {}\n  session: {}\n  worker:  {}",
                report.script,
                difference.line,
                difference.sql,
                difference.session,
                difference.worker
            );
            if let Some(reason) = &difference.reason {
                anstream::println!("  reason:  {reason}");
            }
        }
    }
}
