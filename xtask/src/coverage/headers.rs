//! Names in all headers of a server, whether the bindings include them or not.

use pg_abi::contract::Places;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// Returns which of the names are declared by the headers in a directory, and by which header.
pub(super) fn declare(directory: &Path, names: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for file in below(directory)? {
        let bytes = std::fs::read(&file).map_err(|e| Error::io(file.display(), &e))?;
        let text = String::from_utf8_lossy(&bytes);
        let named: Vec<&&str> = names.iter().filter(|name| text.contains(**name)).collect();
        if named.is_empty() {
            continue;
        }
        // Not preprocessed: declarations after any #if count.
        let places = Places::read(&without_comments(&text), "");
        let declared = named.into_iter().filter(|name| places.defines(name));
        let header = file.strip_prefix(directory).unwrap_or(&file);
        found.extend(declared.map(|name| ((*name).to_owned(), header.display().to_string())));
    }
    Ok(found)
}

fn below(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(directory).map_err(|e| Error::io(directory.display(), &e))?;
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "h") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the text without comments, with each directive in one line.
pub(crate) fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push(' ');
        clean.push_str(part.split_once("*/").map_or("", |(_, after)| after));
    }
    // A directive continues after a backslash.
    clean.replace("\\\n", " ")
}

#[cfg(test)]
mod tests {
    use super::declare;

    #[test]
    fn declarations_count_and_comments_do_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        let text = "/* here(): see\n there() */\n#define TWICE(x) \\\n\tbehind(x)\nextern int\thidden(int x);\n\
                    struct mentioned *p;\n";
        std::fs::write(dir.path().join("sub/a.h"), text).unwrap();
        std::fs::write(dir.path().join("sub/a.c"), "int here;").unwrap();
        let names = ["here", "there", "TWICE", "behind", "hidden", "mentioned"];
        let found = declare(dir.path(), &names).unwrap();
        let expected = ["TWICE", "hidden"].map(|name| (name.to_owned(), "sub/a.h".to_owned()));
        assert_eq!(found, expected);
    }
}
