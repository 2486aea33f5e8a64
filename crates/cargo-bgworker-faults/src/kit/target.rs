//! The worker under test.

use pg_scratch::cluster::roles;
use std::path::PathBuf;
use std::time::Duration;

/// A library, and how its workers are started.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name for display.
    pub name: String,
    /// The path of the library.
    pub library: PathBuf,
    /// How its workers are registered.
    pub start: Start,
    /// A setting for the number of workers.
    pub workers_setting: Option<String>,
    /// Settings it needs.
    pub settings: Vec<(String, String)>,
    /// The extension that it uses.
    pub extension: Option<String>,
    /// A statement that creates work that makes it write.
    pub feed: Option<String>,
    /// How long it may take to exit after SIGTERM.
    pub budget: Duration,
    /// Its properties.
    pub traits: TargetTraits,
}

/// How workers are registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The library is preloaded and registers them.
    Preloaded,
    /// The kit registers this exported function of it.
    Function {
        /// The exported name.
        name: String,
        /// Seconds until it restarts.
        restart: u32,
        /// Whether the library is also preloaded, for its settings.
        preload: bool,
    },
}

/// Properties that not every worker has.
#[derive(Clone, Debug, Default)]
pub struct TargetTraits {
    /// It exits with this code after SIGTERM.
    pub exit_code: Option<i32>,
    /// It restarts within some seconds after SIGTERM.
    pub comes_back: bool,
    /// It continues when its statement is canceled.
    pub outlives_cancel: bool,
    /// It uses so little disk space and memory that it rarely meets a limit.
    pub frugal: bool,
    /// A supervisor launches workers, so that with it so many run.
    pub supervised: Option<usize>,
    /// A query that returns true if no aborted transaction left anything behind.
    pub rolled_back: Option<&'static str>,
    /// A setting whose value it shows.
    pub echo: Option<EchoSetting>,
    /// An exported function that only reads, so it can run on a standby.
    pub reads: Option<String>,
    /// A library with a function for each fault that a worker causes itself.
    pub scenarios: bool,
    /// A library whose workers exchange messages.
    pub channels: Option<PathBuf>,
    /// A library with functions of sessions that use its worker.
    pub sessions: Option<PathBuf>,
}

/// A setting whose value the worker shows.
#[derive(Clone, Debug)]
pub struct EchoSetting {
    /// The name of the setting, a number.
    pub setting: &'static str,
    /// The query for the value that the worker with process id `$1` shows, as text.
    pub query: &'static str,
}

impl Target {
    /// Creates a target for the library's own workers, preloaded.
    pub fn preloaded(name: &str, library: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            library: library.into(),
            start: Start::Preloaded,
            workers_setting: None,
            settings: Vec::new(),
            extension: None,
            feed: None,
            budget: Duration::from_secs(5),
            traits: TargetTraits::default(),
        }
    }

    /// Creates a target for an exported function, registered by the kit.
    pub fn function(name: &str, library: impl Into<PathBuf>, function: &str) -> Self {
        let start = Start::Function {
            name: function.to_owned(),
            restart: 1,
            preload: false,
        };
        Self {
            start,
            ..Self::preloaded(name, library)
        }
    }

    /// Returns the statement that creates the database, owned by the library's role so that it can
    /// create schemas there.
    pub(crate) fn create_database_postgres(&self) -> String {
        match roles::of_library(&self.library_name()) {
            Some(role) => format!(
                "create database postgres owner {} template template0",
                roles::quoted(&role)
            ),
            None => "create database postgres template template0".to_owned(),
        }
    }

    /// Returns the library's name for the server: its file name, which other objects may refer to.
    pub(crate) fn library_name(&self) -> String {
        let stem = self.library.file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        stem.strip_prefix("lib").unwrap_or(&stem).to_owned()
    }

    /// Returns whether it restarts soon after SIGTERM.
    pub(crate) fn comes_back(&self) -> bool {
        self.traits.comes_back
    }

    /// Returns whether the number of its workers is configurable.
    pub(crate) fn scales(&self) -> bool {
        self.workers_setting.is_some() || matches!(self.start, Start::Function { .. })
    }
}
