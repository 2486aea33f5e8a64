//! Additional headers and items that a dependent crate's environment lists.

use postgres_bgworker_build::raw::headers::Headers;
use postgres_bgworker_build::raw::{Lists, Request, vars};
use postgres_bgworker_build::{Report, Result};
use std::path::Path;

const HEADERS: &str = "POSTGRES_BGWORKER_EXTRA_HEADERS";
const ITEMS: &str = "POSTGRES_BGWORKER_EXTRA_ITEMS";

pub fn asked() -> Result<Request> {
    let separator = if cfg!(windows) { ';' } else { ':' };
    let headers = vars::text(HEADERS)?.unwrap_or_default();
    let items = vars::text(ITEMS)?.unwrap_or_default();
    let mut request = Request::new(Lists {
        headers: HEADERS,
        items: ITEMS,
    });
    entries(&headers, |c| c == ',' || c == separator || c == '\n')
        .for_each(|header| request.add_header(header));
    // An expression may contain a colon.
    entries(&items, |c| c == ',' || c.is_whitespace()).for_each(|item| request.add_item(item));
    Ok(request)
}

fn entries(text: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let entries = text.split(separates).map(str::trim);
    entries.filter(|entry| !entry.is_empty())
}

/// Leaves out what this server may lack, and checks the others.
pub fn verify(request: &mut Request, headers: &Headers, wrapper: &Path) -> Result<()> {
    if !request.headers.is_empty() && request.items.is_empty() {
        println!("cargo:warning={HEADERS} is set without {ITEMS}: nothing is added");
    }
    request.verify(headers, wrapper)
}

/// Returns an error for builds that do not read headers.
pub fn refuse(request: &Request, why: &str) -> Result<()> {
    if request.is_empty() {
        return Ok(());
    }
    let mut report = Report::new(format!("additional headers and items need libclang: {why}"));
    for (name, list) in [(HEADERS, &request.headers), (ITEMS, &request.items)] {
        if !list.is_empty() {
            report = report.note(format!("{name}: {}", list.join(", ")));
        }
    }
    Err(report
        .help("enable the feature `bindgen` and install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory); the headers of a server are needed, too")
        .help(format!("or unset {HEADERS} and {ITEMS}")))
}
