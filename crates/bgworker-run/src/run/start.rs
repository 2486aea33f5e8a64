//! Starts the server of a run, and prepares its database.

use super::args::Args;
use super::watch::Change;
use super::{debug, session};
use crate::module;
use bgworker_cli::build::{Choice, Package};
use bgworker_cli::term::{self, Progress};
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// What the user has asked for.
pub(super) struct Plan<'a> {
    pub(super) args: &'a Args,
    choice: &'a Choice,
    /// The roles that the package names.
    roles: &'a [String],
    server: &'a Server,
    pub(super) extension: Option<Extension>,
    /// The directory that is kept.
    pub(super) kept: Option<PathBuf>,
}

impl<'a> Plan<'a> {
    /// Finds all files, before anything is built.
    pub(super) fn new(
        args: &'a Args,
        choice: &'a Choice,
        package: &'a Package,
        server: &'a Server,
    ) -> Result<Self> {
        let extension = match &args.extension {
            None => None,
            Some(None) => Some(
                module::extension(choice, package)?
                    .ok_or_else(|| Extension::missing(package.directory(), &choice.name))?,
            ),
            Some(Some(control)) => Some(Extension::of_control_file(control)?),
        };
        if let Some(extension) = &extension {
            module::check_extension(extension, &choice.name, server)?;
        }
        if let Some(file) = args.sql.iter().find(|file| !file.is_file()) {
            return Err(Error::new(format!("{} does not exist", file.display())));
        }
        let kept = match (&args.data, args.keep) {
            (Some(directory), _) => Some(directory.clone()),
            (None, true) => Some(session::kept_directory(&choice.name, &server.version.major)),
            (None, false) => None,
        };
        Ok(Self {
            args,
            choice,
            roles: package.roles(),
            server,
            extension,
            kept,
        })
    }

    /// Compares the scripts of the extension with the library.
    pub(super) fn check(&self, library: &Path) -> Result<()> {
        match &self.extension {
            Some(extension) => module::check_scripts(library, extension, self.server),
            None => Ok(()),
        }
    }

    /// Starts the server with this library.
    pub(super) fn start(&self, library: &Path, progress: &Progress) -> Result<Cluster> {
        let builder = self.builder(library);
        let spinner = progress.spinner("server");
        spinner.step(&format!("starting PostgreSQL {}", self.server.version));
        builder.start()
    }

    /// Returns the control file of the extension.
    pub(super) fn control(&self) -> Option<&Path> {
        let extension = self.extension.as_ref();
        extension.map(|extension| extension.control.as_path())
    }

    /// Reads the files of the extension again.
    pub(super) fn read_extension(&self) -> Result<Option<Extension>> {
        self.control().map(Extension::of_control_file).transpose()
    }

    /// Starts a stopped server with other files.
    pub(super) fn restart(
        &self,
        cluster: &mut Cluster,
        change: &Change,
        extension: Option<&Extension>,
    ) -> Result<()> {
        if let Some(library) = &change.library {
            cluster.replace_library(&self.choice.name, library)?;
        }
        if let Some(extension) = extension {
            cluster.replace_extension(extension)?;
        }
        cluster.start()
    }

    /// Returns what a new server needs.
    pub(super) fn everything(&self) -> Change {
        Change {
            database: true,
            scripts: self.args.sql.clone(),
            ..Change::default()
        }
    }

    /// Prepares the database. The extension is created or updated. It is created again if one of
    /// its files has changed, and then all scripts run again, because they may have used it. Data
    /// that the user keeps are only updated. What is done is removed from `change`. Returns whether
    /// the extension has functions of the library.
    pub(super) fn prepare(
        &self,
        cluster: &Cluster,
        change: &mut Change,
        extension: Option<&Extension>,
    ) -> Result<bool> {
        let args = self.args;
        if change.database {
            self.warn_of_settings(cluster)?;
            if args.extension.is_some() || args.connect || !args.sql.is_empty() {
                session::create_database(cluster, &args.database)?;
            }
            change.database = false;
        }
        let mut has_functions = false;
        if let Some(extension) = extension {
            match (change.extension, &self.kept) {
                (true, None) => {
                    session::drop_extension(cluster, &args.database, extension)?;
                    change.scripts.clone_from(&args.sql);
                }
                (true, Some(_)) => term::warning(format!(
                    "the data are kept, so extension {} is only updated\n  \
                     = help: to run the script of the same version again, drop the extension",
                    extension.name
                )),
                (false, _) => {}
            }
            has_functions = self.create_extension(cluster, extension)?;
            change.extension = false;
        }
        while let Some(file) = change.scripts.first() {
            session::run_script(cluster, &args.database, file)?;
            change.scripts.remove(0);
        }
        Ok(has_functions)
    }

    /// Creates or updates the extension. Returns whether it has functions of the library.
    fn create_extension(&self, cluster: &Cluster, extension: &Extension) -> Result<bool> {
        let database = &self.args.database;
        session::create_extension(cluster, database, extension)?;
        session::has_functions(cluster, database, extension, &self.choice.name)
    }

    fn builder(&self, library: &Path) -> ClusterBuilder {
        // Debugging lines report when workers start, and when they exit with 0. The follower hides
        // the others.
        let mut builder = Cluster::builder(self.server)
            .role_of_library(&self.choice.name)
            .setting("log_min_messages", "debug1");
        for role in self.roles {
            builder = builder.role(role);
        }
        for other in &self.args.preload {
            builder = match Path::new(other).file_stem().and_then(|stem| stem.to_str()) {
                Some(stem) if other.contains('/') => builder.preload(stem, other),
                _ => builder.preload_installed(other),
            };
        }
        builder = builder.preload(&self.choice.name, library);
        if let Some(extension) = &self.extension {
            builder = builder.extension(extension);
        }
        if let Some(directory) = &self.kept {
            builder = builder.directory(directory);
        }
        if self.args.debug {
            builder = builder.setting("post_auth_delay", debug::DELAY);
        }
        let settings = self.args.settings.iter();
        settings.fold(builder, |builder, (name, value)| {
            builder.setting(name, value)
        })
    }

    fn warn_of_settings(&self, cluster: &Cluster) -> Result<()> {
        let settings = self.args.settings.iter();
        let names: Vec<&str> = settings.map(|(name, _)| name.as_str()).collect();
        if names.iter().any(|name| name.contains('.')) {
            for (name, help) in session::undefined(cluster, &self.choice.name, &names)? {
                term::warning(format!(
                    "{name} has no effect, because no library has defined it\n  = help: {help}"
                ));
            }
        }
        Ok(())
    }
}
