//! Finds the libraries that a module and its server need, like the loader of this machine.

use crate::binary::{Binary, Target};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A limit that no module reaches, including indirect dependencies.
const MOST: usize = 512;

/// Libraries that were read. Many modules need the same ones, and their server needs most of them.
#[derive(Clone, Debug, Default)]
pub struct Files(RefCell<BTreeMap<PathBuf, Option<Rc<Binary>>>>);

impl Files {
    fn read(&self, path: PathBuf) -> Option<Rc<Binary>> {
        if let Some(known) = self.0.borrow().get(&path) {
            return known.clone();
        }
        let library = Binary::read_symbols(&path).ok().map(Rc::new);
        self.0.borrow_mut().insert(path, library.clone());
        library
    }
}

/// The libraries that a server and a module need, by the name under which they are requested.
#[derive(Default)]
pub(super) struct Libraries {
    found: BTreeMap<String, Option<Rc<Binary>>>,
    /// The names in the order in which the loader searches the files for symbols.
    order: Vec<String>,
    /// What the module needs, but this machine does not have: the name, and which library needs
    /// it, if not the module itself.
    absent: Vec<(String, Option<String>)>,
    /// What the module brings along: libraries that the server has not loaded.
    added: Vec<String>,
    /// The limit was reached.
    is_cut: bool,
}

impl Libraries {
    /// Returns the direct and indirect dependencies of a module and its server. `more` are
    /// directories that come before those of the system.
    pub(super) fn of(module: &Binary, server: &Binary, more: &[PathBuf], files: &Files) -> Self {
        let mut libraries = Self::default();
        let directories = [more, &directories(&module.target)].concat();
        // The program's DT_RPATH applies to all libraries.
        let mut everywhere = search_of(server);
        libraries.walk(server, &everywhere, &directories, files);
        libraries.absent.clear();
        libraries.added.clear();
        everywhere.splice(0..0, search_of(module));
        libraries.walk(module, &everywhere, &directories, files);
        libraries
    }

    /// Returns a library by the name under which it is requested.
    pub(super) fn get(&self, name: &str) -> Option<&Binary> {
        self.found.get(name)?.as_deref()
    }

    /// Returns the libraries that are on this machine, in the loader's order.
    pub(super) fn here(&self) -> impl Iterator<Item = (&str, &Binary)> {
        let names = self.order.iter();
        names.filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }

    /// Returns what the module needs, but this machine does not have.
    pub(super) fn absent(&self) -> &[(String, Option<String>)] {
        &self.absent
    }

    /// Returns the libraries that the module brings along, in the loader's order.
    pub(super) fn added(&self) -> impl Iterator<Item = (&str, &Binary)> {
        let names = self.added.iter();
        names.filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }

    /// Returns whether every library that the module needs was found.
    pub(super) fn are_all_here(&self) -> bool {
        self.absent.is_empty() && !self.is_cut
    }

    fn walk(
        &mut self,
        root: &Binary,
        everywhere: &[PathBuf],
        directories: &[PathBuf],
        files: &Files,
    ) {
        let mut queue: VecDeque<(String, Option<String>)> = VecDeque::new();
        queue.extend(root.needed.iter().map(|name| (name.clone(), None)));
        let mut seen = BTreeSet::new();
        while let Some((name, by)) = queue.pop_front() {
            self.is_cut |= self.found.len() >= MOST;
            if self.is_cut || !seen.insert(name.clone()) {
                continue;
            }
            if self.get(&name).is_none() {
                let own = by.as_ref().and_then(|by| self.get(by));
                let own = own.map(search_of).unwrap_or_default();
                let places = own.iter().chain(everywhere).chain(directories);
                let library = places
                    .map(|directory| candidate(directory, &name))
                    .filter(|path| path.is_file())
                    .filter_map(|path| files.read(path))
                    .find(|library| library.target == root.target);
                match library {
                    Some(_) => self.added.push(name.clone()),
                    None => self.absent.push((name.clone(), by)),
                }
                if self.found.insert(name.clone(), library).is_none() {
                    self.order.push(name.clone());
                }
            }
            if let Some(library) = self.get(&name) {
                let needed = library.needed.iter();
                queue.extend(needed.map(|next| (next.clone(), Some(name.clone()))));
            }
        }
    }
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
