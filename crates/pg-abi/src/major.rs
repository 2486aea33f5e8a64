//! Majors in order, and the names of their files.

/// Parses a file name: `pg96.rs` belongs to 9.6, `pg18.rs` to 18.
pub(crate) fn major_of_file(name: &str) -> Option<String> {
    let digits = name.strip_prefix("pg")?.strip_suffix(".rs")?;
    Some(match digits.strip_prefix('9') {
        Some(minor) if !minor.is_empty() => format!("9.{minor}"),
        _ => digits.to_owned(),
    })
}

/// The sort key of a major.
pub type Order = (u32, u32);

/// Returns the sort key of a major.
pub fn order(major: &str) -> Order {
    let (first, second) = major.split_once('.').unwrap_or((major, "0"));
    (first.parse().unwrap_or(0), second.parse().unwrap_or(0))
}

/// Returns the name of a major's files without extension: `pg96`, `pg18`.
pub fn file_stem(major: &str) -> String {
    format!("pg{}", major.replace('.', ""))
}

#[cfg(test)]
mod tests {
    use super::{file_stem, major_of_file, order};

    #[test]
    fn files_are_of_majors() {
        for major in ["9.3", "9.6", "10", "18"] {
            let file = format!("{}.rs", file_stem(major));
            assert_eq!(major_of_file(&file).as_deref(), Some(major));
        }
        assert_eq!(major_of_file("pg18.c"), None);
        assert!(order("9.6") < order("10") && order("9.3") < order("9.4"));
    }
}
