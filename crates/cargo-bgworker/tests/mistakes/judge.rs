//! Compares what is said with the table.

use crate::Mistake;
use crate::packages::Said;

/// The compiler reports both borrows of these, and both uses of a main function in the macro if it
/// compiles incrementally.
const TWICE: [&str; 4] = [
    "transaction_in_a_transaction",
    "wait_in_a_transaction",
    "main_returns_nothing",
    "main_takes_a_reference",
];

/// Whether each line of the table is said, in this order.
pub(crate) fn says_all(mistake: &Mistake, text: &str) -> bool {
    missing(mistake, text).is_none()
}

/// Returns the first line of the table that is not said after the lines before it.
fn missing<'a>(mistake: &'a Mistake, text: &str) -> Option<&'a str> {
    let mut rest = text.lines().map(str::trim_end);
    let mut expected = mistake.says.lines().map(str::trim_end);
    let missing = expected.find(|pattern| !rest.any(|line| matches(pattern, line)));
    missing.or_else(|| mistake.says.is_empty().then_some(""))
}

/// Checks that each line of the table is said, in this order, and the first one once, and that a
/// command that reports an error fails.
pub(crate) fn judge(mistake: &Mistake, said: &Said) -> Result<(), String> {
    let Said {
        text: said,
        success,
    } = said;
    if said.starts_with("skipped: ") {
        println!("{}: {said}", mistake.name);
        return Ok(());
    }
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    if let Some(missing) = missing(mistake, said) {
        return Err(format!("it does not say {missing:?} here:\n{said}"));
    }
    // Cargo shows everything that a failed build script has printed.
    if lines
        .iter()
        .any(|line| line.trim_start().starts_with("cargo:"))
    {
        return Err(format!("it shows lines that are for cargo:\n{said}"));
    }
    let first = mistake.says.lines().next().unwrap_or_default();
    if *success
        && ["error", "ERROR", "broken"]
            .iter()
            .any(|word| first.starts_with(word))
    {
        return Err(format!("the command ends with success:\n{said}"));
    }
    let times = lines.iter().filter(|line| matches(first, line)).count();
    let errors = lines.iter().filter(|line| is_error(line)).count();
    let most = if TWICE.contains(&mistake.name) { 2 } else { 1 };
    if times > most || errors > most {
        return Err(format!(
            "{first:?} is said {times} times, among {errors} errors:\n{said}"
        ));
    }
    Ok(())
}

/// Whether the compiler or a command begins an error here. A summary is none.
fn is_error(line: &str) -> bool {
    let summaries = ["error: could not compile", "error: aborting due to"];
    (line.starts_with("error:") || line.starts_with("error["))
        && !summaries.iter().any(|summary| line.starts_with(summary))
}

/// Whether the line is the pattern, with any text for each `…`.
fn matches(pattern: &str, line: &str) -> bool {
    let parts: Vec<&str> = pattern.trim_start().split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return line.trim_start() == pattern.trim_start();
    };
    let Some(mut rest) = line.trim_start().strip_prefix(first) else {
        return false;
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
