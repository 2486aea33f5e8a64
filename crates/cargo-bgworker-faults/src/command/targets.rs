//! The workers under test.

use super::args::Args;
use bgworker_cli::build::{Choice, Workspace};
use bgworker_cli::choose::cargo_for;
use bgworker_cli::term;
use cargo_bgworker_faults::{self as faults, EchoSetting, Start, Target, TargetTraits};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// Returns the workers under test on this server, and builds them if necessary.
pub(super) fn on(
    args: &Args,
    server: &Server,
    scratch: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Target>> {
    let builder = Builder { server, scratch };
    let build = |choice| builder.cargo(choice);
    let library = match (&args.library, &args.example, &args.package) {
        (Some(file), _, _) if !file.is_file() => {
            return Err(Error::new(format!(
                "library {} does not exist",
                file.display()
            )));
        }
        (Some(file), _, _) => file.clone(),
        (None, Some(example), _) => build(Workspace::read()?.example(example)?)?,
        (None, None, Some(package)) => build(Workspace::read()?.package(package)?)?,
        (None, None, None) => return own(args, &builder, wanted),
    };
    let name = library.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix("lib").unwrap_or(&name).to_owned();
    let mut target = match &args.function {
        Some(function) => Target::function(&format!("{name}:{function}"), &library, function),
        None => Target::preloaded(&name, &library),
    };
    target.workers_setting.clone_from(&args.workers_setting);
    target.settings.clone_from(&args.settings);
    target.budget = *args.budget;
    target.traits.comes_back = args.comes_back;
    target.extension.clone_from(&args.extension);
    target.feed.clone_from(&args.feed);
    if args.reads {
        target.traits.reads.clone_from(&args.function);
    }
    Ok(if wanted(&target.name) {
        vec![target]
    } else {
        Vec::new()
    })
}

/// Builds for one server. Copies the result, because a build for another server overwrites it.
struct Builder<'a> {
    server: &'a Server,
    scratch: &'a Path,
}

impl Builder<'_> {
    fn say(&self, name: &str) {
        let text = format!("{name} for PostgreSQL {}", self.server.version);
        term::status("Building", text);
    }

    fn cargo(&self, choice: Choice) -> Result<PathBuf> {
        self.say(&choice.name);
        let library = choice.build(self.server, false)?;
        let copy = self.place()?.join(library.file_name().unwrap_or_default());
        std::fs::copy(&library, &copy)
            .map_err(|e| Error::new(format!("{}: {e}", copy.display())))?;
        Ok(copy)
    }

    fn place(&self) -> Result<PathBuf> {
        let place = self.scratch.join(&self.server.version.major);
        std::fs::create_dir_all(&place)
            .map_err(|e| Error::new(format!("{}: {e}", place.display())))?;
        Ok(place)
    }
}

/// In table order: workers to compare are adjacent.
const OWN: [&str; 7] = [
    "worker_spi",
    "c_worker_spi",
    "pgrx_worker_spi",
    "heartbeat",
    "faults",
    "fault_tasks",
    "fault_supervised",
];

/// Reference workers for comparison, which run only if requested.
const REFERENCE_WORKERS: [&str; 2] = ["c_worker_spi", "pgrx_worker_spi"];

