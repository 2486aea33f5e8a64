//! Builds a library again when one of its sources changes, and notices changes of the files of the
//! extension and of scripts.

use bgworker_cli::build::Choice;
use bgworker_cli::term;
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// The interval between two looks at the files.
const PERIOD: Duration = Duration::from_millis(300);

type Files = BTreeMap<PathBuf, Option<SystemTime>>;

/// A library, and the files that it depends on.
type Built = (PathBuf, BTreeSet<PathBuf>);

/// Watches the sources that cargo lists beside the library, the manifests, the extension and
/// scripts.
pub(super) struct Watch {
    choice: Choice,
    server: Server,
    release: bool,
    /// The directory of the workspace.
    root: PathBuf,
    /// The control file.
    control: Option<PathBuf>,
    scripts: Vec<PathBuf>,
    sources: Files,
    /// The files of the extension, and the scripts.
    others: Files,
    /// Those of them that have changed.
    pending: BTreeSet<PathBuf>,
    looked: Instant,
    build: Option<JoinHandle<Result<Built>>>,
}

/// What is new, and not in use yet.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// A library that was built.
    pub(super) library: Option<PathBuf>,
    /// Whether the database is new.
    pub(super) database: bool,
    /// Whether a file of the extension has changed.
    pub(super) extension: bool,
    /// The scripts to run.
    pub(super) scripts: Vec<PathBuf>,
}

impl Change {
    /// Returns both changes as one.
    pub(super) fn and(mut self, later: Self) -> Self {
        self.library = later.library.or(self.library);
        self.database |= later.database;
        self.extension |= later.extension;
        self.scripts.retain(|path| !later.scripts.contains(path));
        self.scripts.extend(later.scripts);
        self
    }
}

impl Watch {
    pub(super) fn new(
        choice: &Choice,
        server: &Server,
        release: bool,
        root: &Path,
        library: &Path,
    ) -> Result<Self> {
        let mut watch = Self {
            choice: choice.clone(),
            server: server.clone(),
            release,
            root: root.to_owned(),
            control: None,
            scripts: Vec::new(),
            sources: Files::new(),
            others: Files::new(),
            pending: BTreeSet::new(),
            looked: Instant::now(),
            build: None,
        };
        watch.list(sources(root, library)?);
        Ok(watch)
    }

    /// Also watches the files of an extension, and scripts.
    pub(super) fn with(mut self, control: Option<&Path>, scripts: &[PathBuf]) -> Self {
        self.control = control.map(Path::to_owned);
        self.scripts = scripts.to_vec();
        self.others = self.others_now();
        self
    }

    /// Returns what has changed. A build takes place beside the running server.
    pub(super) fn tick(&mut self) -> Option<Change> {
        if let Some(build) = self.build.take_if(|build| build.is_finished()) {
            return self.built(build);
        }
        if self.build.is_none() && self.looked.elapsed() >= PERIOD {
            self.looked = Instant::now();
            return self.look();
        }
        None
    }

    fn built(&mut self, build: JoinHandle<Result<Built>>) -> Option<Change> {
        let built = build
            .join()
            .unwrap_or_else(|_| Err(Error::new("the build has panicked")));
        match built {
            Ok((library, files)) => {
                self.list(files);
                self.look_at_others();
                Some(self.change(Some(library)))
            }
            Err(error) => {
                term::error(&error);
                term::status("Keeping", "the server with the library before the change");
                None
            }
        }
    }

    fn look(&mut self) -> Option<Change> {
        let mut changed = None;
        for (path, before) in &mut self.sources {
            let now = modified(path);
            if now != *before {
                *before = now;
                changed = Some(path.clone());
            }
        }
        let others = self.look_at_others();
        if let Some(path) = changed {
            say("Building", "again", &path);
            let (choice, server, release) =
                (self.choice.clone(), self.server.clone(), self.release);
            let root = self.root.clone();
            self.build = Some(std::thread::spawn(move || {
                let library = choice.build(&server, release)?;
                let files = sources(&root, &library)?;
                Ok((library, files))
            }));
            return None;
        }
        // Several files may change one after another.
        let is_over = !others && !self.pending.is_empty();
        is_over.then(|| self.change(None))
    }

