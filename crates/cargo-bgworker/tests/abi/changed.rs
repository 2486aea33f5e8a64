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

/// Changes a file in a copy of a directory. Everything else in the copy is a link, except the
/// directories of changed files.
pub(crate) fn change(from: &Path, to: &Path, file: &Path, edit: impl FnOnce(&str) -> String) {
    let parents: Vec<&Path> = file.ancestors().skip(1).collect();
    for directory in parents.into_iter().rev() {
        link_all(&from.join(directory), &to.join(directory));
    }
    let target = to.join(file);
    let text = fs::read_to_string(&target).unwrap();
    fs::remove_file(&target).unwrap();
    fs::write(target, edit(&text)).unwrap();
}

/// Makes a directory of links, unless it is one already.
fn link_all(from: &Path, to: &Path) {
    if to.is_symlink() {
        fs::remove_file(to).unwrap();
    } else if to.is_dir() {
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        symlink(entry.path(), to.join(entry.file_name())).unwrap();
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
