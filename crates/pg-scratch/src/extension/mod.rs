//! The files of an extension in a source tree: the control file and the SQL scripts.

mod check;
mod control;
mod path;
mod token;

use crate::error::{Error, Result};
use control::{Setting, settings};
use std::path::{Path, PathBuf};

/// The files of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name, as in `CREATE EXTENSION`.
    pub name: String,
    /// The control file.
    pub control: PathBuf,
    /// The scripts `NAME--VERSION.sql` and `NAME--OLD--NEW.sql`, and control files of versions.
    /// Sorted by name.
    pub scripts: Vec<PathBuf>,
    /// `default_version` of the control file.
    pub default_version: Option<String>,
    /// `module_pathname` of the control file: the library of its functions.
    pub module_pathname: Option<String>,
    /// Those of the control file, and then those of control files of versions.
    settings: Vec<Setting>,
}

/// Where the scripts may be, relative to the control file.
const PLACES: &[&str] = &["", "sql"];

impl Extension {
    /// Reads the extension of this control file. Its scripts are beside it, or in `sql/`.
    pub fn of_control_file(control: &Path) -> Result<Self> {
        let name = control
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".control"))
            .filter(|name| !name.is_empty())
            .ok_or_else(|| {
                Error::new(format!("{} is not a control file", control.display()))
                    .help("the name of a control file is NAME.control")
            })?;
        let text =
            std::fs::read_to_string(control).map_err(|e| Error::io(control.display(), &e))?;
        let parent = match control.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut scripts: Vec<PathBuf> = PLACES
            .iter()
            .flat_map(|place| files(&parent.join(place)))
            .filter(|path| belongs(path, name))
            .collect();
        scripts.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        let twice = scripts
            .windows(2)
            .find(|two| two[0].file_name() == two[1].file_name());
        if let Some([first, second]) = twice {
            return Err(Error::new(format!(
                "two scripts of extension {name:?} have the same name"
            ))
            .note(first.display().to_string())
            .note(second.display().to_string())
            .help("remove one of them: the server has one directory for both"));
        }
        if scripts.is_empty() {
            return Err(Error::new(format!(
                "extension {name:?} has no script {name}--VERSION.sql"
            ))
            .note(format!(
                "searched: {} and its directory sql",
                parent.display()
            )));
        }
        let mut all = settings(control, &text)?;
        let value = |name: &str| {
            let mut settings = all.iter().rev();
            let setting = settings.find(|setting| setting.name == name);
            setting.map(|setting| setting.value.clone())
        };
        let (default_version, module_pathname) =
            (value("default_version"), value("module_pathname"));
        let is_control = |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "control");
        for path in scripts.iter().filter(is_control) {
            let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
            all.extend(settings(path, &text)?);
        }
        Ok(Self {
            name: name.to_owned(),
            control: control.to_owned(),
            scripts,
            default_version,
            module_pathname,
            settings: all,
        })
    }

    /// Finds the extension of the library `name` in a directory of a package, or in its directories
    /// `extension`, `sql`, `examples/NAME` and `NAME`. The last one is that of an example whose
    /// package has the manifest in the directory of the examples.
    pub fn find(package: &Path, name: &str) -> Result<Self> {
        Self::find_any(package, name)?.ok_or_else(|| Self::missing(package, name))
    }

    /// Returns the error of a package without the extension `name`.
    pub fn missing(package: &Path, name: &str) -> Error {
        Error::new(format!(
            "no control file was found in {}",
            package.display()
        ))
        .note("searched: the directory itself, extension, sql, and the directory of an example")
        .help(format!(
            "an extension needs {name}.control and {name}--1.0.sql; a worker alone needs neither"
        ))
    }

    /// Like [`find`](Self::find). A package without a control file has no extension.
    pub fn find_any(package: &Path, name: &str) -> Result<Option<Self>> {
        let example = format!("examples/{name}");
        Self::find_in(
            package,
            name,
            &["", "extension", "sql", &example, name],
            true,
        )
    }

    /// Finds the extension of an example: in `examples/NAME` or `NAME`, or with its name in the
    /// directories of the package. The extension of the package is not that of an example.
    pub fn find_of_example(package: &Path, name: &str) -> Result<Option<Self>> {
        let example = format!("examples/{name}");
        match Self::find_in(package, name, &[&example, name], true)? {
            None => Self::find_in(package, name, &["", "extension", "sql"], false),
            found => Ok(found),
        }
    }

    /// Finds the control file of this name in the places, or `any` that is the only one.
    fn find_in(root: &Path, name: &str, places: &[&str], any: bool) -> Result<Option<Self>> {
        let found = places.iter().flat_map(|place| files(&root.join(place)));
        let (controls, others): (Vec<PathBuf>, Vec<PathBuf>) =
            found.partition(|path| is_control(path));
        let own = controls.iter().find(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            stem.is_some_and(|stem| stem.replace('-', "_") == name.replace('-', "_"))
        });
        let controls = if any { controls.as_slice() } else { &[] };
        match (own, controls) {
            (Some(control), _) | (None, [control]) => Self::of_control_file(control).map(Some),
            (None, []) => match others.iter().find(|path| belongs(path, name)) {
                None => Ok(None),
                Some(script) => Err(Error::new(format!("{name}.control is missing"))
                    .note(format!(
                        "{} is a script of the extension {name}",
                        script.display()
                    ))
                    .help(format!(
                        "write {name}.control: default_version = '1.0' and module_pathname = '$libdir/{name}'"
                    ))),
            },
            (None, several) => {
                let error = Error::new("several control files were found; name one");
                let paths = several.iter().map(|path| path.display().to_string());
                Err(paths.fold(error, Error::note))
            }
        }
    }

    /// Returns the control file and the scripts.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let scripts = self.scripts.iter().map(PathBuf::as_path);
        std::iter::once(self.control.as_path()).chain(scripts)
    }

    /// Returns the scripts without control files of versions.
    pub fn sql(&self) -> impl Iterator<Item = &Path> {
        let scripts = self.scripts.iter().map(PathBuf::as_path);
        scripts.filter(|path| path.extension().is_some_and(|kind| kind == "sql"))
    }

    /// Returns whether a file has the name of its control file or of one of its scripts.
    #[cfg(feature = "cluster")]
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let control = self.control.file_name();
        path.file_name() == control || belongs(path, &self.name)
    }
}

