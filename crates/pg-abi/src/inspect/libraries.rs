//! Finds the libraries that a file needs, like the loader of this machine.

use crate::binary::{Binary, Target};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// A limit that no module reaches, including indirect dependencies.
const MOST: usize = 128;

/// Libraries by requested name; `None` for those that are not on this machine.
pub(super) type Libraries = BTreeMap<String, Option<Binary>>;

/// Returns the direct and indirect dependencies of `roots`.
pub(super) fn closure(roots: &[&Binary]) -> Libraries {
    let mut found = Libraries::new();
    let Some(first) = roots.first() else {
        return found;
    };
    let directories = directories(&first.target);
    // The program's DT_RPATH applies to all libraries; the library's own paths come first.
    let everywhere: Vec<PathBuf> = roots.iter().flat_map(|root| search_of(root)).collect();
    let mut queue: VecDeque<String> = roots
        .iter()
        .flat_map(|root| root.needed.iter().cloned())
        .collect();
    while let Some(name) = queue.pop_front() {
        if found.contains_key(&name) || found.len() >= MOST {
            continue;
        }
        let library = everywhere
            .iter()
            .chain(&directories)
            .map(|directory| candidate(directory, &name))
            .filter(|path| path.is_file())
            .filter_map(|path| Binary::read(path).ok())
            .find(|library| library.target == first.target);
        if let Some(library) = &library {
            queue.extend(library.needed.iter().cloned());
        }
        found.insert(name, library);
    }
    found
}

/// A name with a slash is a path.
fn candidate(directory: &Path, name: &str) -> PathBuf {
    if name.contains('/') {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}

/// Returns the library search paths of a file.
fn search_of(binary: &Binary) -> Vec<PathBuf> {
    let origin = binary.path.canonicalize().ok();
    let origin = origin.as_deref().and_then(Path::parent);
    let places = binary.search.iter().filter_map(|place| {
        let place = match origin.and_then(Path::to_str) {
            Some(origin) => place
                .replace("${ORIGIN}", origin)
                .replace("$ORIGIN", origin),
            None => place.clone(),
        };
        Path::new(&place)
            .is_absolute()
            .then(|| PathBuf::from(place))
    });
    places.take(64).collect()
}

/// Returns the system-wide library directories of all architectures.
fn directories(target: &Target) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    configured(Path::new("/etc/ld.so.conf"), &mut found, 4);
    let mut all: Vec<PathBuf> = found.into_iter().collect();
    let triplet = target
        .machine_name()
        .map(|machine| format!("{machine}-linux-gnu"));
    for root in ["/lib", "/usr/lib"] {
        all.extend(triplet.iter().map(|triplet| Path::new(root).join(triplet)));
        all.push(PathBuf::from(root));
        all.push(PathBuf::from(format!("{root}{}", target.bits)));
    }
    all
}

/// Returns the directories in a loader configuration and its includes.
fn configured(path: &Path, found: &mut BTreeSet<PathBuf>, depth: u32) {
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    for line in text.lines().map(str::trim) {
        if let Some(pattern) = line.strip_prefix("include ") {
            for file in included(path, pattern.trim()) {
                if depth > 0 {
                    configured(&file, found, depth - 1);
                }
            }
        } else if line.starts_with('/') {
            found.insert(PathBuf::from(line));
        }
    }
}

/// Returns the files of `include /etc/ld.so.conf.d/*.conf`, the only pattern in use.
fn included(from: &Path, pattern: &str) -> Vec<PathBuf> {
    let directory = from.parent().unwrap_or(Path::new("/"));
    let Some((directory, suffix)) = pattern.split_once('*').and_then(|(before, suffix)| {
        let before = directory.join(before);
        before.is_dir().then_some((before, suffix))
    }) else {
        return vec![directory.join(pattern)];
    };
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(suffix));
    names.map(|entry| entry.path()).collect()
}
