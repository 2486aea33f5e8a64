//! Parses version strings of PostgreSQL.

use crate::error::{Error, Result};
use std::fmt;

/// The names that begin the line: that of PostgreSQL, and that of a fork, whose older releases use
/// their own name.
const PRODUCTS: [&str; 2] = ["PostgreSQL", "EnterpriseDB"];

/// The version of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The number, like `PG_VERSION_NUM`: 90625 for 9.6.25, 150018 for 15.18. Pre-releases have
    /// minor 0.
    pub num: u32,
    /// The major: `"9.6"`, `"15"`.
    pub major: String,
    /// The complete version string: `"15.18 (Debian 15.18-0+deb12u1)"`.
    pub full: String,
}

impl Version {
    /// Parses the output of `pg_config --version`. Forks may have more numbers than PostgreSQL:
    /// those that follow the minor are their own.
    ///
    /// ```
    /// # use pg_scratch::servers::Version;
    /// let version = Version::parse("PostgreSQL 19rc1 (Debian 19~rc1-1)")?;
    /// assert_eq!((version.num, version.major.as_str()), (190000, "19"));
    /// # Ok::<(), pg_scratch::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let bad = || {
            Error::new(format!("{text:?} is not a PostgreSQL version"))
                .note("expected something like \"PostgreSQL 18.1\" or \"PostgreSQL 19rc1\"")
        };
        let (product, full) = text.split_once(' ').ok_or_else(bad)?;
        if !PRODUCTS.contains(&product) {
            return Err(bad());
        }
        let word = full.split_whitespace().next().ok_or_else(bad)?;
        let (numbers, suffix) = word.split_at(
            word.find(|c: char| c != '.' && !c.is_ascii_digit())
                .unwrap_or(word.len()),
        );
        let parts = numbers
            .split('.')
            .map(|part| part.parse::<u32>().ok().filter(|n| *n < 100))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(bad)?;
        if !matches!(suffix, "" | "devel") && !is_prerelease(suffix) {
            return Err(bad());
        }
        let (num, major) = match *parts.as_slice() {
            [a, b, c] | [a, b, c, _] if a < 10 => (a * 10_000 + b * 100 + c, format!("{a}.{b}")),
            [a, b] if a < 10 => (a * 10_000 + b * 100, format!("{a}.{b}")),
            [a, b] | [a, b, _] if a >= 10 => (a * 10_000 + b, a.to_string()),
            [a] if a >= 10 => (a * 10_000, a.to_string()),
            _ => return Err(bad()),
        };
        let full = match product {
            "PostgreSQL" => full.to_owned(),
            product => format!("{full} ({product})"),
        };
        Ok(Self { num, major, full })
    }
}

impl Version {
    /// Returns whether this is an alpha, a beta or a release candidate.
    pub fn is_prerelease(&self) -> bool {
        let number = self.full.split_whitespace().next().unwrap_or_default();
        number.contains(|c: char| c.is_ascii_alphabetic())
    }
}

fn is_prerelease(suffix: &str) -> bool {
    ["alpha", "beta", "rc"].iter().any(|kind| {
        suffix
            .strip_prefix(kind)
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn every_known_shape() {
        for (text, num, major) in [
            ("PostgreSQL 9.3.25", 90325, "9.3"),
            ("PostgreSQL 9.6.24\n", 90624, "9.6"),
            ("PostgreSQL 9.5devel", 90500, "9.5"),
            ("PostgreSQL 10.23", 100023, "10"),
            ("PostgreSQL 15.18 (Debian 15.18-0+deb12u1)", 150018, "15"),
            ("PostgreSQL 19beta2", 190000, "19"),
            ("PostgreSQL 19rc1 (Debian 19~rc1-1)", 190000, "19"),
            ("PostgreSQL 20devel", 200000, "20"),
            ("PostgreSQL 17.5 - Percona Server", 170005, "17"),
            ("PostgreSQL 9.5.5 (Postgres-XL 9.5r1.4)", 90505, "9.5"),
            (
                "PostgreSQL 16.4 (EnterpriseDB Advanced Server 16.4.1)",
                160004,
                "16",
            ),
            ("PostgreSQL 12.15.19", 120015, "12"),
            ("EnterpriseDB 11.2.9", 110002, "11"),
            ("EnterpriseDB 9.6.23.31", 90623, "9.6"),
        ] {
            let version = Version::parse(text).unwrap();
            assert_eq!(
                (version.num, version.major.as_str()),
                (num, major),
                "{text}"
            );
        }
        let debian = Version::parse("PostgreSQL 15.18 (Debian 15.18-0+deb12u1)").unwrap();
        assert!(!debian.is_prerelease());
        let candidate = Version::parse("PostgreSQL 19rc1 (Debian 19~rc1-1)").unwrap();
        assert!(candidate.is_prerelease());
        assert_eq!(debian.full, "15.18 (Debian 15.18-0+deb12u1)");
        let fork = Version::parse("EnterpriseDB 11.2.9").unwrap();
        assert_eq!(fork.full, "11.2.9 (EnterpriseDB)");
        assert!(!fork.is_prerelease());
    }

    #[test]
    fn rubbish_is_refused() {
        for text in [
            "",
            "PostgreSQL",
            "PostgreSQL ",
            "PostgreSQL fifteen",
            "15.1",
            "PostgreSQL 15.x",
            "PostgreSQL 15.1.2.3",
            "PostgreSQL 9.6.1.2.3",
            "EnterpriseDB",
            "Fork 15.1",
            "PostgreSQL 9",
            "PostgreSQL 15rc",
            "PostgreSQL 15.-1",
            "PostgreSQL 4294967296",
            "libpq 15.1",
            "PostgreSQL 15omega1",
        ] {
            let error = Version::parse(text).expect_err(text);
            assert!(
                error.to_string().contains("is not a PostgreSQL version"),
                "{error}"
            );
        }
    }
}
