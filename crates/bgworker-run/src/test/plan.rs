//! Groups the packages that are built and tested together, by their `package.metadata.bgworker`.

use super::built::Program;
use super::words::Words;
use bgworker_cli::build::{Package, Tested, Workspace};

/// The packages of a workspace, grouped by how they are tested.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) each_server: Group<'a>,
    pub(super) built_once: Group<'a>,
    pub(super) once: Group<'a>,
}

/// Packages that cargo builds together.
#[derive(Debug)]
pub(super) struct Group<'a> {
    packages: Vec<&'a Package>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(workspace: &'a Workspace, words: &Words) -> Self {
        let chosen = |package: &&Package| {
            let named = words.packages.is_empty() || words.packages.contains(&package.name);
            named && !words.excluded.contains(&package.name)
        };
        let group = |tested| Group {
            packages: workspace
                .packages
                .iter()
                .filter(chosen)
                .filter(|package| package.tested() == tested)
                .collect(),
        };
        Self {
            each_server: group(Tested::EachServer),
            built_once: group(Tested::BuiltOnce),
            once: group(Tested::Once),
        }
    }
}

impl Group<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    pub(super) fn has_library(&self) -> bool {
        self.packages.iter().any(|package| package.has_library())
    }

    /// Returns the packages with a library that a server loads, each with one of its integration
    /// tests. Packages without such a test are left out.
    pub(super) fn loadable<'b>(&self, programs: &'b [Program]) -> Vec<(&Package, &'b Program)> {
        let packages = self.packages.iter().copied();
        let test_of = |package: &Package| {
            programs.iter().find(|program| {
                program.is_integration_test() && program.directory == package.directory()
            })
        };
        packages
            .filter(|package| package.is_loadable())
            .filter_map(|package| Some((package, test_of(package)?)))
            .collect()
    }

    /// Returns the name of the package of a program.
    pub(super) fn name_of(&self, program: &Program) -> Option<&str> {
        let mut packages = self.packages.iter();
        let package = packages.find(|package| package.directory() == program.directory);
        package.map(|package| package.name.as_str())
    }

    /// Returns the cargo arguments that select the packages.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for package in &self.packages {
            arguments.extend(["--package".to_owned(), package.name.clone()]);
            for feature in package.test_features() {
                arguments.extend([
                    "--features".to_owned(),
                    format!("{}/{feature}", package.name),
                ]);
            }
        }
        arguments
    }

    /// Returns the words that select programs of these packages. Returns `None` if all selected
    /// programs are in other packages, which is an error for cargo.
    pub(super) fn choice<'w>(&self, words: &'w Words) -> Option<Vec<&'w str>> {
        let mut choice = Vec::new();
        let mut rest = words.choice.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let (entry, name) = match word.strip_prefix("--test=") {
                Some(name) => (vec![word], Some(name)),
                None if word == "--test" => {
                    let name = rest.next();
                    (std::iter::once(word).chain(name).collect(), name)
                }
                None => (vec![word], None),
            };
            let is_here = name.is_none_or(|name| {
                let is_pattern = name.contains(['*', '?', '[']);
                is_pattern || self.packages.iter().any(|package| package.has_test(name))
            });
            if is_here {
                choice.extend(entry);
            }
        }
        (!choice.is_empty() || words.choice.is_empty()).then_some(choice)
    }

    /// Returns the packages whose documentation has examples to run. Some of them run against the
    /// first server only.
    pub(super) fn documented(&self, first: bool) -> Vec<&str> {
        let packages = self.packages.iter().filter(|package| package.documented());
        packages
            .filter(|package| first || !package.runs_once("--doc"))
            .map(|package| package.name.as_str())
            .collect()
    }

    /// Returns whether a program of these packages runs against the first server only.
    pub(super) fn runs_once(&self, program: &Program) -> bool {
        let mut packages = self.packages.iter();
        packages.any(|package| {
            package.directory() == program.directory && package.runs_once(&program.target)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A worker, a package that is built once, and one that is tested once.
    fn workspace(directory: &Path) -> Workspace {
        let write = |name: &str, text: &str| {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let package = |directory: &str, name: &str, metadata: &str, files: &[&str]| {
            let head = format!("[package]\nname = {name:?}\nedition = \"2021\"\n");
            write(
                &format!("{directory}Cargo.toml"),
                &format!("{head}{metadata}"),
            );
            for file in files {
                write(&format!("{directory}{file}"), "");
            }
        };
        let members = "[workspace]\nmembers = [\"watch\", \"model\"]\n";
        package("", "worker", members, &["tests/unit.rs"]);
        let metadata =
            "[package.metadata.bgworker]\ntest = \"built-once\"\nonce = [\"sources\", \"--doc\"]\n";
        package(
            "watch/",
            "watch",
            metadata,
            &["src/lib.rs", "tests/live.rs"],
        );
        let metadata = "[package.metadata.bgworker]\ntest = \"once\"\n";
        package("model/", "model", metadata, &["src/main.rs"]);
        Workspace::around(directory).unwrap()
    }

    fn words(text: &str) -> Words {
        Words::of(
            &text
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn packages_are_grouped_as_they_ask() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = workspace(directory.path());
        let plan = Plan::of(&workspace, &words(""));
        assert_eq!(plan.each_server.arguments(), ["--package", "worker"]);
        assert_eq!(plan.built_once.arguments(), ["--package", "watch"]);
        assert_eq!(plan.once.arguments(), ["--package", "model"]);
        let plan = Plan::of(&workspace, &words("-p watch"));
        assert!(plan.each_server.is_empty() && !plan.built_once.is_empty());
    }

    #[test]
    fn cargo_is_asked_only_for_tests_that_a_group_has() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = workspace(directory.path());
        let words = words("--test live --lib");
        let plan = Plan::of(&workspace, &words);
        assert_eq!(plan.each_server.choice(&words), Some(vec!["--lib"]));
        assert_eq!(
            plan.built_once.choice(&words),
            Some(vec!["--test", "live", "--lib"])
        );
        let words = super::tests::words("--test=live");
        assert_eq!(plan.each_server.choice(&words), None);
        assert_eq!(plan.built_once.choice(&words), Some(vec!["--test=live"]));
        let words = super::tests::words("part");
        assert_eq!(plan.each_server.choice(&words), Some(Vec::new()));
    }

    #[test]
    fn some_programs_run_against_the_first_server_only() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = workspace(directory.path());
        let group = Plan::of(&workspace, &words("")).built_once;
        let program = |target: &str| Program {
            directory: directory.path().join("watch"),
            name: format!("{target}.rs"),
            target: target.to_owned(),
            path: "/t".into(),
        };
        assert!(group.runs_once(&program("sources")) && !group.runs_once(&program("live")));
        assert_eq!(group.documented(true), ["watch"]);
        assert!(group.documented(false).is_empty());
    }
}
