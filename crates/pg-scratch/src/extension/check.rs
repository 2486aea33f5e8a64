//! What a server would say only when an extension is created.

use super::Extension;
use super::control::Setting;
use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// The names that a control file may have, in any major.
const NAMES: &[&str] = &[
    "comment",
    "default_version",
    "directory",
    "encoding",
    "module_pathname",
    "no_relocate",
    "relocatable",
    "requires",
    "schema",
    "superuser",
    "trusted",
];

/// The first major that creates a version from an older one with update scripts.
const CHAINS_SINCE: u32 = 100_000;

impl Extension {
    /// Checks the control file and the names of the scripts for a server of this version, like
    /// 180000. An error has the file and the line.
    pub fn check(&self, version: u32) -> Result<()> {
        for setting in &self.settings {
            // The server reads these before it knows the version.
            let is_early = ["default_version", "directory"].contains(&setting.name.as_str());
            if is_early && setting.file != self.control {
                let what = format!("{} must be in {}.control", setting.name, self.name);
                return Err(self.at(setting, what).help("remove the line"));
            }
            if !NAMES.contains(&setting.name.as_str()) {
                let what = format!("the server does not know the parameter {:?}", setting.name);
                return Err(self
                    .at(setting, what)
                    .note(format!("known: {}", NAMES.join(", "))));
            }
        }
        if let Some(setting) = self.setting("directory") {
            let what = "the scripts are installed beside the control file, and the server would look elsewhere";
            return Err(self
                .at(setting, what)
                .help("remove the line: directory = …"));
        }
        match self.setting("default_version") {
            Some(setting) => self.check_default(setting, version),
            None => Ok(()),
        }
    }

    /// Checks that the functions are looked up in the library that is installed as `library`.
    pub fn check_library(&self, library: &str) -> Result<()> {
        let is_other = |setting: &&Setting| {
            let path = &setting.value;
            setting.name == "module_pathname"
                && path.strip_prefix("$libdir/").unwrap_or(path) != library
        };
        let Some(setting) = self.settings.iter().find(is_other) else {
            return Ok(());
        };
        let path = &setting.value;
        let what =
            format!("module_pathname is {path:?}, and the library is installed as {library:?}");
        Err(self
            .at(setting, what)
            .help(format!("write module_pathname = '$libdir/{library}'")))
    }

    fn check_default(&self, setting: &Setting, version: u32) -> Result<()> {
        let name = &self.name;
        let names = self
            .scripts
            .iter()
            .filter_map(|path| path.file_name()?.to_str());
        let steps: Vec<Step<'_>> = names.filter_map(|file| Step::of(file, name)).collect();
        let reached = reached(&steps, version);
        let wanted = setting.value.as_str();
        if reached.contains(wanted) {
            return Ok(());
        }
        let what = format!("no script leads to default_version {wanted:?} of extension {name:?}");
        let list: Vec<&str> = reached.into_iter().collect();
        let list = if list.is_empty() {
            "none".to_owned()
        } else {
            list.join(", ")
        };
        let mut error = self
            .at(setting, what)
            .note(format!("versions that can be created: {list}"));
        if version < CHAINS_SINCE {
            error = error.note("before 10, a server does not update from an older version first");
        }
        Err(error.help(format!(
            "add {name}--{wanted}.sql, or a script {name}--OLD--{wanted}.sql, or change default_version"
        )))
    }

    /// Of several settings with one name, the server uses the last.
    fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .rev()
            .find(|setting| setting.name == name)
    }

    fn at(&self, setting: &Setting, what: impl std::fmt::Display) -> Error {
        Error::new(format!(
            "{}:{}: {what}",
            setting.file.display(),
            setting.line
        ))
    }
}

/// What a script does: it creates a version, or leads from one to another.
struct Step<'a> {
    from: Option<&'a str>,
    to: &'a str,
}

