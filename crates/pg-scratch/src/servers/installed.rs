//! Servers that are installed beside the system: which there are, and where they are put.

use nix::unistd::geteuid;
use std::path::PathBuf;

/// The environment variable that names further directories with `<major>/bin/pg_config`.
pub const SERVERS_VARIABLE: &str = "BGWORKER_SERVERS";

/// The majors that can be installed.
pub const MAJORS: &[&str] = &["11", "13", "14", "15", "16", "17", "18", "19"];

/// The one that is fetched when nothing else is there.
pub const EMBEDDED: &str = "18";

/// The directories in `BGWORKER_SERVERS`.
pub(super) fn listed_directories() -> Vec<PathBuf> {
    let list = std::env::var_os(SERVERS_VARIABLE).unwrap_or_default();
    std::env::split_paths(&list)
        .filter(|dir| !dir.as_os_str().is_empty())
        .collect()
}

/// The directory to install into: the first of `BGWORKER_SERVERS`, else [`default_directory`].
pub fn directory() -> PathBuf {
    let listed = listed_directories().into_iter().next();
    let directory = listed.unwrap_or_else(default_directory);
    // patchelf writes absolute paths, so a relative one must be resolved before.
    std::path::absolute(&directory).unwrap_or(directory)
}

/// Without `BGWORKER_SERVERS`: below /var/lib for root (the server's own user must be able to read it,
/// and root's home is closed), else below the user's data directory.
pub fn default_directory() -> PathBuf {
    let base = if geteuid().is_root() {
        PathBuf::from("/var/lib")
    } else {
        let absolute = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|p| p.is_absolute())
        };
        absolute("XDG_DATA_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
            .unwrap_or_else(std::env::temp_dir)
    };
    base.join("cargo-bgworker/servers")
}

/// How to come by a server of this major.
pub(crate) fn how_to_get(major: &str) -> String {
    if MAJORS.contains(&major) {
        return format!("cargo bgworker servers install {major}");
    }
    format!(
        "bring your own: put it at <directory>/{major}/bin/pg_config and name the directory in \
         {SERVERS_VARIABLE}, or set PG_CONFIG"
    )
}
