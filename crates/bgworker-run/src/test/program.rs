//! The process of a test program: where it finds libraries, and how its output is read.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The variable with the search path for libraries.
pub(super) const LIBRARY_PATH: &str = if cfg!(target_os = "macos") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// Returns the search path for libraries, with the compiler's libraries first.
pub(super) fn compiler_libraries() -> Option<&'static OsStr> {
    static PATH: OnceLock<Option<OsString>> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc)
            .arg("--print=target-libdir")
            .output()
            .ok()?;
        let compiler = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        let given = std::env::var_os(LIBRARY_PATH).unwrap_or_default();
        let others = std::env::split_paths(&given).filter(|path| !path.as_os_str().is_empty());
        std::env::join_paths(std::iter::once(compiler).chain(others)).ok()
    });
    path.as_deref()
}

/// Returns a command whose shell joins both outputs, so that the summaries stay in order with the
/// names of the programs.
pub(super) fn joined(program: &Command) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(directory) = program.get_current_dir() {
        command.current_dir(directory);
    }
    command
}
