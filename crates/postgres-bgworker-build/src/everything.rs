//! Every header of a server that a module of the server can include.

use crate::contract;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::request::Request;
use crate::vars;
use std::collections::BTreeSet;
use std::path::Path;

/// Headers of programs outside of the server, of other systems, and parts of other headers.
const NOT_MODULES: &[&str] = &[
    // Macros in place of functions, up to 11.
    "dynloader.h",
    "fe_utils/",
    "port/win32",
    "port/atomics/",
    "postgres_fe.h",
    "regex/",
    "snowball/",
];

/// Requests all items of all headers.
pub fn add(request: &mut Request, headers: &Headers, wrapper: &Path) -> Result<()> {
    let root = &headers.includedir_server;
    let mut all = BTreeSet::new();
    collect(root, root, &mut all);
    all.retain(|header| {
        !NOT_MODULES.iter().any(|part| header.starts_with(part)) && has_guard(&root.join(header))
    });
    let source = vars::out_dir().join("everything.c");
    // A header that includes a file that is not there ends the compiler, so others are found later.
    loop {
        let lines: String = all
            .iter()
            .map(|header| format!("#include \"{header}\"\n"))
            .collect();
        let text = format!("#include \"{}\"\n{lines}", wrapper.display());
        headers::write(&source, &text)?;
        let errors = contract::lines_with_errors(headers, &source)?;
        if errors.is_empty() {
            all.iter().for_each(|header| request.add_whole(header));
            return Ok(());
        }
        // The first line includes the wrapper.
        let numbered: Vec<String> = all.iter().cloned().collect();
        let before = all.len();
        for (line, error) in &errors {
            if let Some(header) = line.checked_sub(2).and_then(|at| numbered.get(at)) {
                leave_out(root, header, error, &mut all);
            }
        }
        if all.len() == before {
            let report = Report::new("the server's headers cannot be read");
            return Err(errors.values().fold(report, Report::note));
        }
    }
}

/// Removes a header that does not compile, or that includes a file that is not there, and those
/// that include it.
fn leave_out(root: &Path, header: &str, error: &str, all: &mut BTreeSet<String>) {
    let (place, why) = error.split_once("error: ").unwrap_or(("", error));
    let place = Path::new(place.split(':').next().unwrap_or_default());
    let place = place.strip_prefix(root).ok().and_then(Path::to_str);
    let mut broken = vec![(header.to_string(), why.to_string())];
    // An error of another kind may be that of the header in front.
    if error.contains("fatal error: ") {
        broken.extend(place.map(|place| (place.to_string(), why.to_string())));
    }
    while let Some((header, why)) = broken.pop() {
        if all.remove(&header) {
            println!("cargo:warning={header} is left out: {why}");
        }
        let users = all.iter().filter(|other| includes(root, other, &header));
        broken.extend(users.map(|user| (user.clone(), format!("it includes {header}"))));
    }
}

/// Returns whether a header always includes another.
fn includes(root: &Path, header: &str, other: &str) -> bool {
    let text = std::fs::read_to_string(root.join(header)).unwrap_or_default();
    let wanted = format!("\"{other}\"");
    let mut depth = 0;
    text.lines().any(|line| {
        let directive = line.strip_prefix('#').unwrap_or_default().trim_start();
        if directive.starts_with("if") {
            depth += 1;
        } else if directive.starts_with("endif") {
            depth -= 1;
        }
        // The outermost condition is the header's guard.
        depth == 1 && directive.starts_with("include") && directive.contains(&wanted)
    })
}

/// Adds the paths of all headers below a directory.
fn collect(root: &Path, directory: &Path, all: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(root, &path, all);
        } else if path.extension().is_some_and(|extension| extension == "h") {
            let relative = path.strip_prefix(root).ok().and_then(Path::to_str);
            all.extend(relative.map(|path| path.replace('\\', "/")));
        }
    }
}

/// Returns whether a header can be included twice. Others are parts of files: lists of a macro's
/// calls.
fn has_guard(header: &Path) -> bool {
    let text = std::fs::read_to_string(header).unwrap_or_default();
    let mut directives = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: Option<&str>, directive: &str| {
        let (_, rest) = line?.split_once(directive)?;
        rest.split_whitespace().next().map(str::to_string)
    };
    let guard = name(directives.next(), "ifndef");
    guard.is_some() && guard == name(directives.next(), "define")
}
