//! `cargo bgworker doctor`: shows the tools and the servers that were found, and what is missing.

use bgworker_cli::choose::{self, Why};
use bgworker_cli::term::{BAD, GOOD, paint, table};
use pg_scratch::process::run_limited;
use pg_scratch::servers::{EMBEDDED, Server, discover_all};
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// Shows the tools and the servers that were found, and which server is used
///
/// Exit code: 0 if a worker can be built and run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Everything that was found.
#[derive(Serialize)]
struct Found {
    tools: Vec<Tool>,
    servers: Vec<Row>,
    /// The server that the commands use without an option.
    used: Option<Used>,
    problems: Vec<Problem>,
}

/// A program that a build needs.
#[derive(Serialize)]
struct Tool {
    name: &'static str,
    needed_for: &'static str,
    required: bool,
    version: Option<String>,
}

#[derive(Serialize)]
struct Row {
    major: String,
    version: String,
    headers: bool,
    origin: &'static str,
    pg_config: PathBuf,
    used: bool,
}

#[derive(Serialize)]
struct Used {
    pg_config: PathBuf,
    version: String,
    why: String,
    /// Where cargo gets it from: the environment, or a file. Else cargo build searches by itself.
    set_for_cargo: Option<String>,
    /// The release candidates on `PATH` that are not used.
    skipped: Vec<String>,
}

#[derive(Serialize)]
struct Problem {
    what: String,
    help: String,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let found = look();
    if args.json {
        let mut data = serde_json::to_value(&found)
            .map_err(|error| Error::new(format!("could not write JSON: {error}")))?;
        data["ok"] = found.problems.is_empty().into();
        println!("{data:#}");
    } else {
        print(&found);
    }
    Ok(match found.problems.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn look() -> Found {
    let tools = tools();
    let (servers, errors) = discover_all();
    let used = choose::used();
    let mut problems: Vec<Problem> = tools.iter().filter_map(Tool::problem).collect();
    // An error about PG_CONFIG of the environment is told below, if it is the one that is used.
    let named = matches!(choose::variable(), Ok(Some((_, Why::Environment)))) && used.is_err();
    problems.extend(errors.iter().skip(usize::from(named)).map(|error| Problem {
        what: error.message().to_owned(),
        help: "correct or remove it".to_owned(),
    }));
    match &used {
        Ok(used) if used.server.headers => {}
        Ok(used) => problems.push(Problem {
            what: format!(
                "PG_CONFIG names PostgreSQL {}, without headers",
                used.server.version
            ),
            help: format!(
                "cargo bgworker servers install {}; or: {}",
                used.server.version.major,
                used.why.remedy()
            ),
        }),
        Err(error) => problems.push(Problem {
            what: error.message().to_owned(),
            help: match choose::variable() {
                Ok(Some((_, why))) => why.remedy(),
                Ok(None) => format!("cargo bgworker servers install {EMBEDDED}"),
                Err(_) => "correct the file, which cargo reads, too".to_owned(),
            },
        }),
    }
    let used = used.ok();
    let server = used.as_ref().map(|used| &used.server);
    // Cargo's configuration may name one that the search does not find.
    let is_new = |used: &&Server| !servers.iter().any(|one| one.bindir == used.bindir);
    let all = servers.iter().chain(server.filter(is_new));
    Found {
        tools,
        servers: all.map(|one| Row::new(one, server)).collect(),
        used: used.as_ref().map(Used::new),
        problems,
    }
}

fn tools() -> Vec<Tool> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut tools = vec![
        Tool::ask("rustc", "each build", true, &rustc),
        Tool::ask("cargo", "each build", true, "cargo"),
        Tool::ask(
            "cc",
            "the C part of each build; CC names another one",
            true,
            &compiler,
        ),
    ];
    tools.push(Tool {
        name: "libclang",
        needed_for: "bindings from the headers; without it, the committed ones are verified",
        required: false,
        version: libclang().map(|path| path.display().to_string()),
    });
    tools.push(Tool::ask(
        "python3",
        "servers install 11, 13, 14, 16, 18",
        false,
        "python3",
    ));
    tools.push(Tool::ask("gdb", "run --debug", false, "gdb"));
    tools.push(Tool::ask(
        "dpkg-deb",
        "package --format deb",
        false,
        "dpkg-deb",
    ));
    tools
}

/// Looks for libclang where bindgen does.
fn libclang() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::var_os("LIBCLANG_PATH")
        .into_iter()
        .map(PathBuf::from)
        .collect();
    let mut config = Command::new("llvm-config");
    if let Ok(done) = run_limited(config.arg("--libdir"), LIMIT) {
        places.push(done.stdout.trim().into());
    }
    for place in [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
    ] {
        places.push(place.into());
    }
    let versions = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten();
    let versions = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm"));
    places.extend(versions.map(|entry| entry.path().join("lib")));
    let is_libclang = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let rest = name.strip_prefix("libclang").unwrap_or_default();
        rest.starts_with(['.', '-']) && (rest.contains(".so") || rest.contains(".dylib"))
    };
    places.iter().find_map(|place| {
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(is_libclang)
    })
}

