//! Servers that are installed outside of the system directories: their majors and directories.

use nix::unistd::geteuid;
use std::path::PathBuf;

/// The environment variable that lists additional directories with `<major>/bin/pg_config`.
pub const SERVERS_VARIABLE: &str = "BGWORKER_SERVERS";

/// The majors that can be installed.
pub const MAJORS: &[&str] = &["11", "13", "14", "15", "16", "17", "18", "19"];

/// The major that is installed when no server exists.
pub const EMBEDDED: &str = "18";

/// The directory that root installs into.
pub(super) const FOR_ALL: &str = "/var/lib/cargo-bgworker/servers";

/// Returns the directories in `BGWORKER_SERVERS`.
pub(super) fn listed_directories() -> Vec<PathBuf> {
    let list = std::env::var_os(SERVERS_VARIABLE).unwrap_or_default();
    std::env::split_paths(&list)
        .filter(|dir| !dir.as_os_str().is_empty())
        .collect()
}

/// Returns the directory to install into: the first one in `BGWORKER_SERVERS`, else
/// [`default_directory`].
pub fn directory() -> PathBuf {
    let listed = listed_directories().into_iter().next();
    let directory = listed.unwrap_or_else(default_directory);
    // patchelf writes absolute paths, so a relative path must be resolved first.
    std::path::absolute(&directory).unwrap_or(directory)
}

/// Returns the directory to install into without `BGWORKER_SERVERS`: below `/var/lib` for root (the
/// server's user cannot read root's home directory), else below the user's data directory.
pub fn default_directory() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from(FOR_ALL);
    }
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let base = absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(std::env::temp_dir);
    base.join("cargo-bgworker/servers")
}

/// Returns a hint on how to obtain a server of this major.
pub(crate) fn how_to_get(major: &str) -> String {
    if MAJORS.contains(&major) {
        return format!("cargo bgworker servers install {major}");
    }
    format!(
        "this major is not packaged: install it at <directory>/{major}/bin/pg_config and add the directory to \
         {SERVERS_VARIABLE}, or set PG_CONFIG"
    )
}