/// The workers of this project.
fn own(args: &Args, builder: &Builder<'_>, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Target>> {
    if let Some(unknown) = args
        .worker
        .iter()
        .find(|name| !OWN.contains(&name.as_str()))
    {
        return Err(Error::new(format!("unknown worker {unknown:?}")).help(OWN.join(", ")));
    }
    let asked = |name: &&str| match args.worker.is_empty() {
        true => !REFERENCE_WORKERS.contains(name),
        false => args.worker.iter().any(|worker| worker == name),
    };
    let workspace = Workspace::read()?;
    let example = |name: &str| {
        let choice = workspace.example(name).map_err(|_| {
            Error::new("no worker specified, and this is not a checkout of postgres-bgworker")
                .help("use --library FILE, --example NAME or --package NAME")
        });
        builder.cargo(choice?)
    };
    let traits = TargetTraits {
        exit_code: Some(1),
        comes_back: true,
        ..TargetTraits::default()
    };
    let mut targets = Vec::new();
    for name in OWN.into_iter().filter(asked).filter(|name| wanted(name)) {
        targets.push(match name {
            "faults" => {
                let traits = TargetTraits {
                    channels: Some(example("channels")?),
                    sessions: Some(example("fault_sessions")?),
                    ..traits.clone()
                };
                made_for_it(name, &example(name)?, traits)
            }
            "fault_tasks" => made_for_it(name, &example(name)?, traits.clone()),
            "fault_supervised" => Target {
                traits: TargetTraits {
                    outlives_cancel: true,
                    supervised: Some(4),
                    // Its supervisor exits with 1, and the others with 0.
                    exit_code: None,
                    ..traits.clone()
                },
                ..Target::preloaded(name, example(name)?)
            },
            "heartbeat" => Target {
                traits: TargetTraits {
                    frugal: true,
                    ..traits.clone()
                },
                ..Target::preloaded(name, example(name)?)
            },
            "worker_spi" => Target {
                workers_setting: Some("worker_spi.total_workers".to_owned()),
                settings: [("naptime", "1"), ("role", "worker_spi")]
                    .map(|(name, value)| (format!("worker_spi.{name}"), value.to_owned()))
                    .into(),
                feed: Some("insert into schema1.counted values ('delta', 1)".to_owned()),
                ..counting(name, example(name)?, traits.clone())
            },
            "c_worker_spi" => {
                builder.say(name);
                let source = workspace
                    .workspace_root
                    .join("crates/cargo-bgworker-faults/tests/reference-workers/c_worker_spi.c");
                let library = faults::compile(builder.server, &source, &builder.place()?)?;
                counting(name, library, traits.clone())
            }
            _ => {
                builder.say(name);
                match with_pgrx(builder.server, &workspace) {
                    // It exits with code 0, after which the server does not restart it.
                    Ok(library) => counting(name, library, TargetTraits::default()),
                    // pgrx supports fewer majors, and each of its releases needs a certain Rust
                    // version.
                    Err(error) => {
                        term::warning("skipping pgrx: it does not build on this machine");
                        term::error(&error);
                        continue;
                    }
                }
            }
        });
    }
    Ok(targets)
}

/// A worker that counts: a reference worker, or the example, whose settings differ.
fn counting(name: &str, library: PathBuf, traits: TargetTraits) -> Target {
    Target {
        workers_setting: Some(format!("{name}.workers")),
        settings: vec![(format!("{name}.naptime"), "20".to_owned())],
        feed: Some(format!("insert into {name}_1.counted values ('delta', 1)")),
        traits: TargetTraits {
            frugal: true,
            ..traits
        },
        ..Target::preloaded(name, library)
    }
}

/// Builds crates/cargo-bgworker-faults/tests/reference-workers/pgrx, in a directory per major.
fn with_pgrx(server: &Server, workspace: &Workspace) -> Result<PathBuf> {
    let major = &server.version.major;
    let target = workspace.target_directory.join("twin-pgrx").join(major);
    let status = cargo_for(server)?
        .args(["build", "--locked", "--features", &format!("pg{major}")])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(
            workspace
                .workspace_root
                .join("crates/cargo-bgworker-faults/tests/reference-workers/pgrx"),
        )
        .env("PGRX_PG_CONFIG_PATH", &server.pg_config)
        .status()
        .map_err(|e| Error::new(format!("could not run cargo: {e}")))?;
    if !status.success() {
        return Err(Error::new(format!(
            "could not build the pgrx reference worker ({status})"
        ))
        .help("the compiler's messages are above"));
    }
    let suffix = std::env::consts::DLL_SUFFIX;
    Ok(target
        .join("debug")
        .join(format!("libpgrx_worker_spi{suffix}")))
}

/// A worker for the matrix: tests/fixtures/faults.rs, or the async worker in fault_tasks.rs.
fn made_for_it(name: &str, library: &Path, traits: TargetTraits) -> Target {
    Target {
        start: Start::Function {
            name: "bgworker_main_mixed".to_owned(),
            restart: 1,
            preload: true,
        },
        traits: TargetTraits {
            outlives_cancel: true,
            rolled_back: Some(
                "select not exists (select 1 from pg_class where relname like 'left_behind%')",
            ),
            echo: Some(EchoSetting {
                setting: "faults.echo",
                query: "select value::text from faults_seen where pid = $1",
            }),
            scenarios: true,
            reads: Some("bgworker_main_reads".to_owned()),
            ..traits
        },
        ..Target::function(name, library, "")
    }
}
