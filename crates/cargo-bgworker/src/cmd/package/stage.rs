//! The files of a package in a directory, for the programs that make packages.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Writes a file with modes that do not depend on the umask.
pub(super) fn put(
    root: &Path,
    below: &str,
    name: &str,
    content: &[u8],
    mode: u32,
) -> std::io::Result<()> {
    let directory = root.join(below);
    std::fs::create_dir_all(&directory)?;
    let inside = |above: &&Path| above.starts_with(root);
    for above in directory.ancestors().take_while(inside) {
        std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755))?;
    }
    let path = directory.join(name);
    std::fs::write(&path, content)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
}

/// Sets the time of a directory and of everything in it.
pub(super) fn set_times(path: &Path, seconds: u64) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            set_times(&entry?.path(), seconds)?;
        }
    }
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    std::fs::File::open(path)?.set_modified(time)
}
