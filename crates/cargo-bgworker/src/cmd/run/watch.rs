//! Builds a library again when one of its sources changes.

use bgworker_cli::build::Choice;
use bgworker_cli::term;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// The interval between two looks at the files.
const PERIOD: Duration = Duration::from_millis(300);

/// Watches the sources that cargo lists beside the library.
pub(super) struct Watch {
    choice: Choice,
    server: Server,
    release: bool,
    manifest: PathBuf,
    files: BTreeMap<PathBuf, Option<SystemTime>>,
    looked: Instant,
    build: Option<JoinHandle<Result<PathBuf>>>,
}

impl Watch {
    pub(super) fn new(
        choice: &Choice,
        server: &Server,
        release: bool,
        package: &Path,
        library: &Path,
    ) -> Result<Self> {
        let mut watch = Self {
            choice: choice.clone(),
            server: server.clone(),
            release,
            manifest: package.join("Cargo.toml"),
            files: BTreeMap::new(),
            looked: Instant::now(),
            build: None,
        };
        watch.list(library)?;
        Ok(watch)
    }

    /// Returns the library, if a new one was built. A build takes place beside the running server.
    pub(super) fn tick(&mut self) -> Option<PathBuf> {
        if let Some(build) = self.build.take_if(|build| build.is_finished()) {
            return self.built(build);
        }
        if self.build.is_none() && self.looked.elapsed() >= PERIOD {
            self.looked = Instant::now();
            self.look();
        }
        None
    }

    fn built(&mut self, build: JoinHandle<Result<PathBuf>>) -> Option<PathBuf> {
        let library = build
            .join()
            .unwrap_or_else(|_| Err(Error::new("the build has panicked")));
        match library.and_then(|library| self.list(&library).map(|()| library)) {
            Ok(library) => Some(library),
            Err(error) => {
                term::error(&error);
                term::status("Keeping", "the server with the library before the change");
                None
            }
        }
    }

    fn look(&mut self) {
        let mut changed = None;
        for (path, before) in &mut self.files {
            let now = modified(path);
            if now != *before {
                *before = now;
                changed = Some(path.clone());
            }
        }
        if let Some(path) = changed {
            term::status("Building", format!("again: {} has changed", path.display()));
            let (choice, server, release) =
                (self.choice.clone(), self.server.clone(), self.release);
            self.build = Some(std::thread::spawn(move || choice.build(&server, release)));
        }
    }

    /// Reads the list of sources. What has changed during the build is found by the next look.
    fn list(&mut self, library: &Path) -> Result<()> {
        let list = library.with_extension("d");
        let text = std::fs::read_to_string(&list).map_err(|e| Error::io(list.display(), &e))?;
        let mut files = BTreeMap::new();
        for path in sources(&text).into_iter().chain([self.manifest.clone()]) {
            let known = self.files.get(&path).copied();
            let time = known.unwrap_or_else(|| modified(&path));
            files.insert(path, time);
        }
        self.files = files;
        Ok(())
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .ok()
}

/// Parses a file like those of make: `library: source source`. A backslash precedes a space of a
/// name.
fn sources(text: &str) -> Vec<PathBuf> {
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
    use super::sources;

    #[test]
    fn sources_of_a_library() {
        let text = "/t/liba.so: /p/src/a\\ b.rs /p/src/lib.rs\n\n/p/src/lib.rs:\n";
        let names: Vec<_> = sources(text)
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(names, ["/p/src/a b.rs", "/p/src/lib.rs"]);
        assert!(sources("").is_empty());
    }
}
