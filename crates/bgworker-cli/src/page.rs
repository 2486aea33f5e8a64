//! Formats parts of the pages that commands write.

use pg_scratch::{Error, Result};
use std::path::Path;
use std::process::Command;

/// Formats a table in Markdown.
pub fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// Returns a line with the date and the machine.
pub fn dated_machine() -> String {
    format!("{}: {}.\n", today(), machine())
}

/// Returns the date, as `2026-01-31`.
pub fn today() -> String {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

/// Describes the machine: cores, processor, kernel and compiler.
pub fn machine() -> String {
    let first = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores ({}), {}, {}",
        processor(),
        first("uname", "-sr").unwrap_or_default(),
        first("rustc", "--version").unwrap_or_default(),
    )
}

/// Writes a file, and creates its directory.
pub fn write(file: &Path, text: &str) -> Result<()> {
    file.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, text))
        .map_err(|e| Error::new(format!("{}: {e}", file.display())))
}

/// Returns the model name of the processor.
pub fn processor() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("unknown", |(_, name)| name).to_owned()
}
