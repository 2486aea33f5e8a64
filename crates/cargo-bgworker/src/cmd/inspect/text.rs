//! Formats an inspection for display.

use bgworker_cli::term::{BAD, BOLD, DIM, GOOD, WARN, paint, table};
use pg_abi::binary::Magic;
use pg_abi::fingerprint::Fingerprint;
use pg_abi::inspect::{Inspection, Lacks, NeededRelease, Resolved, Severity, Source, Told};
use std::collections::BTreeMap;

/// Formats lines with names and values, the problems, and tables.
pub(super) fn render(found: &Inspection, majors: &[Lacks], symbols: bool) -> String {
    let mut text = paint(BOLD, found.file.display()) + "\n";
    for (name, value) in lines(found) {
        text.push_str(&format!(
            "  {}  {value}\n",
            paint(DIM, format!("{name:>12}"))
        ));
    }
    if symbols && !found.imports.is_empty() {
        let rows: Vec<_> = found.imports.iter().map(row).collect();
        let head = ["symbol", "used as", "is", "provided by"];
        text.push_str(&format!("\n{}\n", table(&head, &rows)));
    }
    if !majors.is_empty() {
        let rows: Vec<_> = majors.iter().map(major_row).collect();
        text.push_str(&format!("\n{}\n", table(&["server", "lacks"], &rows)));
    }
    text.push('\n');
    for problem in &found.problems {
        let head = match problem.severity {
            Severity::Broken => paint(BAD, "broken"),
            Severity::Doubt => paint(WARN, "doubt"),
        };
        let (code, what, help) = (problem.code, &problem.text, &problem.help);
        text.push_str(&format!("{head}[{code}]: {what}\n  = help: {help}\n"));
    }
    if found.problems.is_empty() {
        let verdict = match &found.server {
            Some(_) => "it fits this server, according to the files",
            None => "no problems were found in the file",
        };
        text.push_str(&format!("{}: {verdict}\n", paint(GOOD, "good")));
    }
    text
}

fn lines(found: &Inspection) -> Vec<(&'static str, String)> {
    let mut lines = vec![("machine", found.target.clone())];
    lines.extend(found.build_id.iter().map(|id| ("build-id", id.clone())));
    lines.extend(found.magic.iter().map(|magic| ("built for", block(magic))));
    if let Some(name) = found.magic.as_ref().and_then(module_name) {
        lines.push(("module", name));
    }
    lines.extend(found.package.iter().map(|p| ("package", p.clone())));
    lines.extend(found.fingerprint.iter().map(|p| ("headers", headers(p))));
    if !found.needed.is_empty() {
        let names = found.needed.iter().map(|(name, here)| match here {
            Some(false) => format!("{name} (not found)"),
            _ => name.clone(),
        });
        lines.push(("needs", names.collect::<Vec<_>>().join(", ")));
    }
    if let Some(server) = &found.server {
        let version = server.version.as_deref().unwrap_or("of unknown version");
        lines.push(("server", format!("{version}, {}", server.file.display())));
    }
    if !found.imports.is_empty() {
        lines.push(("symbols", counts(&found.imports)));
    }
    if let Some(NeededRelease { release, symbols }) = &found.needed_release {
        let symbols = symbols.join(", ");
        lines.push(("release", format!("{release} or later, for {symbols}")));
    }
    for point in &found.entry_points {
        let state = if point.found {
            "exported"
        } else {
            "NOT exported"
        };
        let told = match point.told {
            Told::Note => "",
            Told::Asked => ", requested",
            Told::Named => ", perhaps: a string in its data names it",
        };
        lines.push(("entry point", format!("{} {state}{told}", point.name)));
    }
    if found.guesses_left_out > 0 {
        let count = found.guesses_left_out;
        let guesses = "less likely, of exported functions that a string names";
        lines.push(("", format!("and {count} {guesses}")));
    }
    if !found.preloading_signs.is_empty() {
        let signs = found.preloading_signs.join(", ");
        lines.push(("preloading", format!("perhaps needed: {signs}")));
    }
    if !found.declarations.is_empty() {
        let count = found.declarations.len();
        lines.push((
            "functions",
            format!("{count} for SQL; --sql prints their declarations"),
        ));
    }
    lines
}

fn block(magic: &Magic) -> String {
    let mut text = format!("PostgreSQL {}", magic.major());
    if let Some(vendor) = magic.abi_extra.as_deref().filter(|v| *v != "PostgreSQL") {
        text.push_str(&format!(" of {vendor}"));
    }
    let usual = (
        magic.func_max_args,
        magic.index_max_keys,
        magic.name_data_len,
    );
    if usual != (100, 32, 64) {
        let (args, keys, name) = usual;
        text.push_str(&format!(
            ", FUNC_MAX_ARGS {args}, INDEX_MAX_KEYS {keys}, NAMEDATALEN {name}"
        ));
    }
    if !magic.float8_by_value {
        text.push_str(", float8 by reference");
    }
    text
}

/// Returns name and version of the module. Since 18, and only if the module declares them.
fn module_name(magic: &Magic) -> Option<String> {
    let name = magic.module_name.as_deref()?;
    let version = magic.module_version.as_deref().unwrap_or_default();
    Some(format!("{name} {version}").trim_end().to_owned())
}

fn headers(print: &Fingerprint) -> String {
    let Fingerprint {
        headers,
        target,
        layout,
        ..
    } = print;
    let assertions = if print.assertions {
        ", with assertions"
    } else {
        ""
    };
    format!("{headers}, for {target}{assertions}, layout {layout}")
}

fn counts(imports: &[Resolved]) -> String {
    let count = |is: fn(&Source) -> bool| imports.iter().filter(|i| is(&i.source)).count();
    let mut text = format!(
        "{} of the server, {} of libraries",
        count(|s| *s == Source::Server),
        count(|s| matches!(s, Source::Library(_)))
    );
    let mut absent: BTreeMap<&str, usize> = BTreeMap::new();
    for import in imports {
        if let Source::Absent(name) = &import.source {
            *absent.entry(name).or_default() += 1;
        }
    }
    for (name, count) in absent {
        text.push_str(&format!(", {count} of {name} unknown"));
    }
    for (is, what) in [
        (
            (|s| *s == Source::Optional) as fn(&Source) -> bool,
            "optional and absent",
        ),
        (|s| *s == Source::Unknown, "unknown"),
        (|s| *s == Source::Missing, "MISSING"),
    ] {
        if count(is) > 0 {
            text.push_str(&format!(", {} {what}", count(is)));
        }
    }
    text
}

fn row(import: &Resolved) -> Vec<String> {
    let source = match &import.source {
        Source::Server => "server",
        Source::Library(name) => name,
        Source::Absent(name) => &format!("{name}, which was not found"),
        Source::Optional => "none (optional)",
        Source::Unknown => "possibly a library that was not found",
        Source::Missing => "NONE",
    };
    let found = import.found.map_or("", |kind| kind.describe());
    vec![
        import.name.clone(),
        import.wanted.describe().to_owned(),
        found.to_owned(),
        source.to_owned(),
    ]
}

fn major_row(lacks: &Lacks) -> Vec<String> {
    let mut absent = if lacks.symbols.is_empty() {
        "nothing".to_owned()
    } else {
        lacks.symbols.join(", ")
    };
    if let Some(release) = lacks.release {
        absent.push_str(&format!(", which {release} has"));
    }
    vec![lacks.version.clone(), absent]
}
