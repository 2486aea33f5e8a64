//! Functions and variables that minor releases of PostgreSQL added, from its git histories.

mod conditions;
mod headers;
mod releases;

use releases::{Commit, Releases};

use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

const HEAD: &str = "\
# Written by `cargo xtask minors`. Functions and variables that headers of PostgreSQL declare since a
# minor release: major, name, minor. Those of X.0, and those that a later one removed, are not listed.
#
";

/// Returns the table.
pub(crate) fn table(directories: &[PathBuf]) -> Result<String> {
    let mut releases = Releases::new();
    for directory in directories {
        releases::read(directory, &mut releases)?;
    }
    let mut majors: BTreeMap<u32, BTreeMap<u32, Commit>> = BTreeMap::new();
    for (number, commit) in releases {
        let minors = majors.entry(number / 100).or_default();
        minors.insert(number % 100, commit);
    }
    let (mut text, mut rows) = (HEAD.to_owned(), String::new());
    for (major, minors) in &majors {
        // A name that a release which is not here has added is not known to be of a later one.
        let whole = minors
            .iter()
            .zip(0..)
            .filter(|((minor, _), at)| *minor == at);
        let commits: Vec<&Commit> = whole.map(|((_, commit), _)| commit).collect();
        let name = name(*major);
        let Some(last) = commits.len().checked_sub(1) else {
            continue;
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "# {name}.0 to {name}.{last}");
        for (minor, added) in added(&releases::names(&commits)?) {
            for one in added {
                let _ = writeln!(rows, "{name}\t{one}\t{minor}");
            }
        }
    }
    if rows.is_empty() {
        let what = "no commits of releases, such as \"Stamp 15.4.\", were found";
        return Err(Error::new(what).help("name a git directory of PostgreSQL with --git"));
    }
    Ok(text + &rows)
}

/// Formats a major: 903 is 9.3, and 1500 is 15.
fn name(major: u32) -> String {
    if major < 1000 {
        format!("{}.{}", major / 100, major % 100)
    } else {
        (major / 100).to_string()
    }
}

/// Returns the names that each release added to those before, if all after it have them. The first
/// release is not one that adds.
fn added(names: &[BTreeSet<String>]) -> BTreeMap<usize, BTreeSet<&str>> {
    let mut found: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for name in names.last().into_iter().flatten() {
        let with = names.iter().rev().take_while(|all| all.contains(name));
        let first = names.len() - with.count();
        if first > 0 && !names[0].contains(name) {
            found.entry(first).or_default().insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{added, name, table};
    use std::path::Path;
    use std::process::Command;

    /// Commits a header with functions as a release.
    fn release(directory: &Path, version: &str, functions: &[&str], committer: &str) {
        let git = |words: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C").arg(directory).args(words);
            for (variable, value) in [
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_AUTHOR_NAME", "author"),
                ("GIT_AUTHOR_EMAIL", "author"),
                ("GIT_COMMITTER_NAME", committer),
                ("GIT_COMMITTER_EMAIL", committer),
            ] {
                git.env(variable, value);
            }
            assert!(git.output().unwrap().status.success(), "{words:?}");
        };
        git(&["init"]);
        let include = directory.join("src/include");
        std::fs::create_dir_all(&include).unwrap();
        let lines = functions
            .iter()
            .map(|name| format!("extern int {name}(void);\n"));
        std::fs::write(include.join("a.h"), lines.collect::<String>()).unwrap();
        std::fs::write(include.join("a.txt"), "extern int no_header(void);\n").unwrap();
        git(&["add", "."]);
        let subject = format!("Stamp {version}.");
        git(&["commit", "--allow-empty", "--message", &subject]);
    }

    #[test]
    fn histories_complete_each_other() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        release(one.path(), "15rc1", &["a"], "author");
        release(one.path(), "15.0", &["a"], "author");
        release(one.path(), "15.1", &["a", "b"], "author");
        release(one.path(), "15.2", &["a", "b", "of_a_fork"], "another");
        release(one.path(), "15.4", &["a", "b", "c", "late"], "author");
        release(two.path(), "9.6.0", &["a"], "author");
        release(two.path(), "9.6.1", &["a", "old"], "author");
        let read = |directories: &[&tempfile::TempDir]| {
            let paths: Vec<_> = directories.iter().map(|dir| dir.path().into()).collect();
            let text = table(&paths).unwrap();
            let lines = text.lines().skip_while(|line| *line != "#").skip(1);
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        // 15.2 is not there, so those after it do not count.
        assert_eq!(read(&[&one]), ["# 15.0 to 15.1", "15\tb\t1"]);
        release(two.path(), "15.2", &["a", "b"], "author");
        release(two.path(), "15.3", &["a", "b", "c"], "author");
        let expected = [
            "# 9.6.0 to 9.6.1",
            "# 15.0 to 15.4",
            "9.6\told\t1",
            "15\tb\t1",
            "15\tc\t3",
            "15\tlate\t4",
        ];
        assert_eq!(read(&[&one, &two]), expected);
        release(two.path(), "15.1", &["a"], "author");
        let error = table(&[one.path().into(), two.path().into()]).unwrap_err();
        assert!(
            error.to_string().contains("15.1 is stamped twice"),
            "{error}"
        );
    }

    #[test]
    fn names_are_of_the_first_release_since_which_they_stay() {
        let names = |words: &str| words.split_whitespace().map(str::to_owned).collect();
        let releases = [
            names("old gone back"),
            names("old gone a tried"),
            names("old a b"),
            names("old a b tried back"),
        ];
        let found: Vec<_> = added(&releases)
            .into_iter()
            .map(|(minor, names)| (minor, names.into_iter().collect::<Vec<_>>().join(" ")))
            .collect();
        let expected = [(1, "a"), (2, "b"), (3, "tried")];
        assert_eq!(
            found,
            expected.map(|(minor, names)| (minor, names.to_owned()))
        );
    }

    #[test]
    fn majors_have_names() {
        assert_eq!((name(903), name(1500)), ("9.3".into(), "15".into()));
    }
}
