//! The builder of scratch servers.

use super::config::{self, CONFIG};
use super::failure::StartFailure;
use super::library::copy_library;
use super::place::Place;
use super::running::{Cluster, Launch};
use super::{mirror, roles, standby, template};
use crate::error::{Error, Result};
use crate::extension::Extension;
use crate::process::Identity;
use crate::scratch;
use crate::servers::Server;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A builder of a scratch server. See [`Cluster::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClusterBuilder {
    server: Server,
    libraries: Vec<(String, PathBuf)>,
    preload: Vec<String>,
    roles: Vec<String>,
    settings: Vec<(String, String)>,
    arguments: Vec<String>,
    environment: Vec<(String, PathBuf)>,
    under: Vec<String>,
    /// The socket directory of the primary, for a standby.
    primary: Option<PathBuf>,
    extensions: Vec<Extension>,
    /// The directory that is used again.
    kept: Option<PathBuf>,
    keep: bool,
    limit: Duration,
}

impl Cluster {
    /// Returns a builder of a scratch server of this installation.
    pub fn builder(server: &Server) -> ClusterBuilder {
        ClusterBuilder::new(server)
    }

    /// Runs `initdb` for the first scratch server of this process, which otherwise waits for it.
    ///
    /// # Errors
    ///
    /// `initdb` fails. The start of a server tries again, with the same error.
    pub fn prepare(server: &Server) -> Result<()> {
        template::template(server).map(drop)
    }

    /// Returns a builder of a standby that streams from this server. It does not inherit libraries
    /// and settings, and its `max_worker_processes` must not be lower than this server's.
    pub fn standby(&self) -> ClusterBuilder {
        ClusterBuilder::new(self.server()).primary(self.socket_dir())
    }
}

impl ClusterBuilder {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            server: server.clone(),
            libraries: Vec::new(),
            preload: Vec::new(),
            roles: Vec::new(),
            settings: Vec::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
            under: Vec::new(),
            primary: None,
            extensions: Vec::new(),
            kept: None,
            keep: false,
            limit: Duration::from_secs(60),
        }
    }

    /// Copies the library to where the server finds it as `name`, and preloads it.
    pub fn preload(mut self, name: &str, library: impl AsRef<Path>) -> Self {
        self.preload.push(name.to_owned());
        self.library(name, library)
    }

    /// Preloads a library that is installed with the server.
    pub fn preload_installed(mut self, name: &str) -> Self {
        self.preload.push(name.to_owned());
        self
    }

    /// Copies the library to where the server finds it as `name`, without preloading it.
    pub fn library(mut self, name: &str, library: impl AsRef<Path>) -> Self {
        self.libraries
            .push((name.to_owned(), library.as_ref().to_owned()));
        self
    }

    /// Makes the extension available to `CREATE EXTENSION`, without installing it into the server.
    /// Its library is found as [`library`](Self::library) or [`preload`](Self::preload) name it,
    /// with and without `$libdir/`.
    pub fn extension(mut self, extension: &Extension) -> Self {
        self.extensions.push(extension.clone());
        self
    }

    /// Creates a role that may log in, and may create schemas in the database `postgres`. The role
    /// exists before the server starts, so before any worker connects. A standby has the roles of
    /// its primary.
    pub fn role(mut self, name: &str) -> Self {
        self.roles.push(name.to_owned());
        self
    }

    /// Creates the role that the workers of this library connect as, like [`role`](Self::role). Its
    /// name is the library's name, with `_` for `-`. No role is created if PostgreSQL reserves the
    /// name, as that of `pg_cron`.
    pub fn role_of_library(self, library: &str) -> Self {
        match roles::of_library(library) {
            Some(role) => self.role(&role),
            None => self,
        }
    }

    /// Sets a configuration parameter. The last value of a parameter wins.
    pub fn setting(mut self, guc: &str, value: &str) -> Self {
        self.settings.push((guc.to_owned(), value.to_owned()));
        self
    }

    /// Adds an argument to the server's command line, for example `-b`.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Adds a variable to the server's environment, which contains only `PATH` and `LC_ALL` by
    /// default.
    pub fn environment(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs the server under this program, for example `valgrind`. The words precede the server's
    /// command line.
    pub fn under<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.under = words.into_iter().map(Into::into).collect();
        self
    }

    /// Makes the server a standby of the server whose Unix socket is in this directory.
    pub(super) fn primary(mut self, sockets: &Path) -> Self {
        self.primary = Some(sockets.to_owned());
        self
    }

    /// Keeps the directory for inspection. The server is stopped nevertheless.
    pub fn keep(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    /// Uses this directory, and keeps it. If it has data of an earlier server, the new one
    /// continues with that data. The socket stays at the same path. If no server has ever started
    /// with the data, they are made again. One server uses the directory at a time.
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.kept = Some(directory.as_ref().to_owned());
        self
    }

    /// Sets the time limit for the server to accept connections. The default is 60 s.
    pub fn start_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts the server and waits until it accepts connections.
    pub fn start(self) -> Result<Cluster> {
        self.try_start().map_err(Error::from)
    }

    /// Like [`start`](Self::start), for servers that must fail to start. The error contains the
    /// whole log.
    pub fn try_start(self) -> Result<Cluster, StartFailure> {
        let place = match &self.kept {
            Some(directory) => Place::kept(directory)?,
            None => Place::new(self.keep)?,
        };
        let libraries = place.below("lib")?;
        let sockets = place.below("s")?;
        let data = place.path().join("data");
        let again = place.has_data(&self.server)?;
        let text = self.configuration(&place, &libraries, &sockets)?;
        if again {
            standby::check(&self.server, self.primary.as_deref(), &data)?;
            // Roles are created with this configuration, and not with the last one, which may have
            // a mistake.
            write_configuration(&data, &text, false)?;
        }
        match &self.primary {
            Some(_) if again => {}
            Some(primary) => standby::data_directory(&self.server, primary, &data)?,
            None if again => roles::create(&self.server, &data, &self.roles, true)?,
            None => {
                template::data_directory(&self.server, &data)?;
                roles::create(&self.server, &data, &self.roles, false)?;
            }
        }
        for (name, path) in &self.libraries {
            copy_library(&self.server, &libraries, name, path)?;
        }
        let program = self.place_extensions(&place, &libraries)?;
        if !again {
            write_configuration(&data, &text, true)?;
            standby::let_in(&self.server, &data)
                .map_err(|e| Error::io(data.join("pg_hba.conf").display(), &e))?;
        }
        let cluster = Cluster::launch(Launch {
            server: self.server,
            place,
            program,
            arguments: self.arguments,
            environment: self.environment,
            under: self.under,
            limit: self.limit,
        })?;
        cluster.place.complete()?;
        Ok(cluster)
    }

    /// Returns the server program to run.
    fn place_extensions(&self, place: &Place, libraries: &Path) -> Result<PathBuf> {
        if self.extensions.is_empty() {
            return Ok(self.server.program("postgres"));
        }
        if mirror::has_setting(&self.server) {
            let directory = place.path().join("share/extension");
            for extension in &self.extensions {
                mirror::copy(extension, &directory)?;
            }
            return Ok(self.server.program("postgres"));
        }
        let root = place.path().join("server");
        mirror::make(&self.server, &root, &self.extensions, libraries)
    }

    fn configuration(&self, place: &Place, libraries: &Path, sockets: &Path) -> Result<String> {
        let preload: Vec<_> = self
            .preload
            .iter()
            .map(|name| config::list_item(name))
            .collect();
        let libraries = format!("{}:$libdir", libraries.display());
        let ours = [
            ("listen_addresses", ""),
            ("unix_socket_directories", &sockets.display().to_string()),
            ("port", "5432"),
            ("dynamic_library_path", &libraries),
            ("shared_preload_libraries", &preload.join(", ")),
            ("log_line_prefix", "%m [%p] "),
            ("log_timezone", "UTC"),
            ("max_connections", "40"),
            ("shared_buffers", "16MB"),
            // The data need not survive a crash of the machine.
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
        ];
        let standby = match &self.primary {
            Some(primary) => standby::settings(&self.server, primary),
            None => standby::settings_of_primary(&self.server),
        };
        let share = place.path().join("share");
        let extensions = !self.extensions.is_empty() && mirror::has_setting(&self.server);
        let extensions = extensions.then(|| format!("{}:$system", share.display()));
        let extensions = extensions
            .iter()
            .map(|path| ("extension_control_path", path.as_str()));
        let theirs = self
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let standby = standby.iter().map(|(name, value)| (*name, value.as_str()));
        ours.into_iter()
            .chain(standby)
            .chain(extensions)
            .chain(theirs)
            .map(|(name, value)| config::line(name, value))
            .collect()
    }
}

/// Returns the setting that closes the port that IvorySQL opens besides that of PostgreSQL: two
/// servers could not run at the same time. Settings of the caller follow it.
fn without_port_of_fork(data: &Path) -> &'static str {
    match data.join("ivorysql.conf").is_file() {
        true => "ivorysql.listen_addresses = ''\n",
        false => "",
    }
}

/// Writes the file, and includes it if the data directory is `new`.
fn write_configuration(data: &Path, text: &str, new: bool) -> Result<()> {
    let text = format!("{}{text}", without_port_of_fork(data));
    let write = || {
        std::fs::write(data.join(CONFIG), &text)?;
        scratch::own(&data.join(CONFIG), Identity::unprivileged())?;
        if !new {
            return Ok(());
        }
        let main = data.join("postgresql.conf");
        let mut file = std::fs::OpenOptions::new().append(true).open(main)?;
        writeln!(file, "include '{CONFIG}'")
    };
    write().map_err(|e| Error::io(data.join(CONFIG).display(), &e))
}

#[cfg(test)]
mod tests {
    use super::{CONFIG, write_configuration};

    #[test]
    fn port_of_a_fork_is_closed_in_its_servers_only() {
        let data = tempfile::tempdir().unwrap();
        let written = || {
            std::fs::write(data.path().join("postgresql.conf"), "").unwrap();
            write_configuration(data.path(), "work_mem = '4MB'\n", true).unwrap();
            std::fs::read_to_string(data.path().join(CONFIG)).unwrap()
        };
        assert_eq!(written(), "work_mem = '4MB'\n");
        std::fs::write(data.path().join("ivorysql.conf"), "").unwrap();
        let expected = "ivorysql.listen_addresses = ''\nwork_mem = '4MB'\n";
        assert_eq!(written(), expected);
    }
}
