//! Builds without a server from the committed facts of a major, for documentation and for type
//! checks on machines without headers or a C compiler.

use crate::bindings::{self, Bindings};
use crate::extra;
use postgres_bgworker_build::raw::{Request, vars, versions};
use postgres_bgworker_build::{Report, Result};

const VARIABLE: &str = "POSTGRES_BGWORKER_FACTS";

/// Returns the major whose facts are requested, and whether only documentation is built.
#[derive(Debug)]
pub struct Facts {
    major: String,
    is_documentation: bool,
}

/// Requested by name, or on docs.rs, which shows the newest released major.
pub fn asked() -> Result<Option<Facts>> {
    let named = vars::text(VARIABLE)?;
    let is_docs_rs = vars::get("DOCS_RS").is_some();
    Ok(match named {
        Some(major) => Some(Facts {
            major,
            is_documentation: is_docs_rs,
        }),
        None => is_docs_rs.then(|| Facts {
            major: versions::DOCUMENTED.to_string(),
            is_documentation: true,
        }),
    })
}

impl Facts {
    pub fn bindings(&self, request: &Request) -> Result<Bindings> {
        let known = versions::MAJORS
            .iter()
            .find(|(major, _)| *major == self.major && bindings::is_committed(major));
        let Some((major, version_num)) = known else {
            return Err(self.unknown());
        };
        // A documentation build is not stopped. Missing items are omitted from the documentation.
        if !self.is_documentation {
            extra::refuse(request, "committed facts cannot be added to")?;
            check_width()?;
            println!(
                "cargo:warning={VARIABLE} is set: no server was looked at and the C part is missing, so a library made from this build does not load"
            );
        }
        bindings::from_facts(major, *version_num)
    }

    fn unknown(&self) -> Report {
        let committed: Vec<&str> = versions::MAJORS
            .iter()
            .map(|(major, _)| *major)
            .filter(|major| bindings::is_committed(major))
            .collect();
        Report::new(format!(
            "no facts are committed for {:?}, which {VARIABLE} asks for",
            self.major
        ))
        .note(format!("facts exist for: {}", committed.join(", ")))
        .help(format!(
            "{VARIABLE} takes a major: {VARIABLE}={}",
            versions::DOCUMENTED
        ))
        .help("for another major, name a server's headers: PG_CONFIG=/path/to/pg_config")
    }
}

/// The facts are of 64-bit servers, and cannot be verified for others.
fn check_width() -> Result<()> {
    let width = vars::cargo("CARGO_CFG_TARGET_POINTER_WIDTH");
    if width == "64" {
        return Ok(());
    }
    Err(Report::new(format!(
        "the committed facts are of 64-bit servers, and the target is {width}-bit"
    ))
    .note(format!("target: {}", vars::cargo("TARGET")))
    .help("name the headers of the target's server: PG_CONFIG=/path/to/pg_config, or a text file with its output"))
}
