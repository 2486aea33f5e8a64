//! The libraries that a file asks for, found as the loader of this machine would find them.

use crate::binary::{Binary, Target};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// More than any module needs, with what its libraries need.
const MOST: usize = 128;

/// Libraries by the name they are asked for; `None` for those that are not on this machine.
pub(super) type Libraries = BTreeMap<String, Option<Binary>>;

/// What `roots` need, and what that needs in turn.
pub(super) fn closure(roots: &[&Binary]) -> Libraries {
    let mut found = Libraries::new();
    let Some(first) = roots.first() else {
        return found;
    };
    let directories = directories(&first.target);
    // What the program asks for with DT_RPATH is searched for all; ours come first all the same.
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

/// Where a file wants its libraries looked for.
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

/// Where the loader looks for everybody's libraries, of whatever architecture.
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

/// The directories in a configuration of the loader, and in those that it includes.
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

/// The files of `include /etc/ld.so.conf.d/*.conf`: the only pattern in use.
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
