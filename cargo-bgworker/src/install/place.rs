//! Where servers are installed.

use nix::unistd::geteuid;
use std::path::PathBuf;

/// The directory to install into: the first of `BGWORKER_SERVERS`, else [`default_directory`].
pub fn directory() -> PathBuf {
    let listed = crate::servers::listed_directories().into_iter().next();
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
