//! The kit's own library in the server under test, and C libraries in general.

use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The library name for the server.
pub(crate) const NAME: &str = "faults_host";

/// The title of the workers that occupy slots.
pub(crate) const GUEST: &str = "faults guest";

/// Returns whether the server has dynamic workers, and slots for all workers that a setting limits.
pub(crate) fn has_dynamic_workers(server: &Server) -> bool {
    server.version.num >= 90_400
}

/// The library, compiled for one server.
#[derive(Debug)]
pub struct Host {
    library: PathBuf,
    clock: PathBuf,
    disk: PathBuf,
}

impl Host {
    /// Compiles it in `directory`.
    pub fn compile(server: &Server, directory: &Path) -> Result<Self> {
        let built = |name: &str, text: &str| {
            let source = directory.join(name);
            std::fs::write(&source, text).map_err(|e| Error::io(source.display(), &e))?;
            compile(server, &source, directory)
        };
        Ok(Self {
            library: built("faults_host.c", include_str!("host.c"))?,
            clock: built("faults_clock.c", include_str!("clock.c"))?,
            disk: built("faults_disk.c", include_str!("disk.c"))?,
        })
    }

    /// Returns a library that replaces a server's clock, with `LD_PRELOAD`.
    pub(crate) fn clock(&self) -> &Path {
        &self.clock
    }

    /// Returns a library that replaces a server's disk, with `LD_PRELOAD`.
    pub(crate) fn disk(&self) -> &Path {
        &self.disk
    }

    pub(crate) fn library(&self) -> &Path {
        &self.library
    }
}

/// Compiles one C file into a library for `server`, in `directory`. `CC` selects another compiler.
pub fn compile(server: &Server, source: &Path, directory: &Path) -> Result<PathBuf> {
    let name = source.file_stem().unwrap_or_default().to_string_lossy();
    let library = directory.join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
    let program = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
    let mut command = Command::new(program.as_deref().unwrap_or("cc"));
    command
        .env("LC_ALL", "C")
        .args(["-std=gnu11", "-O1", "-g", "-fPIC", "-Wall", "-shared"])
        .arg("-I")
        .arg(&server.includedir_server);
    let flags = server.cppflags()?;
    let wanted = |flag: &&str| ["-D", "-U", "-I"].iter().any(|kind| flag.starts_with(kind));
    command.args(flags.split_whitespace().filter(wanted));
    if cfg!(target_os = "macos") {
        command.args(["-undefined", "dynamic_lookup"]);
    }
    command.arg("-o").arg(&library).arg(source);
    run_checked(&mut command, &format!("compiling {name}.c"), Duration::from_secs(120))
        .map_err(|error| error.help("install the server's headers and a C compiler (Debian: apt install gcc), or set CC to one"))?;
    Ok(library)
}
