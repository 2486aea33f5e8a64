//! A manifest of what a library imports from a server, and the headers that declare it.

use super::members::Members;
use super::names_in_c::Tested;
use super::subject::Subject;
use crate::binary::Binary;
use crate::contract::{Compiler, tokens};
use crate::facts::Kind;
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Headers by the names that they declare.
type Headers = BTreeMap<String, Vec<String>>;

/// Returns the text of a manifest with the functions and variables that a library imports.
pub fn manifest(library: &Path, subject: &Subject, target: &str) -> Result<String> {
    let library = Binary::read(library)?;
    let server = Binary::read(subject.program()?)?;
    subject.expect(&server, target)?;
    let imports = library.imports.iter().map(|import| import.name.as_str());
    let imports: BTreeSet<&str> = imports
        .filter(|name| server.exports.contains_key(*name))
        .collect();
    if imports.is_empty() {
        return Err(Error::new(format!(
            "{} imports nothing from the server",
            library.path.display()
        ))
        .help("specify the library of an extension"));
    }
    let mut compiler = subject.compiler(target)?;
    let includes = includes(&imports, &subject.headers()?, &mut compiler)?;
    compiler.include(&includes);
    let tested = Tested::new(imports.iter().copied(), &compiler)?;
    Ok(text(&library, subject, &imports, &includes, &tested))
}

fn text(
    library: &Binary,
    subject: &Subject,
    imports: &BTreeSet<&str>,
    includes: &[String],
    tested: &Tested,
) -> String {
    let name = library.path.file_name().unwrap_or_default();
    let mut text = format!(
        "# What {} uses of a server. Its imports were found with PostgreSQL {}.\n\
         # Types, fields and constants are not among the imports of a library. Add those that it uses:\n\
         #   include storage/proc.h\n\
         #   type PGPROC\n\
         #   field PGPROC.pid\n\
         #   constant NAMEDATALEN\n\n",
        name.to_string_lossy(),
        subject.version.major
    );
    for header in includes {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "include {header}");
    }
    if !includes.is_empty() {
        text.push('\n');
    }
    let (mut declared, mut others) = (String::new(), String::new());
    for name in imports {
        let _ = match tested.kind(name, &Members::new()) {
            Some(kind @ (Kind::Function | Kind::Global)) => writeln!(declared, "{kind} {name}"),
            _ => writeln!(others, "symbol {name}"),
        };
    }
    text.push_str(&declared);
    if !others.is_empty() {
        text.push_str("\n# No header of the server declares these.\n");
        text.push_str(&others);
    }
    text
}

/// Returns the headers to include, so that as many names as possible are declared.
fn includes(names: &BTreeSet<&str>, root: &Path, compiler: &mut Compiler) -> Result<Vec<String>> {
    let tested = Tested::new(names.iter().copied(), compiler)?;
    let is_missing = |tested: &Tested, name: &str| tested.kind(name, &Members::new()).is_none();
    let missing = names.iter().filter(|name| is_missing(&tested, name));
    let missing: BTreeSet<&str> = missing.copied().collect();
    let mut headers = Headers::new();
    search(root, "", &missing, &mut headers);
    let mut chosen: Vec<String> = Vec::new();
    for name in missing {
        let candidates = headers.get(name).map_or(&[][..], Vec::as_slice);
        if candidates.iter().any(|header| chosen.contains(header)) {
            continue;
        }
        for header in candidates {
            let with = [&chosen[..], std::slice::from_ref(header)].concat();
            // Some headers cannot be included after others, and some are for other programs.
            compiler.include(&with);
            let Ok(tested) = Tested::new([name], compiler) else {
                continue;
            };
            if !is_missing(&tested, name) {
                chosen = with;
                break;
            }
        }
    }
    Ok(chosen)
}

/// Searches the headers below a directory for declarations of these names.
fn search(root: &Path, below: &str, names: &BTreeSet<&str>, found: &mut Headers) {
    let Ok(entries) = std::fs::read_dir(root.join(below)) else {
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = match below {
            "" => name,
            below => format!("{below}/{name}"),
        };
        if entry.path().is_dir() {
            search(root, &path, names, found);
            continue;
        }
        let text = match path.ends_with(".h") {
            true => std::fs::read(entry.path()).unwrap_or_default(),
            false => continue,
        };
        for name in declared(&String::from_utf8_lossy(&text)) {
            if names.contains(name) {
                let headers = found.entry(name.to_owned()).or_default();
                if headers.last() != Some(&path) {
                    headers.push(path.clone());
                }
            }
        }
    }
}

/// Returns the words of the lines that declare something of another file.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| line.contains("extern "));
    lines.flat_map(tokens)
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn declarations_are_lines_with_extern() {
        let header = "#define F 1\nextern void f(int a,\n  int b);\npg_noreturn extern PGDLLIMPORT int v;\nstatic int s;\n";
        let words: Vec<_> = declared(header).collect();
        assert!(words.contains(&"f") && words.contains(&"v"));
        assert!(!words.contains(&"F") && !words.contains(&"s"));
    }
}
