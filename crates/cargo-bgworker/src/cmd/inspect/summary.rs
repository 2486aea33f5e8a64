//! What one library and many have in common.

use super::args::Args;
use super::chosen::Chosen;
use crate::cmd::abi;
use pg_abi::binary::Binary;
use pg_abi::facts::{Facts, golden};
use pg_abi::fingerprint::Fingerprint;
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::process::ExitCode;

/// Returns the requested facts, else those of the headers of the server, if it was named: it may be
/// a fork. Else the committed ones of the server's major and the library's target.
pub(super) fn facts(
    args: &Args,
    library: &Binary,
    server: Option<&Chosen>,
) -> Result<Option<Facts>> {
    let Some(print) = Fingerprint::of(library) else {
        return Ok(None);
    };
    if let Some(name) = &args.facts {
        return abi::facts(name, &print.target).map(Some);
    }
    if let Some(facts) = server.and_then(|server| server.facts(&print.target)) {
        return Ok(Some(facts));
    }
    let major = server.and_then(|server| match server.program.magic.as_slice() {
        [magic] => Some(magic.major()),
        _ => None,
    });
    Ok(major.and_then(|major| golden::find(&major, &print.target).ok()))
}

pub(super) fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(format!("could not write JSON: {error}")))
}

pub(super) fn exit_code(bits: u8) -> ExitCode {
    ExitCode::from(bits)
}
