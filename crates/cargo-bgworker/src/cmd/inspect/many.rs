//! Inspects the libraries of a directory or of a package.

use super::args::Args;
use super::chosen::Servers;
use super::extensions::Extensions;
use super::summary::{exit_code, facts, json};
use super::tree::Tree;
use bgworker_cli::term::{self, Progress};
use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, Files, Inspection, Severity, Source, inspect};
use pg_scratch::{Error, Result};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

/// A library that was inspected, or that could not be read.
struct Row {
    name: String,
    found: std::result::Result<Inspection, String>,
}

pub(super) fn main(args: &Args, tree: &Tree) -> Result<ExitCode> {
    refuse(args)?;
    let (mut servers, files) = (Servers::new(args), Files::default());
    let (mut rows, mut others) = (Vec::new(), 0);
    let mut without_server = false;
    let progress = Progress::new();
    let bar = progress.parts("inspecting", tree.libraries.len() as u64);
    for (done, path) in tree.libraries.iter().enumerate() {
        bar.at(done as u64);
        let name = tree.name(path).display().to_string();
        let library = match Binary::read(path) {
            Ok(library) => library,
            Err(error) => {
                let found = Err(tree.shown(&error.to_string()));
                rows.push(Row { name, found });
                continue;
            }
        };
        let server = servers.of(&library)?;
        let facts = facts(args, &library, server.as_deref())?;
        let against = Against {
            server: server.as_ref().map(|server| &server.program),
            directories: &args.directories,
            facts: facts.as_ref(),
            files: Some(&files),
            ..Against::default()
        };
        let mut found = inspect(&library, &against);
        if !is_module(&library, &found) {
            others += 1;
            continue;
        }
        without_server |= server.is_none();
        found.problems.extend(tree.extensions.problems(&library));
        // The files of an extension are not below the directory of the libraries.
        let installed = Extensions::installed_with(path, server.as_deref());
        found.problems.extend(installed.problems(&library));
        for problem in &mut found.problems {
            problem.text = tree.shown(&problem.text);
        }
        rows.push(Row {
            name,
            found: Ok(found),
        });
    }
    drop(bar);
    let code = rows.iter().fold(0, |all, row| all | row.exit_code());
    if args.json {
        print_json(&args.file, &rows, others, code)?;
        return Ok(exit_code(code));
    }
    if rows.is_empty() {
        let what = format!("{} has no module of a server", args.file.display());
        return Err(Error::new(what).note(format!("other libraries: {others}")));
    }
    match std::io::stdout().is_terminal() {
        true => print_table(&rows),
        false => print_lines(&rows),
    }
    if without_server {
        term::warning(
            "for some libraries no server of their major was found, so their symbols were not checked",
        );
    }
    Ok(exit_code(code))
}

/// Refuses options that are for one library.
fn refuse(args: &Args) -> Result<()> {
    let options = [
        ("--function", !args.functions.is_empty()),
        ("--script", !args.scripts.is_empty()),
        ("--sql", args.sql),
        ("--symbols", args.symbols),
        ("--majors", args.majors),
    ];
    match options.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Error::new(format!("{option} is for one library"))
            .note(format!("{} has several", args.file.display()))),
    }
}

/// Returns whether a library is for a server. A directory can also have those of programs.
fn is_module(library: &Binary, found: &Inspection) -> bool {
    let is_of_server = |source: &Source| *source == Source::Server;
    let uses_server = found
        .imports
        .iter()
        .any(|import| is_of_server(&import.source));
    library.has_function("Pg_magic_func") || library.hidden.contains("Pg_magic_func") || uses_server
}

impl Row {
    /// A library that cannot be read cannot be loaded.
    fn exit_code(&self) -> u8 {
        let broken = |_: &String| Severity::Broken.exit_bit();
        self.found
            .as_ref()
            .map_or_else(broken, Inspection::exit_code)
    }

    fn verdict(&self) -> &'static str {
        match self.exit_code() {
            0 => "good",
            4 => "doubt",
            _ => "broken",
        }
    }

    /// Returns what is wrong: the verdict with its code, and the text.
    fn problems(&self) -> Vec<(String, &str)> {
        let found = match &self.found {
            Ok(found) => found,
            Err(error) => return vec![("broken[unreadable]".to_owned(), error)],
        };
        let problems = found.problems.iter().map(|problem| {
            let verdict = match problem.severity {
                Severity::Broken => "broken",
                Severity::Doubt => "doubt",
            };
            (
                format!("{verdict}[{}]", problem.code),
                problem.text.as_str(),
            )
        });
        problems.collect()
    }
}

fn print_table(rows: &[Row]) {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let found = row.found.as_ref().ok();
            let built = found.and_then(|found| found.magic.as_ref());
            let server = found.and_then(|found| found.server.as_ref()?.version.clone());
            let version = server.and_then(|text| text.split(' ').next().map(str::to_owned));
            let mains = found.map_or(0, |found| found.entry_points.len());
            vec![
                row.name.clone(),
                built.map_or_else(|| "-".to_owned(), |magic| magic.major()),
                version.unwrap_or_else(|| "-".to_owned()),
                if mains > 0 {
                    mains.to_string()
                } else {
                    String::new()
                },
                row.verdict().to_owned(),
            ]
        })
        .collect();
    let head = ["library", "built for", "server", "entry points", "verdict"];
    anstream::println!("{}", term::table(&head, &cells));
    for row in rows.iter().filter(|row| row.exit_code() > 0) {
        anstream::println!("\n{}", term::paint(term::BOLD, &row.name));
        for (what, text) in row.problems() {
            anstream::println!("  {what}: {}", text.replace('\n', "\n  "));
        }
    }
    let good = rows.iter().filter(|row| row.exit_code() == 0).count();
    anstream::println!("\n{good} of {} are good", rows.len());
}

/// Prints a line for each library without problems, and one for each problem.
fn print_lines(rows: &[Row]) {
    for row in rows {
        if row.exit_code() == 0 {
            println!("{}: good", row.name);
        }
        for (what, text) in row.problems() {
            let line = text.lines().map(str::trim).collect::<Vec<_>>().join("; ");
            println!("{}: {what}: {line}", row.name);
        }
    }
}

fn print_json(path: &Path, rows: &[Row], others: usize, code: u8) -> Result<()> {
    let mut libraries = Vec::new();
    for row in rows {
        let mut data = match &row.found {
            Ok(found) => json(found)?,
            Err(error) => serde_json::json!({ "error": error }),
        };
        data["file"] = row.name.as_str().into();
        data["exit_code"] = row.exit_code().into();
        libraries.push(data);
    }
    let data = serde_json::json!({
        "path": path,
        "libraries": libraries,
        "other_libraries": others,
        "exit_code": code,
    });
    println!("{data:#}");
    Ok(())
}