/// Returns whether a file is the control file of an extension. `NAME--VERSION.control` is that of a
/// version.
fn is_control(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let stem = name.and_then(|name| name.strip_suffix(".control"));
    stem.is_some_and(|stem| !stem.contains("--"))
}

fn belongs(path: &Path, extension: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let rest = name.and_then(|name| name.strip_prefix(extension)?.strip_prefix("--"));
    rest.is_some_and(|rest| rest.ends_with(".sql") || rest.ends_with(".control"))
}

/// Returns the files in a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_extension() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let message = |result: Result<Extension>| result.unwrap_err().to_string();
        assert!(message(Extension::find(dir.path(), "ext")).contains("no control file"));
        write(
            "ext.control",
            "comment = 'x'\n default_version = '1.1' # yes\n",
        );
        assert!(message(Extension::find(dir.path(), "ext")).contains("no script ext--VERSION.sql"));
        for name in [
            "sql/ext--1.0.sql",
            "ext--1.0--1.1.sql",
            "other--1.0.sql",
            "ext.sql",
        ] {
            write(name, "");
        }
        let extension = Extension::find(dir.path(), "ext").unwrap();
        assert_eq!(extension.default_version.as_deref(), Some("1.1"));
        let names: Vec<_> = extension
            .files()
            .map(|path| path.file_name().unwrap())
            .collect();
        assert_eq!(names, ["ext.control", "ext--1.0--1.1.sql", "ext--1.0.sql"]);
        // That of a version is no second extension.
        write("ext--1.0.control", "comment = 'x'\n");
        let found = Extension::find(dir.path(), "other_name").unwrap();
        assert_eq!((found.name.as_str(), found.scripts.len()), ("ext", 3));
        write("sql/ext--1.0--1.1.sql", "");
        let said = message(Extension::find(dir.path(), "ext"));
        for path in ["ext--1.0--1.1.sql", "sql/ext--1.0--1.1.sql"] {
            let line = format!("= {}\n", dir.path().join(path).display());
            assert!(said.contains(&line), "{said}");
        }
        std::fs::remove_file(dir.path().join("sql/ext--1.0--1.1.sql")).unwrap();
        let example = |name: &str| {
            let found = Extension::find_of_example(dir.path(), name).unwrap();
            found.map(|found| found.name)
        };
        assert_eq!(example("shown"), None);
        assert_eq!(example("ext").as_deref(), Some("ext"));
        write("examples/shown/any.control", "");
        write("examples/shown/any--1.sql", "");
        assert_eq!(example("shown").as_deref(), Some("any"));
        write("a.control", "");
        write("b.control", "");
        assert_eq!(Extension::find(dir.path(), "ext").unwrap().name, "ext");
        assert!(message(Extension::find(dir.path(), "c")).contains("several control files"));
    }
}
