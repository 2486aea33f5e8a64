//! What must not be, and how it is recognized.

use std::fmt;

/// Something went wrong.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What it is, without numbers: the same defect looks the same.
    pub kind: String,
    /// As it was seen.
    pub text: String,
    /// Where, if that is known.
    pub number: Option<u32>,
    pub step: Option<u32>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match (self.number, self.step) {
            (Some(number), Some(step)) => write!(f, " (program {number}, step {step})"),
            _ => Ok(()),
        }
    }
}

/// Lines of the server log that no sound program causes.
const BAD: &[&str] = &[
    "was terminated by signal",
    "terminating any other active server processes",
    "PANIC:",
    "TRAP:",
    "unexpected state",
    "snapshot reference leak",
    "transaction left non-empty SPI stack",
    "subtransaction left non-empty SPI stack",
    "reference leak",
    "not properly nested",
    "problem in alloc set",
    "still referenced",
    "was not closed",
    "resource was not",
    "you don't own a lock",
    "lost track of",
    "is not owned by resource owner",
    "failed to initiate panic",
    "stuck spinlock",
    "AbortTransaction while in",
    "AbortSubTransaction while in",
    "StartTransaction while in",
    "CommitTransaction while in",
    "lock is not held",
    "invalid memory alloc",
    "ERRORDATA_STACK_SIZE",
    "cannot wait without a PGPROC",
    "could not find",
    "pfree called with invalid",
    "while aborting the transaction of a background worker",
];

/// Whether the line is one of them.
pub fn is_bad(line: &str) -> bool {
    BAD.iter().any(|bad| line.contains(bad))
}

/// The line without its time, and without any number.
pub fn kind(line: &str) -> String {
    let line = line.split_once("] ").map_or(line, |(_, rest)| rest);
    let line = line
        .split_once(": Failed process")
        .map_or(line, |(first, _)| first);
    let mut kind = String::new();
    for c in line.chars() {
        match c {
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            other => kind.push(other),
        }
    }
    // The signal is what tells crashes apart.
    if let Some((_, signal)) = line.split_once("terminated by signal ") {
        return format!("signal {}", signal.split(':').next().unwrap_or_default());
    }
    kind.chars().take(70).collect()
}

/// The number after this word.
pub fn number_after(line: &str, word: &str) -> Option<u32> {
    let (_, rest) = line.split_once(word)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
