//! `cargo bgworker run`: runs a worker in a scratch server and shows its log and state.

use bgworker_cli::build::{Choice, Workspace};
use bgworker_cli::choose;
use bgworker_cli::stop::Stop;
use bgworker_cli::term::{self, Progress};
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

mod failures;
mod follow;
mod lines;
mod names;
mod report;
mod states;

use follow::Follower;
use report::Report;

/// The time limit for the server to stop. A worker that needs longer does not react to SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Runs a worker in a scratch server and follows it until Ctrl-C
///
/// The server has a role with the name of the library, with _ for each hyphen. The role may log in,
/// and may create schemas in the database postgres.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The example to run (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    example: Option<String>,
    /// The package to run. The default is the package in the current directory
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// The major of the server, like 15
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// The path of the server's pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Stop after this time: 10s, 2m
    #[arg(long = "for", value_name = "DURATION")]
    duration: Option<humantime::Duration>,
    /// Set a configuration parameter of the server
    #[arg(long = "set", value_name = "GUC=VALUE", value_parser = bgworker_cli::assignment)]
    settings: Vec<(String, String)>,
    /// Build with optimizations
    #[arg(long)]
    release: bool,
    /// Also show the server's debugging lines
    #[arg(long, short)]
    verbose: bool,
    /// Print the result as JSON on standard output; everything else goes to standard error
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let choice = match (&args.example, &args.package) {
        (Some(name), _) => workspace.example(name)?,
        (None, Some(name)) => workspace.package(name)?,
        (None, None) => workspace.current()?,
    };
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    term::status(
        "Building",
        format!("{} for PostgreSQL {}", choice.name, server.version),
    );
    let library = choice.build(&server, args.release)?;
    // From here on, Ctrl-C requests a stop instead of ending the process.
    let stop = Stop::on_signals()?;
    let report = observe(&args, &choice, &server, library, &stop)?;
    report.print(args.json);
    Ok(if report.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn observe(
    args: &Args,
    choice: &Choice,
    server: &Server,
    library: PathBuf,
    stop: &Stop,
) -> Result<Report> {
    let progress = Progress::new();
    let mut cluster = start(builder(args, choice, server, library), &progress, server)?;
    let end = match args.duration {
        Some(duration) => format!("stop: after {duration}, or Ctrl-C"),
        None => "stop: Ctrl-C".to_owned(),
    };
    for line in [format!("connect: {}", cluster.psql_command()), end] {
        if args.json {
            progress.eprintln(&line)
        } else {
            progress.println(&line)
        }
    }
    // If the user sets the level, all lines of that level are shown.
    let mut names = args.settings.iter().map(|(name, _)| name);
    let named = !names.any(|name| name == "log_min_messages");
    let mut follower = Follower::new(progress, args.verbose, named, args.json);
    let end = args.duration.map(|duration| Instant::now() + *duration);
    while !stop.asked() && end.is_none_or(|end| Instant::now() < end) {
        follower.tick(&cluster);
        if follower.crashed() || !cluster.is_running() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    follower.tick(&cluster);
    let stopped = if cluster.is_running() {
        follower.asked_to_stop();
        cluster.stop(StopMode::Fast, STOP_LIMIT)
    } else {
        Err(Error::new("the server exited unexpectedly"))
    };
    follower.tick(&cluster);
    Ok(Report::new(choice, server, follower, stopped))
}

fn builder(args: &Args, choice: &Choice, server: &Server, library: PathBuf) -> ClusterBuilder {
    // Debugging lines report when workers start, and when they exit with 0. The follower hides the
    // others.
    let builder = Cluster::builder(server)
        .preload(&choice.name, library)
        .role_of_library(&choice.name)
        .setting("log_min_messages", "debug1");
    let settings = args.settings.iter();
    settings.fold(builder, |builder, (name, value)| {
        builder.setting(name, value)
    })
}

fn start(builder: ClusterBuilder, progress: &Progress, server: &Server) -> Result<Cluster> {
    let spinner = progress.spinner("server");
    spinner.step(&format!("starting PostgreSQL {}", server.version));
    builder.start()
}
