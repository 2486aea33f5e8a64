//! The extensions whose scripts take functions from a library.

use super::chosen::Chosen;
use pg_abi::binary::Binary;
use pg_abi::inspect::{Problem, undefined};
use pg_scratch::extension::Extension;
use std::path::{Path, PathBuf};

/// Extensions, by their control files.
#[derive(Default)]
pub(super) struct Extensions(Vec<Extension>);

impl Extensions {
    /// Reads the extensions of these control files. One that cannot be read is not for inspection:
    /// the server refuses it with a message.
    pub(super) fn of(controls: &[PathBuf]) -> Self {
        let extensions = controls.iter().map(|path| Extension::of_control_file(path));
        Self(extensions.filter_map(Result::ok).collect())
    }

    /// Returns the extensions of the server in whose directory the library is.
    pub(super) fn installed_with(library: &Path, server: Option<&Chosen>) -> Self {
        let server = server.and_then(|chosen| chosen.installation.as_ref());
        let Some(places) = server.and_then(|server| server.places().ok()) else {
            return Self::default();
        };
        let directory = library.canonicalize().ok();
        let directory = directory.as_deref().and_then(Path::parent);
        if directory != places.libraries.canonicalize().ok().as_deref() {
            return Self::default();
        }
        let files = std::fs::read_dir(places.extensions).into_iter().flatten();
        let files = files.flatten().map(|entry| entry.path());
        let is_own = |path: &PathBuf| {
            is_control(path)
                && std::fs::read_to_string(path)
                    .is_ok_and(|text| stem(library).is_some_and(|stem| text.contains(stem)))
        };
        Self::of(&files.filter(is_own).collect::<Vec<_>>())
    }

    /// Returns the functions that a script declares, and the library does not have. Only scripts
    /// that CREATE EXTENSION runs count.
    pub(super) fn problems(&self, library: &Binary) -> Vec<Problem> {
        let [magic] = library.magic.as_slice() else {
            return Vec::new();
        };
        let version = u32::try_from(magic.version * 100).unwrap_or(0);
        let mut problems = Vec::new();
        for extension in self.0.iter().filter(|one| is_of(one, &library.path)) {
            for script in extension.run_for(version) {
                let Ok(text) = std::fs::read_to_string(script) else {
                    continue;
                };
                let name = script.file_name().unwrap_or_default().to_string_lossy();
                problems.extend(
                    undefined(library, &text)
                        .into_iter()
                        .map(|(line, problem)| Problem {
                            text: format!("{name}:{line}: {}", problem.text),
                            ..problem
                        }),
                );
            }
        }
        problems
    }
}

/// Returns whether MODULE_PATHNAME of the scripts is this library. Without one, they name it.
fn is_of(extension: &Extension, library: &Path) -> bool {
    let module = extension.module_pathname.as_deref();
    module.is_none_or(|module| stem(Path::new(module)) == stem(library))
}

/// Returns the name of a library without its directory and `.so`.
fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(".so").unwrap_or(name))
}

/// Returns whether a file is the control file of an extension, and not that of a version.
pub(super) fn is_control(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_suffix(".control"))
        .is_some_and(|stem| !stem.is_empty() && !stem.contains("--"))
}
