//! Compares what a library was built for with the server.

use super::problem::Problem;
use crate::binary::{Binary, Magic};
#[cfg(feature = "sources")]
use crate::facts::Facts;
use crate::fingerprint::Fingerprint;
use pg_scratch::servers::Version;

/// Checks that the file is a module.
pub(super) fn module(library: &Binary) -> Option<Problem> {
    if library.is_server() {
        return Some(Problem::broken(
            "is-a-server",
            "this is a PostgreSQL server, not a loadable library".to_owned(),
            "specify the library; use --server for the server",
        ));
    }
    if !library.has_function("Pg_magic_func") {
        let hidden = library.hidden.contains("Pg_magic_func");
        let what = if hidden { "hides" } else { "does not export" };
        return Some(Problem::broken(
            "no-magic",
            format!("it {what} Pg_magic_func: a server refuses it, \"missing magic block\""),
            "bgworker_module! or pg_module_magic! in Rust, PG_MODULE_MAGIC in C; a plain library (not a module) has none",
        ));
    }
    match library.magic.len() {
        0 => Some(Problem::doubt(
            "magic-not-read",
            "it exports Pg_magic_func, but its data contains no magic block".to_owned(),
            "if the block is built at run time, only a server can tell what the library was built for",
        )),
        1 => None,
        count => Some(Problem::doubt(
            "magic-not-read",
            format!(
                "its data contains {count} different magic blocks, for {}",
                list(&library.magic)
            ),
            "two modules may be linked into one; the valid block is not known without running it",
        )),
    }
}

fn list(blocks: &[Magic]) -> String {
    let majors: Vec<String> = blocks.iter().map(Magic::major).collect();
    format!("PostgreSQL {}", majors.join(" and "))
}

/// Checks that the server would accept the module.
pub(super) fn for_server(library: &Binary, server: &Binary) -> Option<Problem> {
    if library.target != server.target {
        return Some(Problem::broken(
            "other-machine",
            format!(
                "it is built for {}, but the server for {}",
                library.target, server.target
            ),
            "build it for the server's machine: cargo build --target …",
        ));
    }
    let ours = one_magic(library)?;
    let Some(theirs) = one_magic(server) else {
        return by_version(ours, server);
    };
    let differences = ours.differences(theirs);
    if differences.is_empty() {
        return None;
    }
    let is_other_major = ours.version != theirs.version;
    let differences: Vec<String> = differences
        .into_iter()
        .map(|(name, ours, theirs)| format!("{name} is {ours}, the server's {theirs}"))
        .collect();
    let vendors = [&ours.abi_extra, &theirs.abi_extra];
    let help = match vendors.map(Option::as_deref) {
        [Some(ours), Some(theirs)] if ours != theirs && !is_other_major => format!(
            "servers of {theirs} load only libraries that were built with their own headers: set PG_CONFIG to the pg_config of this server, not of one of {ours}"
        ),
        _ => format!(
            "build it with the headers of PostgreSQL {} (set PG_CONFIG)",
            theirs.major()
        ),
    };
    Some(Problem::broken(
        "other-magic",
        format!(
            "the server would reject its magic block: {}",
            differences.join("; ")
        ),
        help,
    ))
}

/// Compares versions if the server's own block was not found.
fn by_version(ours: &Magic, server: &Binary) -> Option<Problem> {
    let text = server.server_version.as_deref()?;
    let theirs = Version::parse(&format!("PostgreSQL {text}")).ok()?.major;
    (ours.major() != theirs).then(|| {
        Problem::broken(
            "other-magic",
            format!(
                "it is built for PostgreSQL {}, but the server is {text}",
                ours.major()
            ),
            format!("build it with the headers of PostgreSQL {theirs} (set PG_CONFIG)"),
        )
    })
}

/// Checks that the server is as new as the headers. (The same check runs when a server loads the
/// library.)
pub(super) fn headers(print: &Fingerprint, server: &Binary) -> Option<Problem> {
    let text = server.server_version.as_deref()?;
    let version = Version::parse(&format!("PostgreSQL {text}")).ok()?;
    let major = |num: u32| {
        if num < 100_000 {
            num / 100
        } else {
            num / 10_000
        }
    };
    // A different major is already reported.
    if major(version.num) != major(print.version_num) {
        return None;
    }
    let word = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let (built, running) = (word(&print.headers), word(text));
    let is_stage = |word: &str| word.contains(|c: char| c.is_ascii_alphabetic());
    let is_older = version.num < print.version_num;
    if !is_older && (built == running || !(is_stage(&built) || is_stage(&running))) {
        return None;
    }
    let why = if is_older {
        "functions and fields that were added in between are absent"
    } else {
        "the interface may change until a major's first release"
    };
    Some(Problem::doubt(
        "other-headers",
        format!("it was built with the headers of {built}, but the server is {running}: {why}"),
        format!("build it with the headers of {running}, or run {built} or later"),
    ))
}

/// Checks that the server's types have the layout that the library was compiled with.
#[cfg(feature = "sources")]
pub(super) fn layouts(print: &Fingerprint, facts: &Facts) -> Option<Problem> {
    const SHOWN: usize = 8;
    let mut differences = print.differences(facts);
    if differences.is_empty() {
        return None;
    }
    let count = differences.len();
    differences.truncate(SHOWN);
    let more = match count - differences.len() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let version = facts.header.pg_config.get("VERSION");
    let major = format!("PostgreSQL {}", facts.header.major);
    let text = format!(
        "type layouts differ from {}: {}{more}",
        version.unwrap_or(&major),
        differences.join("; ")
    );
    // Every module allocates this type; the file does not tell whether it uses the others.
    let is_sure = differences
        .iter()
        .any(|text| text.starts_with("BackgroundWorker"));
    let complain = if is_sure {
        Problem::broken
    } else {
        Problem::doubt
    };
    Some(complain(
        "other-layout",
        text,
        "build it with this server's headers (PG_CONFIG); a fork's, of another vendor, need the feature `bindgen`".to_owned(),
    ))
}

/// Returns the magic block if there is exactly one. Of several, only code that is not run here
/// selects one.
pub(super) fn one_magic(binary: &Binary) -> Option<&Magic> {
    match binary.magic.as_slice() {
        [magic] => Some(magic),
        _ => None,
    }
}
