//! Runs the tests that a library contains inside a scratch server: those that `server_tests!` of
//! `postgres-bgworker` defines.
//!
//! `tests/server.rs` of a package, with `harness = false` in its `Cargo.toml`:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     pg_scratch::server_tests::main()
//! }
//! ```
//!
//! The library exports a function of SQL for each test, without arguments and result, under the
//! symbol `bgworker_test.` and the name of the test. Each test runs in a connection of its own, in
//! a transaction that is rolled back. An error of the statement is a failure. If the server
//! crashes, that test has failed, and the next one runs when the server is up again.

use crate::cluster::{Cluster, ClusterBuilder};
use crate::error::{Error, Result};
use crate::extension::Extension;
use crate::library::Library;
use crate::servers::Server;
use libtest_mimic::{Arguments, Failed, Trial};
use object::{Object, ObjectSymbol};
use postgres::error::ErrorPosition;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What precedes the name of a test in its symbol.
const PREFIX: &str = "bgworker_test.";

/// The feature of the package with which its library contains the tests.
const FEATURE: &str = "server-tests";

/// Only catches a server that does not come up again.
const LIMIT: Duration = Duration::from_secs(60);

/// What the server logs then.
const CRASHED: &str = " was terminated by ";

/// The time in which the server logs that a process has crashed.
const CRASH: Duration = Duration::from_secs(5);

/// Builds the library of the package with the feature `server-tests`, runs its tests in a scratch
/// server, and reports them. Takes the arguments of a test program from the command line.
///
/// The server preloads the library, and has the role that [`role_of_library`] creates. A test can
/// create the extension, if the package has a control file.
///
/// [`role_of_library`]: ClusterBuilder::role_of_library
pub fn main() -> ExitCode {
    main_with(|builder| builder)
}

/// Like [`main`], with a server that `configure` has changed, for example with settings or roles.
pub fn main_with(configure: impl FnOnce(ClusterBuilder) -> ClusterBuilder) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A crash of the server would end the sessions of other tests.
    arguments.test_threads = Some(1);
    match trials(&arguments, configure) {
        Ok((trials, cluster)) => {
            let conclusion = libtest_mimic::run(&arguments, trials);
            let log = cluster.map(|cluster| cluster.log());
            if let Some(log) = log.filter(|log| log.contains(CRASHED)) {
                eprintln!("the end of the server's log:\n{}", end_of(&log));
            }
            conclusion.exit_code()
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Trials = (Vec<Trial>, Option<Arc<Cluster>>);

fn trials(
    arguments: &Arguments,
    configure: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
) -> Result<Trials> {
    let server = Server::from_env()?;
    let library = Library::build_with(&server, &[FEATURE]).map_err(|error| {
        error.help(format!(
            "the feature {FEATURE} is declared in Cargo.toml: [features] {FEATURE} = []"
        ))
    })?;
    let names = names(&library.file)?;
    // Without the name of the crate, as in other test programs.
    let shown = |name: &str| {
        let within = name.strip_prefix(&library.name);
        within
            .and_then(|rest| rest.strip_prefix("::"))
            .unwrap_or(name)
            .to_owned()
    };
    if names.is_empty() && !arguments.list {
        return Err(Error::new(format!(
            "{} contains no server tests",
            library.file.display()
        ))
        .help(
            "write server_tests! in a module of the library, under cfg(feature) and not cfg(test)",
        ));
    }
    if arguments.list {
        let listed = names.iter().map(|name| Trial::test(shown(name), || Ok(())));
        return Ok((listed.collect(), None));
    }
    let builder = Cluster::builder(&server)
        .preload(&library.name, &library.file)
        .role_of_library(&library.name);
    // The tests run in the directory of the package.
    let builder = match Extension::find_any(Path::new("."), &library.name)? {
        Some(extension) => builder.extension(&extension),
        None => builder,
    };
    let cluster = Arc::new(configure(builder).start()?);
    let trial = |name: String| {
        let (cluster, library) = (Arc::clone(&cluster), library.name.clone());
        Trial::test(shown(&name), move || run(&cluster, &library, &name))
    };
    let trials = names.into_iter().map(trial).collect();
    Ok((trials, Some(cluster)))
}

/// Returns the names of the tests that a library contains, in order.
fn names(library: &Path) -> Result<Vec<String>> {
    let io = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", library.display()));
    let data = std::fs::read(library).map_err(|error| io(&error))?;
    let file = object::File::parse(&*data).map_err(|error| io(&error))?;
    // Mach-O has no dynamic symbols, and puts an underscore before each name.
    let symbols = file.dynamic_symbols().chain(file.symbols());
    let mut names: Vec<String> = symbols
        .filter(|symbol| symbol.is_definition())
        .filter_map(|symbol| {
            let name = symbol.name().ok()?;
            let name = name.strip_prefix('_').unwrap_or(name);
            name.strip_prefix(PREFIX).map(str::to_owned)
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Runs a test in a session of its own.
fn run(cluster: &Cluster, library: &str, name: &str) -> std::result::Result<(), Failed> {
    // An earlier test may have crashed the server.
    let connected = cluster.poll_until("a connection", LIMIT, || cluster.connect().ok());
    let mut client = connected.map_err(|error| error.to_string())?;
    let mark = cluster.log_mark();
    let failed = |error| described(cluster, mark, error);
    let statements = format!(
        "begin;
         set local statement_timeout = '5min';
         create function pg_temp.bgworker_test() returns void language c strict as '{library}', '{PREFIX}{name}'"
    );
    client.batch_execute(&statements).map_err(failed)?;
    client
        .batch_execute("select pg_temp.bgworker_test()")
        .map_err(failed)?;
    client.batch_execute("rollback").map_err(failed)
}

/// Returns the fields of an error, one in each line.
fn described(cluster: &Cluster, mark: u64, error: postgres::Error) -> Failed {
    let Some(fields) = error.as_db_error() else {
        let crash = cluster.wait_for_log_after(mark, CRASHED, CRASH);
        let why = crash.map_or_else(
            |_| error.to_string(),
            |line| line.split("LOG:  ").last().unwrap_or(&line).to_owned(),
        );
        return format!("the test has crashed the server: {why}").into();
    };
    let mut text = format!("{}: {}", fields.severity(), fields.message());
    let query = match fields.position() {
        Some(ErrorPosition::Internal { query, .. }) => Some(query.as_str()),
        _ => None,
    };
    let others = [
        ("DETAIL", fields.detail()),
        ("HINT", fields.hint()),
        ("CONTEXT", fields.where_()),
        ("QUERY", query),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            text.push_str(&format!("\n{name}: {value}"));
        }
    }
    text.into()
}

fn end_of(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