impl<'a> Step<'a> {
    fn of(file: &'a str, extension: &str) -> Option<Self> {
        let rest = file.strip_prefix(extension)?.strip_prefix("--")?;
        let versions = rest.strip_suffix(".sql")?;
        match versions.split_once("--") {
            None => Some(Self {
                from: None,
                to: versions,
            }),
            // The server ignores names with three versions.
            Some((_, to)) if to.contains("--") => None,
            Some((from, to)) => Some(Self {
                from: Some(from),
                to,
            }),
        }
    }
}

/// Returns the versions that CREATE EXTENSION can create.
fn reached<'a>(steps: &[Step<'a>], version: u32) -> BTreeSet<&'a str> {
    let created = steps.iter().filter(|step| step.from.is_none());
    let mut reached: BTreeSet<&str> = created.map(|step| step.to).collect();
    let mut before = 0;
    while version >= CHAINS_SINCE && reached.len() > before {
        before = reached.len();
        for step in steps {
            if step.from.is_some_and(|from| reached.contains(from)) {
                reached.insert(step.to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(control: &str, scripts: &[&str], version: u32) -> String {
        let empty: Vec<_> = scripts.iter().map(|name| (*name, "")).collect();
        with(control, &empty, version)
    }

    fn with(control: &str, files: &[(&str, &str)], version: u32) -> String {
        let dir = tempfile::tempdir().unwrap();
        let control_file = dir.path().join("w.control");
        std::fs::write(&control_file, control).unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let extension = Extension::of_control_file(&control_file).unwrap();
        let checked = extension
            .check(version)
            .and_then(|()| extension.check_library("w"));
        checked.err().map_or_else(String::new, |error| {
            error
                .to_string()
                .replace(&format!("{}/", dir.path().display()), "")
        })
    }

    #[test]
    fn update_scripts_lead_to_the_default_version() {
        let control = "comment = 'x'\ndefault_version = '1.2'\n";
        let chain = ["w--1.0.sql", "w--1.0--1.1.sql", "w--1.1--1.2.sql"];
        assert_eq!(message(control, &chain, 180_000), "");
        assert_eq!(message(control, &["w--1.2.sql"], 90_300), "");
        let old = message(control, &chain, 90_600);
        assert!(
            old.contains("before 10") && old.contains("created: 1.0\n"),
            "{old}"
        );
        let gap = message(control, &["w--1.0.sql", "w--1.1--1.2.sql"], 180_000);
        assert!(
            gap.starts_with("w.control:2: no script leads to default_version \"1.2\""),
            "{gap}"
        );
        // Neither of these creates anything.
        for script in ["w--1.0--1.1--1.2.sql", "w--1.1--1.2.sql"] {
            let said = message(control, &[script], 180_000);
            assert!(said.contains("can be created: none"), "{said}");
        }
    }

    #[test]
    fn control_files_of_versions_are_checked() {
        let control = "default_version = '1.0'\n";
        for (line, expected) in [
            (
                "module_pathname = 'v'",
                "w--1.0.control:1: module_pathname is \"v\"",
            ),
            (
                "directory = 'x'",
                "w--1.0.control:1: directory must be in w.control",
            ),
            ("comment = 'x'", ""),
        ] {
            let said = with(
                control,
                &[("w--1.0.sql", ""), ("w--1.0.control", line)],
                180_000,
            );
            assert!(
                said.starts_with(expected) && said.is_empty() == expected.is_empty(),
                "{said}"
            );
        }
    }

    #[test]
    fn settings_that_no_server_follows_are_errors_with_their_line() {
        for (line, expected) in [
            (
                "directory = 'w'",
                "w.control:2: the scripts are installed beside",
            ),
            (
                "defualt = '1'",
                "w.control:2: the server does not know the parameter \"defualt\"",
            ),
            (
                "module_pathname = '$libdir/v'",
                "w.control:2: module_pathname is \"$libdir/v\"",
            ),
        ] {
            let control = format!("default_version = '1.0'\n{line}\n");
            let said = message(&control, &["w--1.0.sql"], 180_000);
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
