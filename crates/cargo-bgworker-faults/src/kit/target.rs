//! The worker that faults are done to.

use pg_scratch::cluster::roles;
use std::path::PathBuf;
use std::time::Duration;

/// A library and how its workers come to life.
#[derive(Clone, Debug)]
pub struct Target {
    /// For people.
    pub name: String,
    /// Its file.
    pub library: PathBuf,
    /// How its workers come to life.
    pub start: Start,
    /// A setting that says how many of them there are.
    pub workers_setting: Option<String>,
    /// Settings it needs.
    pub settings: Vec<(String, String)>,
    /// The extension that it works with.
    pub extension: Option<String>,
    /// A statement that gives it something to write.
    pub feed: Option<String>,
    /// How long it may take to leave.
    pub budget: Duration,
    /// What is known of it.
    pub traits: TargetTraits,
}

/// How workers come to life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The library is preloaded and registers them.
    Preloaded,
    /// The kit registers this exported function of it.
    Function {
        /// The exported name.
        name: String,
        /// Seconds until it is started again.
        restart: u32,
        /// Whether the library is preloaded too, for its settings.
        preload: bool,
    },
}

/// What is known of a worker beyond what every worker has.
#[derive(Clone, Debug, Default)]
pub struct TargetTraits {
    /// It leaves with this exit code when it is told to.
    pub exit_code: Option<i32>,
    /// It is started again after it was told to leave, within some seconds.
    pub comes_back: bool,
    /// It goes on when a statement of it is cancelled.
    pub outlives_cancel: bool,
    /// It takes so little, of the disk and of memory, that it hardly ever meets a limit.
    pub frugal: bool,
    /// This query is true where no transaction that was ended left anything behind.
    pub rolled_back: Option<&'static str>,
    /// It shows the value of a setting.
    pub echo: Option<EchoSetting>,
    /// An exported function that only reads, so that it can work on a standby.
    pub reads: Option<String>,
    /// A library with a function for each of the faults that a worker does to itself.
    pub scenarios: bool,
    /// A library whose workers exchange messages.
    pub channels: Option<PathBuf>,
}

/// A setting whose value the worker shows.
#[derive(Clone, Debug)]
pub struct EchoSetting {
    /// The setting, a number.
    pub setting: &'static str,
    /// The query for the value that the worker with process id `$1` shows, as text.
    pub query: &'static str,
}

impl Target {
    /// The library's workers, preloaded.
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

    /// An exported function of the library, registered by the kit.
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

    /// With the role of the library as its owner, so that it can create schemas there again.
    pub(crate) fn create_database_postgres(&self) -> String {
        match roles::of_library(&self.library_name()) {
            Some(role) => format!(
                "create database postgres owner {} template template0",
                roles::quoted(&role)
            ),
            None => "create database postgres template template0".to_owned(),
        }
    }

    /// The name under which the server finds the library: the file's, as others may refer to it.
    pub(crate) fn library_name(&self) -> String {
        let stem = self.library.file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        stem.strip_prefix("lib").unwrap_or(&stem).to_owned()
    }

    /// Whether it is started again soon after it was told to leave.
    pub(crate) fn comes_back(&self) -> bool {
        self.traits.comes_back
    }

    /// Whether the number of its workers can be chosen.
    pub(crate) fn scales(&self) -> bool {
        self.workers_setting.is_some() || matches!(self.start, Start::Function { .. })
    }
}