    /// Notes changes of the extension and of scripts. Returns whether there is one.
    fn look_at_others(&mut self) -> bool {
        let now = self.others_now();
        let before = std::mem::replace(&mut self.others, now);
        let all = self.others.keys().chain(before.keys());
        let changed = all.filter(|path| before.get(*path) != self.others.get(*path));
        let changed: BTreeSet<PathBuf> = changed.cloned().collect();
        for path in &changed {
            say("Restarting", "the server", path);
        }
        let is_changed = !changed.is_empty();
        self.pending.extend(changed);
        is_changed
    }

    fn others_now(&self) -> Files {
        let mut files = self.scripts.clone();
        if let Some(control) = &self.control {
            match Extension::of_control_file(control) {
                Ok(extension) => files.extend(extension.files().map(Path::to_owned)),
                // The error is told when the extension is needed.
                Err(_) => files.push(control.clone()),
            }
        }
        let time = |path: PathBuf| (path.clone(), modified(&path));
        files.into_iter().map(time).collect()
    }

    fn change(&mut self, library: Option<PathBuf>) -> Change {
        let changed = std::mem::take(&mut self.pending);
        let is_script = |path: &PathBuf| self.scripts.contains(path);
        // In the order of the options.
        let scripts = self.scripts.iter().filter(|path| changed.contains(*path));
        Change {
            library,
            database: false,
            extension: !changed.iter().all(is_script),
            scripts: scripts.cloned().collect(),
        }
    }

    /// Takes a new list of sources. What has changed during the build is found by the next look.
    fn list(&mut self, files: BTreeSet<PathBuf>) {
        let time = |path: PathBuf| {
            // The build itself may have changed it.
            let is_lock = path.ends_with("Cargo.lock");
            let known = self.sources.get(&path).copied().filter(|_| !is_lock);
            let time = known.unwrap_or_else(|| modified(&path));
            (path, time)
        };
        self.sources = files.into_iter().map(time).collect();
    }
}

fn say(verb: &str, what: &str, path: &Path) {
    term::status(verb, format!("{what}: {} has changed", path.display()));
}

/// Returns the files that a library depends on: its sources, those of packages that it depends on
/// by path, the manifests of all these packages, and the manifest and the lock file of the
/// workspace.
fn sources(root: &Path, library: &Path) -> Result<BTreeSet<PathBuf>> {
    let list = library.with_extension("d");
    let text = std::fs::read_to_string(&list).map_err(|e| Error::io(list.display(), &e))?;
    let mut files = BTreeSet::from(["Cargo.toml", "Cargo.lock"].map(|name| root.join(name)));
    for file in listed(&text) {
        let mut above = file
            .ancestors()
            .skip(1)
            .map(|place| place.join("Cargo.toml"));
        files.extend(above.find(|manifest| manifest.is_file()));
        files.insert(file);
    }
    Ok(files)
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .ok()
}

/// Parses a file like those of make: `library: source source`. A backslash precedes a space of a
/// name.
fn listed(text: &str) -> Vec<PathBuf> {
    let line = text.lines().next().unwrap_or_default();
    let (_, list) = line.split_once(": ").unwrap_or_default();
    let marked = list.replace("\\ ", "\0");
    let names = marked.split_whitespace();
    names
        .map(|name| PathBuf::from(name.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn sources_of_a_library() {
        let text = "/t/liba.so: /p/src/a\\ b.rs /p/src/lib.rs\n\n/p/src/lib.rs:\n";
        let names: Vec<_> = listed(text)
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(names, ["/p/src/a b.rs", "/p/src/lib.rs"]);
        assert!(listed("").is_empty());
    }
}
