//! What a server would say only when an extension is created.

use super::Extension;
use super::control::Setting;
use super::path::{CHAINS_SINCE, Step, reached, run};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The names that a control file may have, and the first version that knows each one.
const NAMES: &[(&str, u32)] = &[
    ("comment", 0),
    ("default_version", 0),
    ("directory", 0),
    ("encoding", 0),
    ("module_pathname", 0),
    ("no_relocate", 160_000),
    ("relocatable", 0),
    ("requires", 0),
    ("schema", 0),
    ("superuser", 0),
    ("trusted", 130_000),
];

const BOOLEAN: &[&str] = &["relocatable", "superuser", "trusted"];

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
            self.check_name(setting, version)?;
            if BOOLEAN.contains(&setting.name.as_str()) && boolean(&setting.value).is_none() {
                let what = format!("{} must be true or false", setting.name);
                return Err(self.at(setting, what));
            }
        }
        if let Some(setting) = self.setting("directory") {
            let what = "the scripts are installed beside the control file, and the server would look elsewhere";
            return Err(self
                .at(setting, what)
                .help("remove the line: directory = …"));
        }
        self.check_schema()?;
        let Some(setting) = self.setting("default_version") else {
            let file = self.control.display();
            return Err(Error::new(format!("{file}: default_version is missing"))
                .note("CREATE EXTENSION would need VERSION")
                .help("add the line: default_version = '1.0'"));
        };
        if let Some(why) = invalid_version(&setting.value) {
            let what = format!("default_version {:?} {why}", setting.value);
            return Err(self.at(setting, what));
        }
        self.check_default(setting, version)
    }

    fn check_name(&self, setting: &Setting, version: u32) -> Result<()> {
        let name = &setting.name;
        let what = match NAMES.iter().find(|(known, _)| known == name) {
            Some((_, since)) if *since <= version => return Ok(()),
            Some((_, since)) => format!(
                "the server does not know the parameter {name:?}, which is new in {}",
                since / 10_000
            ),
            None => format!("the server does not know the parameter {name:?}"),
        };
        let known = NAMES.iter().filter(|(_, since)| *since <= version);
        let known: Vec<&str> = known.map(|(name, _)| *name).collect();
        let error = self.at(setting, what);
        let error = error.note(format!("known: {}", known.join(", ")));
        let same = |known: &&&str| known.eq_ignore_ascii_case(name);
        Err(match known.iter().find(same) {
            Some(known) => error.help(format!("write {known}, in lower case")),
            None => error,
        })
    }

    /// Each file of a version is read after the control file, and may change its settings.
    fn check_schema(&self) -> Result<()> {
        let others = self.settings.iter().map(|setting| &setting.file);
        let files: BTreeSet<&PathBuf> = others.chain([&self.control]).collect();
        for file in files {
            let read = |setting: &&Setting| setting.file == self.control || setting.file == *file;
            let last = |name: &str| {
                let mut settings = self.settings.iter().rev().filter(read);
                settings.find(|setting| setting.name == name)
            };
            let is_relocatable = |one: &&Setting| boolean(&one.value) == Some(true);
            if let (Some(schema), Some(_)) =
                (last("schema"), last("relocatable").filter(is_relocatable))
            {
                let what = "an extension with a schema cannot be relocatable";
                return Err(self
                    .at(schema, what)
                    .help("remove the line, or write relocatable = false"));
            }
        }
        Ok(())
    }

    /// Checks that the functions are looked up in the library that is installed as `library`. The
    /// server finds the `file` in its directory with or without the suffix.
    pub fn check_library(&self, library: &str, file: &str) -> Result<()> {
        let is_other = |setting: &&Setting| {
            let path = setting.value.as_str();
            let path = path.strip_prefix("$libdir/").unwrap_or(path);
            setting.name == "module_pathname" && path != library && path != file
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
        let steps = self.steps();
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

    /// Returns the scripts that CREATE EXTENSION runs on a server of this version, like 180000, for
    /// the default version. The others are for older versions.
    pub fn run_for(&self, version: u32) -> Vec<&Path> {
        let wanted = self.default_version.as_deref().unwrap_or_default();
        let files = run(&self.steps(), wanted, version);
        let scripts = self.scripts.iter().map(PathBuf::as_path);
        let is_run = |path: &&Path| files.iter().any(|file| path.ends_with(file));
        scripts.filter(is_run).collect()
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let files = self.sql();
        files
            .filter_map(|path| Step::of(path.file_name()?.to_str()?, &self.name))
            .collect()
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

/// Returns a value as the server reads it: each word may be shortened.
fn boolean(value: &str) -> Option<bool> {
    let value = value.to_ascii_lowercase();
    let is = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
    if value == "1" || is("true", 1) || is("yes", 1) || is("on", 2) {
        return Some(true);
    }
    (value == "0" || is("false", 1) || is("no", 1) || is("off", 2)).then_some(false)
}

/// Returns why the server refuses the name of a version.
fn invalid_version(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    if name.contains("--") {
        return Some("contains --");
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Some("begins or ends with -");
    }
    name.contains('/').then_some("contains /")
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
            .and_then(|()| extension.check_library("w", "w.so"));
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
        let control = "default_version = '1.0'\nrelocatable = true\n";
        for (line, expected) in [
            (
                "module_pathname = 'v'",
                "w--1.0.control:1: module_pathname is \"v\"",
            ),
            (
                "directory = 'x'",
                "w--1.0.control:1: directory must be in w.control",
            ),
            (
                "schema = 's'",
                "w--1.0.control:1: an extension with a schema",
            ),
            ("relocatable = off\nschema = 's'", ""),
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
                "Comment = 'x'",
                "w.control:2: the server does not know the parameter \"Comment\"",
            ),
            (
                "trusted = perhaps",
                "w.control:2: trusted must be true or false",
            ),
            (
                "schema = 's'\nrelocatable = yes",
                "w.control:2: an extension with a schema cannot be relocatable",
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

    #[test]
    fn the_version_of_the_server_decides_which_names_it_knows() {
        for (line, since) in [("trusted = on", 130_000), ("no_relocate = 'x'", 160_000)] {
            let control = format!("default_version = '1.0'\n{line}\n");
            assert_eq!(message(&control, &["w--1.0.sql"], since), "");
            let said = message(&control, &["w--1.0.sql"], since - 1);
            let expected = format!("which is new in {}\n", since / 10_000);
            assert!(said.contains(&expected), "{said}");
        }
    }

    #[test]
    fn the_default_version_has_a_name_that_servers_accept() {
        let said = message("comment = 'x'\n", &["w--1.0.sql"], 180_000);
        assert!(
            said.starts_with("w.control: default_version is missing\n"),
            "{said}"
        );
        for (version, why) in [
            ("", "is empty"),
            ("1.0-", "begins or ends with -"),
            ("-1", "begins or ends with -"),
            ("1--2", "contains --"),
            ("a/b", "contains /"),
        ] {
            let control = format!("default_version = '{version}'\n");
            let said = message(&control, &["w--1.0.sql"], 180_000);
            let expected = format!("w.control:1: default_version {version:?} {why}");
            assert!(said.starts_with(&expected), "{said}");
        }
    }

    #[test]
    fn the_library_may_have_its_suffix() {
        for path in ["w", "$libdir/w", "w.so", "$libdir/w.so"] {
            let control = format!("default_version = '1.0'\nmodule_pathname = '{path}'\n");
            assert_eq!(message(&control, &["w--1.0.sql"], 180_000), "");
        }
        for path in ["$libdir/w.dylib", "/x/w.so", "$libdir/libw"] {
            let control = format!("default_version = '1.0'\nmodule_pathname = '{path}'\n");
            let said = message(&control, &["w--1.0.sql"], 180_000);
            assert!(
                said.starts_with("w.control:2: module_pathname is"),
                "{said}"
            );
        }
    }

    #[test]
    fn booleans_may_be_shortened() {
        for (text, expected) in [
            ("TRUE", Some(true)),
            ("y", Some(true)),
            ("on", Some(true)),
            ("1", Some(true)),
            ("of", Some(false)),
            ("f", Some(false)),
            ("0", Some(false)),
            ("o", None),
            ("", None),
            ("10", None),
        ] {
            assert_eq!(boolean(text), expected, "{text}");
        }
    }
}
