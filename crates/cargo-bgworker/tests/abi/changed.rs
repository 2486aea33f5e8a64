//! A copy of the server's description with changes, and what the sources say about it.

use pg_abi::compare::check::{Disagreement, compare};
use pg_abi::compare::collect::{Sources, ask};
use pg_abi::facts::Facts;
use pg_abi::sources::measure;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::witness::Witness;
use pg_scratch::servers::Server;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(crate) static SERVER: LazyLock<Server> = LazyLock::new(|| Server::from_env().unwrap());

pub(crate) static DUMP: LazyLock<Facts> = LazyLock::new(|| {
    measure::dump(&Subject::new(&SERVER.pg_config).unwrap(), &host(), None).unwrap()
});

/// Writes a description of the server in which some lines are replaced.
pub(crate) fn description(directory: &Path, other: &[(&str, &Path)]) -> PathBuf {
    let mut subject = Subject::new(&SERVER.pg_config).unwrap();
    for (name, path) in other {
        subject
            .answers
            .insert((*name).to_owned(), path.display().to_string());
    }
    let lines = subject
        .answers
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"));
    let path = directory.join("server.txt");
    fs::write(&path, lines.collect::<String>()).unwrap();
    path
}

/// Returns the server with one changed header.
pub(crate) fn with_header(directory: &Path, header: &str, old: &str, new: &str) -> Subject {
    let root = directory.join("include");
    copy(
        &SERVER.includedir_server,
        &root,
        Path::new(header),
        old,
        new,
    );
    Subject::new(&description(directory, &[("INCLUDEDIR-SERVER", &root)])).unwrap()
}

/// Makes a copy with one changed file. Everything else is a link, except the directories of that
/// file.
pub(crate) fn copy(from: &Path, to: &Path, file: &Path, old: &str, new: &str) {
    fs::create_dir_all(to).unwrap();
    let mut way = file.components();
    let first = way.next().unwrap();
    let rest = way.as_path();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name();
        let target = to.join(&name);
        if name != first.as_os_str() {
            symlink(entry.path(), target).unwrap();
        } else if rest.as_os_str().is_empty() {
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(
                text.contains(old),
                "{} does not say {old:?}",
                file.display()
            );
            fs::write(target, text.replacen(old, new, 1)).unwrap();
        } else {
            copy(&entry.path(), &target, rest, old, new);
        }
    }
}

pub(crate) fn sources() -> Sources {
    // libclang needs a build, and has a separate test.
    Sources {
        skip: vec![Witness::Clang],
        ..Sources::default()
    }
}

pub(crate) fn disagreements(subject: &Subject, sources: &Sources) -> Vec<String> {
    let all = ask(subject, &host(), sources).unwrap();
    compare(&all).iter().map(Disagreement::sentence).collect()
}

/// Asserts that the sentence is present.
#[track_caller]
pub(crate) fn expect(sentences: &[String], wanted: &str) {
    assert!(
        sentences.iter().any(|one| one == wanted),
        "{wanted:?} is not among {sentences:#?}"
    );
}
