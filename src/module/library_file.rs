//! The file from which this code was loaded, and the accounts that can change it.

use std::ffi::{CStr, OsStr, c_void};
use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Write permission of the group and of others.
const WRITABLE: u32 = 0o022;

/// Returns the library that contains this code, if the system knows it.
fn file() -> Option<PathBuf> {
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    let here: fn() -> Option<PathBuf> = file;
    // SAFETY: cannot raise: looks up an address, and writes to the given place if it finds one.
    let name = unsafe {
        if libc::dladdr(here as *const c_void, found.as_mut_ptr()) == 0 {
            return None;
        }
        found.assume_init().dli_fname
    };
    if name.is_null() {
        return None;
    }
    // SAFETY: the loader's own text, which ends with a NUL and lives as long as the library is
    // loaded, which is as long as this code can run.
    let name = unsafe { CStr::from_ptr(name) };
    fs::canonicalize(OsStr::from_bytes(name.to_bytes())).ok()
}

/// Returns the name of the library that contains this code: that of its file, without the directory
/// and the extension.
pub(crate) fn name() -> String {
    let file = file();
    let stem = file.as_deref().and_then(Path::file_stem);
    stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// Returns the library that contains this code if an account other than root and that of this
/// process can change or replace it. Files that cannot be inspected are not reported.
pub(crate) fn writable_by_others() -> Option<PathBuf> {
    let file = file()?;
    let changed = is_writable_by_others(&file) || file.parent().is_some_and(is_writable_by_others);
    changed.then_some(file)
}

fn is_writable_by_others(path: &Path) -> bool {
    // SAFETY: cannot fail, and cannot raise.
    let own = unsafe { libc::geteuid() };
    fs::metadata(path)
        .is_ok_and(|meta| meta.mode() & WRITABLE != 0 || (meta.uid() != 0 && meta.uid() != own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn own_file_is_found() {
        assert_eq!(
            file(),
            fs::canonicalize(std::env::current_exe().unwrap()).ok()
        );
    }

    #[test]
    fn writable_by_group_or_others_is_detected() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, writable) in [(0o755, false), (0o600, false), (0o775, true), (0o757, true)] {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_writable_by_others(file.path()), writable, "{mode:o}");
        }
    }
}
