//! `abi/history.tsv`: why committed facts were changed. One line per fact that
//! changed, and one for all new facts with the same reason: date, file, fact, change, reason.

use super::key::{KINDS, Key};
use pg_scratch::{Error, Result};
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the reason for a fact from `REASON` and `FACT=REASON` arguments; one that names the fact
/// wins.
pub fn reason(key: &Key, reasons: &[String]) -> Option<String> {
    let fact = key.to_string();
    let named = reasons.iter().filter_map(|reason| split(reason));
    let own = named
        .filter(|(prefix, _)| fact.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len());
    let general = || {
        reasons
            .iter()
            .find(|reason| split(reason).is_none())
            .map(String::as_str)
    };
    let text = own.map(|(_, reason)| reason).or_else(general)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Splits a reason that starts with the name of a fact.
fn split(reason: &str) -> Option<(&str, &str)> {
    let (fact, text) = reason.split_once('=')?;
    let kind = fact.split(' ').next()?;
    KINDS
        .iter()
        .any(|(_, word)| *word == kind)
        .then_some((fact, text))
}

/// Formats a line of the history.
pub fn line(file: &str, fact: &str, what: &str, reason: &str) -> String {
    let clean = |text: &str| text.replace(['\t', '\n'], " ");
    format!(
        "{}\t{file}\t{fact}\t{}\t{}\n",
        today(),
        clean(what),
        clean(reason)
    )
}

/// Appends lines.
pub fn append(path: &Path, lines: &[String]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    let file = options.append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(lines.concat().as_bytes()))
        .map_err(|e| Error::io(path.display(), &e))
}

/// Returns the current date in UTC: `2026-02-03`.
pub fn today() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + now).to_string();
    time.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Kind;

    #[test]
    fn the_reason_that_names_a_fact_comes_first() {
        let key = Key::new(Kind::Field, "W.a");
        let given = |reasons: &[&str]| {
            let reasons: Vec<_> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
            reason(&key, &reasons)
        };
        assert_eq!(given(&[]), None);
        assert_eq!(given(&[" "]), None);
        assert_eq!(given(&["field W.b=no"]), None);
        assert_eq!(
            given(&["all", "field W=type", "field W.a=own"]).as_deref(),
            Some("own")
        );
        assert_eq!(given(&["because a=b"]).as_deref(), Some("because a=b"));
        assert!(today().starts_with("20") && today().len() == 10);
    }
}
