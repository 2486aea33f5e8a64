//! Every link between the book, the READMEs and the files at the top of the repository leads to a file and a heading, and every
//! page of the book is in its table of contents.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The lines of a page that are not code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// What the links of a page lead to, addresses aside.
fn targets(text: &str) -> Vec<&str> {
    prose(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

/// The anchor of a heading, as mdBook and forges make it.
fn anchor(heading: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(|&c| kept(c))
        .collect::<String>()
        .to_lowercase()
        .replace(' ', "-")
}

fn markdown(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    files.sort();
    files
}

/// What is wrong with the links of a file.
fn broken(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let complaint = |target: &str| {
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        let there = if path.is_empty() {
            file.to_owned()
        } else {
            file.parent().unwrap().join(path)
        };
        if !there.exists() {
            return Some(format!("{}: no file {target}", file.display()));
        }
        if heading.is_empty() {
            return None;
        }
        let page = fs::read_to_string(&there).unwrap();
        let found = prose(&page).any(|line| line.starts_with('#') && anchor(line) == heading);
        (!found).then(|| format!("{}: no heading {target}", file.display()))
    };
    targets(&text).into_iter().filter_map(complaint).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut files = markdown(&root());
    files.extend(markdown(&root().join("docs/src")));
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let mut directories: Vec<_> = crates.map(|entry| entry.unwrap().path()).collect();
    directories.extend(
        ["examples", "tests", "fuzz", "postgres-bgworker-sys"].map(|name| root().join(name)),
    );
    let readmes = directories
        .iter()
        .map(|directory| directory.join("README.md"));
    files.extend(readmes.filter(|path| path.exists()));
    assert!(files.len() > 20, "the files are not where this test looks");
    let complaints: Vec<_> = files.iter().flat_map(|file| broken(file)).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn every_page_is_in_the_contents_and_is_tested() {
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut pages: BTreeSet<_> = markdown(&root().join("docs/src"))
        .iter()
        .map(name)
        .collect();
    pages.remove("SUMMARY.md");
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md")).unwrap();
    let contents: BTreeSet<_> = targets(&summary).into_iter().map(str::to_owned).collect();
    assert_eq!(pages, contents);
    let tested: BTreeSet<_> = book::PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(pages, tested);
}

/// A block without a language is Rust to rustdoc and nothing to a reader; one that is ignored can say anything.
#[test]
fn every_block_of_code_has_a_language_and_none_is_ignored() {
    for file in markdown(&root().join("docs/src")) {
        let text = fs::read_to_string(&file).unwrap();
        let fences = text
            .lines()
            .map(str::trim_start)
            .filter_map(|line| line.strip_prefix("```"));
        for language in fences.step_by(2) {
            assert!(
                !language.is_empty(),
                "{}: a block without a language",
                file.display()
            );
            assert!(
                !language.contains("ignore"),
                "{}: a block is ignored",
                file.display()
            );
        }
    }
}
