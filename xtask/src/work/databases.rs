//! `cargo xtask supervise`: how soon workers follow extensions and databases, and what many
//! databases cost.

use crate::bench::build_c;
use bgworker_cli::build::Workspace;
use bgworker_cli::choose;
use bgworker_cli::term;
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use postgres::Client;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Measure how soon a supervisor's workers follow extensions and databases
///
/// The time from a statement to its effect on `pg_stat_activity` is measured, which includes the
/// commit and the start of a process. Then databases are created, and the server is started with a
/// supervisor that visits each of them once, and with a launcher in C that does the same. The time
/// of that begins with the start of the server.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the server of this major
    #[arg(long, value_name = "MAJOR", conflicts_with = "pg_config")]
    pg: Option<String>,
    /// Use the server of this pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// Repeat each statement this often
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    runs: usize,
    /// Create this many databases. Each takes 8 MB of the disk
    #[arg(long, value_name = "NUMBER", default_values_t = [100, 1000])]
    databases: Vec<usize>,
}

const LIMIT: Duration = Duration::from_secs(300);

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let server = choose::one(args.pg.as_deref(), args.pg_config.as_deref())?;
    let workspace = Workspace::read()?;
    let library = workspace.example("supervisor")?.build(&server, true)?;
    let in_c = build_c(
        &server,
        &workspace.workspace_root.join("benches/visits"),
        &workspace.target_directory.join("visits"),
        "visits",
    )?;
    let rows = statements(&server, &library, args.runs)?;
    let head = ["statement", "runs", "p50", "p99", "most"];
    anstream::println!("{}", term::table(&head, &rows));
    let mut rows = Vec::new();
    for databases in args.databases {
        rows.extend(many(&server, &library, &in_c, databases)?);
    }
    let head = [
        "databases",
        "slots",
        "launcher",
        "first look at all",
        "launches/s",
        "CPU of 10 s idle",
        "private memory",
    ];
    anstream::println!("{}", term::table(&head, &rows));
    Ok(ExitCode::SUCCESS)
}

fn builder(server: &Server, library: &Path, scenario: &str, slots: usize) -> ClusterBuilder {
    Cluster::builder(server)
        .preload("supervisor", library)
        .role("resident")
        .setting("supervisor.run", scenario)
        .setting("supervisor.slots", &slots.to_string())
        .setting("max_worker_processes", &(slots + 10).to_string())
        .setting("max_connections", "20")
        .setting("autovacuum", "off")
        .setting("log_checkpoints", "off")
}

fn statements(server: &Server, library: &Path, runs: usize) -> Result<Vec<Vec<String>>> {
    let cluster = builder(server, library, "databases", 8).start()?;
    let mut client = cluster.connect()?;
    wait_for(&mut client, "postgres", 1)?;
    let (mut created, mut dropped, mut databases) = (Vec::new(), Vec::new(), Vec::new());
    let run = |client: &mut Client, sql: &str, database: &str, workers| -> Result<Duration> {
        let start = Instant::now();
        client.batch_execute(sql)?;
        wait_for(client, database, workers)?;
        Ok(start.elapsed())
    };
    for _ in 0..runs {
        dropped.push(run(&mut client, "drop extension plpgsql", "postgres", 0)?);
        created.push(run(&mut client, "create extension plpgsql", "postgres", 1)?);
    }
    for _ in 0..runs.div_ceil(10) {
        run(&mut client, "create database home", "home", 1)?;
        // It has found its extension.
        std::thread::sleep(Duration::from_millis(50));
        databases.push(run(&mut client, "drop database home", "home", 0)?);
    }
    Ok([
        ("CREATE EXTENSION to a running worker", created),
        ("DROP EXTENSION to no worker", dropped),
        ("DROP DATABASE with a worker in it", databases),
    ]
    .into_iter()
    .map(|(what, times)| quantiles(what, times))
    .collect())
}

fn wait_for(client: &mut Client, database: &str, workers: i64) -> Result<()> {
    const SQL: &str = "select count(*) from pg_stat_activity \
        where application_name = 'resident' and datname = $1";
    let statement = client.prepare(SQL)?;
    let start = Instant::now();
    while client.query_one(&statement, &[&database])?.get::<_, i64>(0) != workers {
        if start.elapsed() > LIMIT {
            return Err(Error::new(format!("not {workers} workers in {database}")));
        }
    }
    Ok(())
}

fn quantiles(what: &str, mut times: Vec<Duration>) -> Vec<String> {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
    let shown = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    vec![
        what.to_owned(),
        times.len().to_string(),
        shown(at(0.5)),
        shown(at(0.99)),
        shown(at(1.0)),
    ]
}

fn many(
    server: &Server,
    library: &Path,
    in_c: &Path,
    databases: usize,
) -> Result<Vec<Vec<String>>> {
    let mut cluster = builder(server, library, "nothing", 8)
        .library("visits", in_c)
        .start()?;
    let mut client = cluster.connect()?;
    for number in 0..databases {
        client.batch_execute(&format!("create database d{number}"))?;
    }
    drop(client);
    let mut rows = Vec::new();
    for slots in [8, databases] {
        for (launcher, setting, value) in [
            ("supervisor", "supervisor.run", "visits".to_owned()),
            ("C", "shared_preload_libraries", "visits".to_owned()),
        ] {
            cluster.write_setting(setting, &value)?;
            for setting in ["supervisor.slots", "visits.slots"] {
                cluster.write_setting(setting, &slots.to_string())?;
            }
            cluster.write_setting("max_worker_processes", &(slots + 10).to_string())?;
            rows.push(visits(&mut cluster, databases, slots, launcher)?);
            cluster.write_setting(
                setting,
                if launcher == "C" {
                    "supervisor"
                } else {
                    "nothing"
                },
            )?;
        }
    }
    Ok(rows)
}

/// Starts the server, and waits until each database was visited.
fn visits(
    cluster: &mut Cluster,
    databases: usize,
    slots: usize,
    launcher: &str,
) -> Result<Vec<String>> {
    cluster.stop(StopMode::Fast, LIMIT)?;
    let mark = cluster.log_mark();
    // With the start of the server.
    let start = Instant::now();
    cluster.start()?;
    cluster.poll_until("a visit to each database", LIMIT, || {
        let visits = cluster.log_after(mark).matches("has visited").count();
        (visits > databases).then_some(())
    })?;
    let took = start.elapsed().as_secs_f64();
    let workers = cluster.workers();
    let found = workers.iter().find(|worker| worker.title == "tree");
    let pid = found.map_or(0, |worker| worker.pid);
    let before = cpu_ticks(pid);
    std::thread::sleep(Duration::from_secs(10));
    Ok(vec![
        databases.to_string(),
        slots.to_string(),
        launcher.to_owned(),
        format!("{took:.2} s"),
        format!("{:.0}", (databases + 1) as f64 / took),
        format!("{} ms", (cpu_ticks(pid) - before) * 10),
        private_memory(pid),
    ])
}

/// Returns the processor time of a process, in hundredths of a second.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let times = fields.split(' ').skip(11).take(2);
    times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

fn private_memory(pid: u32) -> String {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    format!("{:.1} MB", kilobytes.sum::<u64>() as f64 / 1024.0)
}
