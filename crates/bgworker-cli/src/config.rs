//! Reads the configuration of cargo: the table `[env]`, which cargo gives to its children.

use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A variable in `[env]`.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value.
    pub value: PathBuf,
    /// Whether it wins over a variable of the environment.
    pub force: bool,
    /// The file that sets it.
    pub file: PathBuf,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    env: BTreeMap<String, Value>,
}

/// The two forms of a value.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Table {
        value: String,
        #[serde(default)]
        force: bool,
        #[serde(default)]
        relative: bool,
    },
}

/// Returns a variable of `[env]`, as cargo finds it in this directory: in the directories above,
/// the innermost first, and last in the directory of cargo itself.
///
/// # Errors
///
/// A file of these cannot be parsed. Then cargo does not work either.
pub fn variable(directory: &Path, name: &str) -> Result<Option<Variable>> {
    let places = directory.ancestors().map(|place| place.join(".cargo"));
    for place in places.chain(home()) {
        // Cargo reads only the first one if there are two.
        let files = [place.join("config"), place.join("config.toml")];
        let Some(file) = files.into_iter().find(|file| file.is_file()) else {
            continue;
        };
        if let Some(found) = in_file(&file, name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Returns the directory of cargo itself.
fn home() -> Option<PathBuf> {
    let path = |name| std::env::var_os(name).filter(|path| !path.is_empty());
    let home = || path("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    path("CARGO_HOME").map(PathBuf::from).or_else(home)
}

fn in_file(file: &Path, name: &str) -> Result<Option<Variable>> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io(file.display(), &e))?;
    let config: Config = toml::from_str(&text).map_err(|e| {
        Error::new(format!("could not parse {}", file.display())).note(e.to_string())
    })?;
    let Some(value) = config.env.into_iter().find(|(known, _)| known == name) else {
        return Ok(None);
    };
    let (value, force) = match value.1 {
        Value::Text(value) => (PathBuf::from(value), false),
        Value::Table {
            value,
            force,
            relative: false,
        } => (value.into(), force),
        // Relative to the directory that contains `.cargo`.
        Value::Table { value, force, .. } => {
            let base = file.parent().and_then(Path::parent);
            (base.unwrap_or(Path::new("/")).join(value), force)
        }
    };
    Ok(Some(Variable {
        value,
        force,
        file: file.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_file_is_used() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("a/b");
        std::fs::create_dir_all(inner.join(".cargo")).unwrap();
        std::fs::create_dir_all(place.path().join(".cargo")).unwrap();
        let write = |directory: &Path, text: &str| {
            std::fs::write(directory.join(".cargo/config.toml"), text).unwrap();
        };
        let find = || variable(&inner, "PG_CONFIG").unwrap().unwrap();
        let outer =
            "[env]\nPG_CONFIG = { value = \"bin/pg_config\", relative = true, force = true }\n";
        write(place.path(), outer);
        // Another table, and another variable.
        write(&inner, "[alias]\nPG_CONFIG = \"x\"\n[env]\nOTHER = \"x\"\n");
        let found = find();
        assert_eq!(found.value, place.path().join("bin/pg_config"));
        assert!(found.force);
        write(&inner, "[env]\n  PG_CONFIG = '/b/pg_config' # the newest\n");
        let found = find();
        assert_eq!((found.value, found.force), ("/b/pg_config".into(), false));
        assert_eq!(found.file, inner.join(".cargo/config.toml"));
        write(&inner, "[env\n");
        let error = variable(&inner, "PG_CONFIG").unwrap_err().to_string();
        assert!(error.contains("could not parse"), "{error}");
    }
}
