//! Writes the declarations, from one of two sources: bindgen reads the server's headers, or the
//! committed file of the server's major is used and the C compiler verifies it (see `contract`).

use crate::{extra, processors};
#[cfg(feature = "bindgen")]
use postgres_bgworker_build::raw::generate;
use postgres_bgworker_build::raw::headers::{self, Headers};
use postgres_bgworker_build::raw::{Request, contract, vars, versions};
use postgres_bgworker_build::{Report, Result};
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Bindgen,
    Pregenerated,
    /// The committed file without a server.
    Facts,
}

#[derive(Debug)]
pub struct Bindings {
    pub source: Source,
    pub text: String,
    pub version_num: u32,
}

/// Binds the server's headers.
pub fn generate(headers: &Headers, request: &Request) -> Result<Bindings> {
    if headers.is_future {
        println!(
            "cargo:warning=PostgreSQL {} is newer than this crate, which knows majors up to {}: its cfgs stop there",
            headers.major,
            versions::newest()
        );
    }
    match run_bindgen(headers, request) {
        Some(text) => place(headers, Source::Bindgen, text?),
        None => {
            extra::refuse(request, &why_committed())?;
            place(headers, Source::Pregenerated, read_committed(headers)?)
        }
    }
}

/// Uses the committed file of a major without verification.
pub fn from_facts(major: &str, version_num: u32) -> Result<Bindings> {
    let text = processors::of_target(&committed(major).with_extension("rs"))?;
    write(&text)?;
    Ok(Bindings {
        source: Source::Facts,
        text,
        version_num,
    })
}

/// `declarations.rs` is what gets committed, `bindings.rs` what the crate includes: the same,
/// documented.
fn write(text: &str) -> Result<()> {
    let items = read(&pregenerated().join("items.tsv"))?;
    headers::write(&vars::out_dir().join("declarations.rs"), text)?;
    let documented = crate::docs::Documentation::new(&items, &committed_majors()).add_to(text);
    headers::write(&vars::out_dir().join("bindings.rs"), &documented)
}

fn place(headers: &Headers, source: Source, text: String) -> Result<Bindings> {
    write(&text)?;
    Ok(Bindings {
        source,
        text,
        version_num: headers.version_num,
    })
}

pub fn is_committed(major: &str) -> bool {
    committed(major).with_extension("rs").is_file()
}

fn committed(major: &str) -> PathBuf {
    let name = format!("pg{}", major.replace('.', ""));
    pregenerated().join(name)
}

/// The list of headers.
pub fn wrapper() -> PathBuf {
    PathBuf::from(vars::cargo("CARGO_MANIFEST_DIR")).join("wrapper.h")
}

fn pregenerated() -> PathBuf {
    PathBuf::from(vars::cargo("CARGO_MANIFEST_DIR")).join("pregenerated")
}

/// Majors that have committed bindings, oldest first.
fn committed_majors() -> Vec<&'static str> {
    let majors = versions::MAJORS.iter().map(|(major, _)| *major);
    majors
        .filter(|major| committed(major).with_extension("rs").is_file())
        .collect()
}

pub fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Report::new(format!("cannot read {}: {error}", path.display()))
            .help("the sources of this crate are damaged or not readable; download them again")
    })
}

#[cfg(feature = "bindgen")]
fn why_committed() -> String {
    let tool = generate::missing_tool().unwrap_or("libclang");
    format!("the feature `bindgen` is on, but no {tool} was found")
}

#[cfg(not(feature = "bindgen"))]
fn why_committed() -> String {
    "the feature `bindgen` is off".to_string()
}

fn read_committed(headers: &Headers) -> Result<String> {
    if is_committed(&headers.major) {
        let file = committed(&headers.major);
        let text = processors::of_target(&file.with_extension("rs"))?;
        let contract = processors::contract(&file.with_extension("c"))?;
        let verified = contract::verify(headers, &contract, text, "cargo xtask pregenerate");
        return verified.map_err(|report| report.note(why_committed()));
    }
    let sentence = if headers.is_future {
        format!(
            "PostgreSQL {} is newer than this crate, so its headers must be read with libclang",
            headers.major
        )
    } else {
        format!(
            "no committed bindings exist for PostgreSQL {}, so its headers must be read with libclang",
            headers.major
        )
    };
    Err(Report::new(sentence)
        .note(why_committed())
        .help("install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory) and enable the feature `bindgen`"))
}

#[cfg(not(feature = "bindgen"))]
fn run_bindgen(_: &Headers, _: &Request) -> Option<Result<String>> {
    None
}

/// Returns `None` if this machine has no libclang.
#[cfg(feature = "bindgen")]
fn run_bindgen(headers: &Headers, extra: &Request) -> Option<Result<String>> {
    if let Some(tool) = generate::missing_tool() {
        println!(
            "cargo:warning=no {tool} found: using the committed bindings, checked by the C compiler"
        );
        return None;
    }
    Some(read_headers(headers, extra))
}

#[cfg(feature = "bindgen")]
fn read_headers(headers: &Headers, extra: &Request) -> Result<String> {
    use crate::allowlist;
    let more = extra.patterns()?;
    let with_more = |patterns: &[&str]| -> Vec<String> {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_string());
        patterns.chain(more.iter().cloned()).collect()
    };
    // A type that the user requested by name is not closed.
    let closed = |names: &[&str]| -> Vec<String> {
        let names = names.iter().filter(|name| !extra.names(name));
        names.map(|name| (*name).to_string()).collect()
    };
    let text = generate::Generator {
        headers,
        unit: extra.unit(&wrapper())?,
        functions: with_more(allowlist::FUNCTIONS),
        variables: with_more(allowlist::VARS),
        types: with_more(allowlist::TYPES),
        files: Vec::new(),
        opaque: closed(allowlist::OPAQUE),
        blocked: match extra.is_empty() {
            true => closed(allowlist::PARTS),
            false => Vec::new(),
        },
        incomplete: closed(allowlist::INCOMPLETE),
        foreign: Vec::new(),
        not_copied: Default::default(),
    }
    .generate()?;
    extra.all_bound(&[&text], headers, &wrapper())?;
    Ok(text)
}
