//! A copy of the server's description with changes, and what the sources say about it.

use crate::links::change;
use pg_abi::compare::check::{Disagreement, compare};
use pg_abi::compare::collect::{Sources, ask};
use pg_abi::facts::Facts;
use pg_abi::sources::measure;
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::witness::Witness;
use pg_scratch::servers::Server;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(crate) static SERVER: LazyLock<Server> = LazyLock::new(|| Server::from_env().unwrap());

pub(crate) static DUMP: LazyLock<Facts> = LazyLock::new(|| {
    measure::dump(&Subject::new(&SERVER.pg_config).unwrap(), &host(), None).unwrap()
});

/// Writes a description of the server in which some lines are replaced.
pub(crate) fn description(directory: &Path, other: &[(&str, &Path)]) -> PathBuf {
    description_of(&SERVER, directory, other)
}

/// Writes a description of a server in which some lines are replaced.
pub(crate) fn description_of(
    server: &Server,
    directory: &Path,
    other: &[(&str, &Path)],
) -> PathBuf {
    let mut subject = Subject::new(&server.pg_config).unwrap();
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
    replace(&root, header, old, new);
    Subject::new(&description(directory, &[("INCLUDEDIR-SERVER", &root)])).unwrap()
}

/// Changes a header in a copy of the server's headers.
pub(crate) fn replace(copy: &Path, header: &str, old: &str, new: &str) {
    let from = &SERVER.includedir_server;
    change(from, copy, Path::new(header), |text| {
        assert!(text.contains(old), "{header} does not say {old:?}");
        text.replacen(old, new, 1)
    });
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
