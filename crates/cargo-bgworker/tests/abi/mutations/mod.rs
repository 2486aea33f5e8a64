//! Mutations of a server's headers and program, and what `abi check` says about each. All rows of a
//! table that need no server of their own mutate one copy: each is reported, and nothing else.

mod program;
mod table;

use crate::changed::description_of;
use crate::links::change;
use pg_abi::compare::check::{Disagreement, compare};
use pg_abi::compare::collect::{Sources, ask};
use pg_abi::sources::subject::{Subject, host};
use pg_abi::sources::witness::Witness;
use pg_abi::sources::{manifest, measure};
use pg_scratch::servers::{Server, discover};
use program::Program;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use table::{Row, rows};

/// The tables of headers.
const HEADERS: [&str; 5] = ["types", "values", "functions", "own", "quiet"];

/// Returns the path of a file beside this one.
fn file(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi/mutations");
    directory.join(name).with_extension("txt")
}

#[test]
fn types_are_compared() {
    check("types");
}

#[test]
fn values_are_compared() {
    check("values");
}

#[test]
fn functions_and_variables_are_compared() {
    check("functions");
}

#[test]
fn what_is_no_difference_or_is_documented_as_unseen_is_not_reported() {
    check("quiet");
}

#[test]
fn programs_are_compared() {
    check("programs");
}

#[test]
fn items_of_a_manifest_are_compared() {
    let dir = tempfile::tempdir().unwrap();
    let ours = file("manifest");
    for server in servers(&table("own")) {
        let subject = Subject::new(&server.pg_config).unwrap();
        let manifest = manifest::read(&ours).unwrap();
        let facts = measure::dump(&subject, &host(), Some(&manifest)).unwrap();
        let golden = dir.path().join("facts.txt");
        facts.write(&golden).unwrap();
        let sources = Sources {
            golden: Some(golden),
            manifest: Some(ours.clone()),
            ..Sources::default()
        };
        assert_none(check_on(&server, &table("own"), &sources));
    }
}

#[test]
fn the_tables_are_complete() {
    let count = |name: &str| table(name).len();
    assert!(HEADERS.into_iter().map(count).sum::<usize>() >= 40);
    assert!(count("programs") >= 20);
}

#[test]
fn what_is_not_seen_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/abi.md");
    let page = fs::read_to_string(page).unwrap();
    for row in HEADERS
        .iter()
        .chain(&["programs"])
        .flat_map(|name| table(name))
    {
        let admitted = row.unseen.as_ref().is_none_or(|words| page.contains(words));
        assert!(admitted, "{}", row.name);
    }
}

/// Returns the servers that rows are about, as far as they are installed.
fn servers(rows: &[Row]) -> Vec<Server> {
    let majors: BTreeSet<&String> = rows.iter().flat_map(|row| &row.majors).collect();
    let mut all = discover();
    all.retain(|server| server.headers && majors.contains(&server.version.major));
    all.dedup_by(|one, other| one.version.major == other.version.major);
    if all.is_empty() {
        eprintln!("NOT TESTED: no server of {majors:?} is installed");
    }
    all
}

fn table(name: &str) -> Vec<Row> {
    rows(&fs::read_to_string(file(name)).unwrap())
}

fn check(name: &str) {
    let rows = table(name);
    let servers = servers(&rows);
    let wrong = servers
        .into_iter()
        .flat_map(|server| check_on(&server, &rows, &Sources::default()));
    assert_none(wrong.collect());
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns what is said that should not be, and the other way round.
fn check_on(server: &Server, rows: &[Row], sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    let major = &server.version.major;
    let here = rows.iter().filter(|row| row.majors.contains(major));
    let (alone, together): (Vec<&Row>, Vec<&Row>) = here.partition(|row| row.alone);
    let groups = alone.into_iter().map(|row| vec![row]);
    for group in groups.chain([together]).filter(|group| !group.is_empty()) {
        let wanted: BTreeSet<String> = group.iter().flat_map(|row| row.says.clone()).collect();
        let said = said(server, &group, sources);
        let first = &group[0].name;
        let about = |what: &str, text: &String| format!("{major}, {first}: {what}: {text}");
        wrong.extend(wanted.difference(&said).map(|text| about("not said", text)));
        let others: Vec<&String> = said.difference(&wanted).collect();
        if others.len() != group[0].more {
            wrong.extend(others.into_iter().map(|text| about("not wanted", text)));
        }
    }
    wrong
}

/// Returns what is said about a server with some mutations.
fn said(server: &Server, rows: &[&Row], sources: &Sources) -> BTreeSet<String> {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("include");
    let mut other: Vec<(&str, &Path)> = Vec::new();
    for edit in rows.iter().flat_map(|row| &row.edits) {
        let from = &server.includedir_server;
        change(from, &root, Path::new(&edit.file), |text| edit.apply(text));
        other = vec![("INCLUDEDIR-SERVER", &root)];
    }
    let acts: Vec<&String> = rows.iter().flat_map(|row| &row.acts).collect();
    if !acts.is_empty() {
        let mut program = Program::read(&server.program("postgres"));
        let (version, other_minor) = minors(server);
        for act in acts {
            let act = act.replace("{version}", &version);
            program.apply(&act.replace("{other minor}", &other_minor));
        }
        program.write(&dir.path().join("postgres"));
        other.push(("BINDIR", dir.path()));
    }
    let subject = Subject::new(&description_of(server, dir.path(), &other)).unwrap();
    let sources = Sources {
        // As for most users: outside of a checkout, these sources are absent.
        skip: vec![Witness::Rust, Witness::Clang],
        ..sources.clone()
    };
    let here = dir.path().display().to_string();
    let all = match ask(&subject, &host(), &sources) {
        Ok(all) => all,
        Err(error) => return BTreeSet::from([plain(&error.to_string(), &here)]),
    };
    let absent = all.absent.iter();
    let absent = absent.filter(|(witness, _)| !sources.skip.contains(witness));
    let absent =
        absent.map(|(witness, error)| format!("source {witness} is not available: {error}"));
    let differences = compare(&all);
    let differences = differences.iter().map(Disagreement::sentence);
    let all = absent.chain(differences);
    all.map(|text| plain(&text, &here)).collect()
}

/// Returns the number of a server's release, and that of another minor release of the same length.
fn minors(server: &Server) -> (String, String) {
    let version = server.version.full.split(' ').next().unwrap_or_default();
    let last = if version.ends_with('9') { "8" } else { "9" };
    let (begin, _) = version.split_at(version.len() - 1);
    (version.to_owned(), format!("{begin}{last}"))
}

/// Returns the first line of a message, and the compiler's first error.
fn plain(text: &str, here: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let error = lines.find(|line| line.contains(" error: "));
    let lines = [first].into_iter().chain(error.map(str::trim_start));
    let text = lines.collect::<Vec<_>>().join("; ");
    text.replace(here, "HERE")
}
