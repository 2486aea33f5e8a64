//! Writes findings for other programs: annotations of hosted CI runners, and SARIF.

use super::place::Place;
use pg_scratch::{Error, Result};
use serde_json::json;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A finding.
pub(super) struct Finding {
    /// The kind: `disagreement`, `changed`.
    pub(super) rule: String,
    /// The description, in one sentence.
    pub(super) sentence: String,
    /// Whether it breaks modules.
    pub(super) is_error: bool,
    /// The line that it refers to.
    pub(super) place: Place,
}

/// Prints a line per finding, in the format that hosted CI runners parse.
pub(super) fn annotate(findings: &[Finding]) {
    for one in findings {
        let level = if one.is_error { "error" } else { "warning" };
        // Line breaks and percent signs must be escaped.
        let text = one.sentence.replace('%', "%25").replace('\n', "%0A");
        let Place { file, line } = &one.place;
        println!(
            "::{level} file={file},line={line},title=ABI {}::{text}",
            one.rule
        );
    }
}

/// Writes a SARIF 2.1.0 file atomically.
pub(super) fn write_sarif(path: &Path, findings: &[Finding]) -> Result<()> {
    let results = findings.iter().map(|one| {
        json!({
            "ruleId": one.rule,
            "level": if one.is_error { "error" } else { "warning" },
            "message": { "text": one.sentence },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": one.place.file },
                "region": { "startLine": one.place.line },
            } }],
        })
    });
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "cargo-bgworker", "version": env!("CARGO_PKG_VERSION") } },
            "results": results.collect::<Vec<_>>(),
        }],
    });
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let io = |e: std::io::Error| Error::new(format!("{}: {e}", path.display()));
    // As for any new file: the umask takes away what others may not do.
    let mode = Permissions::from_mode(0o666);
    let mut builder = tempfile::Builder::new();
    let made = builder
        .permissions(mode)
        .tempfile_in(directory.unwrap_or(Path::new(".")));
    let mut file = made.map_err(io)?;
    file.write_all(format!("{sarif:#}\n").as_bytes())
        .map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}
