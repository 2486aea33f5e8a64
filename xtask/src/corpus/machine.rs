//! A server that runs with the libraries of a suite, as on a machine of that suite.

use super::unpack::directories;
use pg_abi::binary::Binary;
use pg_abi::inspect::read_server;
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where the packages of a suite are unpacked.
pub(super) const LIBRARIES: &str = "libraries";
/// Where its C library is, which a server with one of its own must not find.
pub(super) const C_LIBRARY: &str = "c-library";

/// A server, and the directories of its libraries.
pub(super) struct Machine {
    /// A copy of the server, in whose directory the modules of all packages are.
    server: Server,
    pub(super) program: Binary,
    pub(super) directories: Vec<PathBuf>,
    /// The loader of the suite, if the server does not have a C library of its own.
    under: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Machine {
    /// Makes the copy in `root`, with links to `modules`. `suite` has the unpacked packages.
    pub(super) fn new(
        server: &Server,
        root: &Path,
        modules: &[PathBuf],
        suite: Option<&Path>,
    ) -> Result<Self> {
        let server = copy(server, root, modules)?;
        let program = read_server(server.program("postgres"))?;
        let mut machine = Self {
            directories: Vec::new(),
            server,
            program,
            under: Vec::new(),
            environment: Vec::new(),
        };
        if let Some(suite) = suite {
            machine.find_libraries(suite)?;
            machine.find_languages(&suite.join(LIBRARIES));
        }
        Ok(machine)
    }

    pub(super) fn version(&self) -> &str {
        &self.server.version.full
    }

    /// Returns a builder of a scratch server.
    pub(super) fn builder(&self) -> ClusterBuilder {
        let mut builder = Cluster::builder(&self.server);
        builder = builder.under(self.under.iter().map(String::as_str));
        for (name, value) in &self.environment {
            builder = builder.environment(name, value);
        }
        builder
    }

    /// A C library and a loader belong together. So a server with its own ones gets only a path.
    fn find_libraries(&mut self, suite: &Path) -> Result<()> {
        self.directories = directories(&suite.join(LIBRARIES));
        // Packages name it as a directory of the system.
        self.directories.push(self.server.places()?.libraries);
        let mut own = self.program.search.iter();
        let has_own = own.any(|place| Path::new(place).join("libc.so.6").exists());
        let c_library = directories(&suite.join(C_LIBRARY));
        let loaders = c_library
            .iter()
            .map(|place| place.join("ld-linux-x86-64.so.2"));
        let loader = loaders.clone().find(|path| path.exists() && !has_own);
        if loader.is_some() {
            self.directories.splice(0..0, c_library.iter().cloned());
        }
        let path = std::env::join_paths(&self.directories)
            .map_err(|e| Error::new(format!("{}: {e}", suite.display())))?;
        match loader {
            Some(loader) => {
                let words = [loader.display().to_string(), "--library-path".to_owned()];
                self.under = words.to_vec();
                self.under.push(path.to_string_lossy().into_owned());
            }
            None => self.environment.push(("LD_LIBRARY_PATH", path.into())),
        }
        Ok(())
    }

    /// Interpreters look for their own libraries in the directories of the system.
    fn find_languages(&mut self, root: &Path) {
        let below = |path: &str, prefix: &str| {
            let entries = std::fs::read_dir(root.join(path)).into_iter().flatten();
            let mut paths = entries.flatten().map(|entry| entry.path());
            paths.find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(prefix)
            })
        };
        if below("usr/lib", "python3.").is_some() {
            self.environment.push(("PYTHONHOME", root.join("usr")));
        }
        let perl = [
            below("usr/share/perl", "5"),
            below("usr/lib/x86_64-linux-gnu/perl", "5"),
            below("usr/lib/x86_64-linux-gnu", "perl-base"),
        ];
        if let Ok(perl) = std::env::join_paths(perl.into_iter().flatten()) {
            self.environment.push(("PERL5LIB", perl.into()));
        }
        if let Some(tcl) = below("usr/share/tcltk", "tcl8") {
            self.environment.push(("TCL_LIBRARY", tcl));
        }
    }
}

/// Copies the programs, because a server finds its directories relative to them, and links all
/// other files. A module of the server is not replaced: initdb needs it.
fn copy(server: &Server, root: &Path, modules: &[PathBuf]) -> Result<Server> {
    let fail = |e: std::io::Error| Error::io(root.display(), &e);
    if root.exists() {
        std::fs::remove_dir_all(root).map_err(fail)?;
    }
    let places = server.places()?;
    let share = places.extensions.parent().unwrap_or(Path::new("/"));
    let home = server.bindir.parent().unwrap_or(Path::new("/"));
    let mut common = home.ancestors();
    let common = common.find(|path| share.starts_with(path));
    let common = common.unwrap_or(Path::new("/")).to_owned();
    // A program may have libraries beside the directory of its server.
    let target = |path: &Path| {
        root.join("in")
            .join(path.strip_prefix(&common).unwrap_or(path))
    };
    for (from, how) in [
        (&*server.bindir, "--recursive"),
        (&home.join("lib"), "--symbolic-link"),
        (share, "--symbolic-link"),
    ] {
        let to = target(from);
        std::fs::create_dir_all(&to).map_err(fail)?;
        let mut command = Command::new("cp");
        command
            .args(["--recursive", how])
            .arg(from.join("."))
            .arg(to);
        run_checked(&mut command, "cp", Duration::from_secs(60))?;
    }
    link_private_libraries(server, &target(&server.bindir)).map_err(fail)?;
    let copy = Server::from_pg_config(target(&server.bindir).join("pg_config"))?;
    let directory = copy.places()?.libraries;
    for module in modules {
        let link = directory.join(module.file_name().unwrap_or_default());
        if !link.exists() {
            symlink(module, link).map_err(fail)?;
        }
    }
    Ok(copy)
}

/// Links the directories that programs name relative to their own, as `$ORIGIN/../../x.libs`.
fn link_private_libraries(server: &Server, bin: &Path) -> std::io::Result<()> {
    for program in ["postgres", "initdb"] {
        let program = Binary::read(server.program(program)).ok();
        for place in program.into_iter().flat_map(|program| program.search) {
            let Some(place) = place.strip_prefix("$ORIGIN/") else {
                continue;
            };
            let (from, to) = (server.bindir.join(place), bin.join(place));
            if from.is_dir() && !to.exists() {
                symlink(from.canonicalize()?, to)?;
            }
        }
    }
    Ok(())
}
