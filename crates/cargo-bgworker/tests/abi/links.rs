//! Copies of directories that are links to the originals, but for some files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Changes a file in a copy of a directory. Everything else in the copy is a link, except the
/// directories of changed files.
pub(crate) fn change(from: &Path, to: &Path, file: &Path, edit: impl FnOnce(&str) -> String) {
    let parents: Vec<&Path> = file.ancestors().skip(1).collect();
    for directory in parents.into_iter().rev() {
        link_all(&from.join(directory), &to.join(directory));
    }
    let target = to.join(file);
    let text = fs::read_to_string(&target).unwrap();
    fs::remove_file(&target).unwrap();
    fs::write(target, edit(&text)).unwrap();
}

/// Makes a directory of links, unless it is one already.
fn link_all(from: &Path, to: &Path) {
    if to.is_symlink() {
        fs::remove_file(to).unwrap();
    } else if to.is_dir() {
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        symlink(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
