//! The names of main functions of workers, as far as a file tells.

use serde::Serialize;

/// Texts that may name main functions. Empty in a module that registers no workers.
#[derive(Clone, Debug, Default)]
pub struct Mains {
    /// Exported functions that are named by a text, the most likely ones first.
    pub exported: Vec<Named>,
    /// Texts that look like names of functions, but are not exported.
    pub others: Vec<Named>,
    /// Whether the calls that register workers were found. If not, a name may also be in the code.
    pub has_calls: bool,
}

/// A text that may name a main function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Whether the code that registers a worker uses this text.
    pub near: bool,
}

/// The parts of names that are common for main functions.
const USUAL: [&str; 9] = [
    "main",
    "worker",
    "bgworker",
    "bgw",
    "launcher",
    "scheduler",
    "entrypoint",
    "daemon",
    "supervisor",
];

/// Returns whether a name is usual for a main function: `pg_cron_main`, `PgCronLauncherMain`.
pub(crate) fn is_usual(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = c == '_' || c == '.' || (c.is_ascii_uppercase() && was_lower);
        if begins {
            words.push(String::new());
        }
        was_lower = c.is_ascii_lowercase();
        if let (true, Some(word)) = (c.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.iter().any(|word| USUAL.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::is_usual;

    #[test]
    fn usual_names_are_known() {
        for name in [
            "pg_cron_main",
            "PgCronLauncherMain",
            "ts_bgw_db_scheduler_entrypoint",
            "worker_spi_main",
            "autoprewarm_main",
        ] {
            assert!(is_usual(name), "{name}");
        }
        for name in ["domain_in", "maintain", "workers", "remaining", ""] {
            assert!(!is_usual(name), "{name}");
        }
    }
}