impl Tool {
    fn ask(name: &'static str, needed_for: &'static str, required: bool, program: &str) -> Self {
        let mut words = program.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or(name));
        command.args(words).arg("--version");
        let done = run_limited(&mut command, LIMIT).ok();
        let done = done.filter(|done| done.status.success());
        let line = done.and_then(|done| done.stdout.lines().next().map(str::to_owned));
        Self {
            name,
            needed_for,
            required,
            version: line,
        }
    }

    fn problem(&self) -> Option<Problem> {
        (self.required && self.version.is_none()).then(|| Problem {
            what: format!("{} was not found, or does not work", self.name),
            help: match self.name {
                "cc" => "Debian, Ubuntu: apt-get install gcc; Fedora: dnf install gcc".to_owned(),
                _ => "install Rust: https://rustup.rs".to_owned(),
            },
        })
    }

    fn row(&self) -> Vec<String> {
        let missing = if self.required {
            "MISSING"
        } else {
            "not found"
        };
        vec![
            self.name.to_owned(),
            self.version.clone().unwrap_or_else(|| missing.to_owned()),
            self.needed_for.to_owned(),
        ]
    }
}

impl Row {
    fn new(server: &Server, used: Option<&Server>) -> Self {
        Self {
            major: server.version.major.clone(),
            version: server.version.full.clone(),
            headers: server.headers,
            origin: server.origin.describe(),
            pg_config: server.pg_config.clone(),
            used: used.is_some_and(|used| used.bindir == server.bindir),
        }
    }

    fn cells(&self) -> Vec<String> {
        let word = |yes: bool, word: &str| if yes { word.to_owned() } else { String::new() };
        vec![
            word(self.used, "->"),
            self.version.clone(),
            if self.headers { "yes" } else { "no" }.to_owned(),
            self.origin.to_owned(),
            self.pg_config.display().to_string(),
        ]
    }
}

impl Used {
    fn new(used: &choose::Used) -> Self {
        let server = &used.server;
        let (why, set_for_cargo) = match &used.why {
            Why::Environment => (
                "PG_CONFIG is set".to_owned(),
                Some("the environment".to_owned()),
            ),
            Why::Cargo(file) => (
                "PG_CONFIG is set in the table [env] of cargo's configuration".to_owned(),
                Some(file.display().to_string()),
            ),
            Why::Found(_) => (
                format!(
                    "the first server with headers: {}; release candidates come last",
                    server.origin.describe()
                ),
                None,
            ),
        };
        let skipped = match &used.why {
            Why::Found(candidates) => candidates.as_slice(),
            _ => &[],
        };
        Self {
            pg_config: server.pg_config.clone(),
            version: server.version.full.clone(),
            why,
            set_for_cargo,
            skipped: skipped
                .iter()
                .map(|candidate| choose::skipped(candidate, server))
                .collect(),
        }
    }
}

fn print(found: &Found) {
    let rows: Vec<_> = found.tools.iter().map(Tool::row).collect();
    anstream::println!("{}\n", table(&["tool", "found", "needed for"], &rows));
    let rows: Vec<_> = found.servers.iter().map(Row::cells).collect();
    let head = ["", "PostgreSQL", "headers", "origin", "pg_config"];
    anstream::println!("{}\n", table(&head, &rows));
    if let Some(used) = &found.used {
        anstream::println!("the commands use PostgreSQL {}: {}", used.version, used.why);
        for line in &used.skipped {
            anstream::println!("{line}");
        }
        anstream::println!("{}", for_cargo(used));
    }
    for problem in &found.problems {
        anstream::println!(
            "{}: {}\n  = help: {}",
            paint(BAD, "problem"),
            problem.what,
            problem.help
        );
    }
    if found.problems.is_empty() {
        anstream::println!("{}: a worker can be built and run", paint(GOOD, "ok"));
    }
}

fn for_cargo(used: &Used) -> String {
    match &used.set_for_cargo {
        Some(place) => format!(
            "cargo build, check, clippy and rust-analyzer use it, too, because of {place}"
        ),
        None => "cargo build, check, clippy and rust-analyzer search for a server by themselves, in nearly the same order\n  \
             = help: to fix it, put what `cargo bgworker env --cargo` prints into .cargo/config.toml"
            .to_owned(),
    }
}
