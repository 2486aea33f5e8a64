//! Which minor release added a symbol, from `abi/minors.tsv`.

use super::built::one_magic;
use super::release::Release;
use super::resolved::Resolved;
use crate::binary::Binary;
use pg_scratch::servers::Version;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The first minor release that has every symbol which a library takes from the server.
#[derive(Clone, Debug, Serialize)]
pub struct NeededRelease {
    /// The release.
    pub release: Release,
    /// The symbols that it added.
    pub symbols: Vec<String>,
}

/// The release that added a symbol, by major and name. X.0 is not listed.
#[derive(Default)]
struct Table<'a>(BTreeMap<(u32, &'a str), Release>);

impl<'a> Table<'a> {
    /// Reads lines of major, name and minor.
    fn parse(text: &'a str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.map(|line| {
            let mut words = line.split('\t');
            let (major, name, minor) = (words.next()?, words.next()?, words.next()?);
            let version = Version::parse(&format!("PostgreSQL {major}.{minor}")).ok()?;
            let release = Release(version.num);
            (words.next().is_none() && version.major == major)
                .then_some(((release.major(), name), release))
        });
        rows.collect::<Option<_>>().map(Self)
    }

    /// Returns the committed table.
    fn committed() -> &'static Table<'static> {
        static TABLE: OnceLock<Table<'static>> = OnceLock::new();
        let text = include_str!("../../abi/minors.tsv");
        TABLE.get_or_init(|| Table::parse(text).unwrap_or_default())
    }
}

/// Returns the release that added a symbol to the major of `version`, if that one is older.
pub(super) fn later(version: &Version, name: &str) -> Option<Release> {
    let (server, table) = (Release(version.num), Table::committed());
    let found = table.0.get(&(server.major(), name)).copied();
    found.filter(|release| server < *release)
}

/// The minor releases of the major that a library is for.
pub(super) struct Minors {
    major: Option<u32>,
    /// The server, if it is of the same major.
    server: Option<Version>,
}

impl Minors {
    pub(super) fn of(library: &Binary, server: Option<&Binary>) -> Self {
        let major = one_magic(library).and_then(|magic| u32::try_from(magic.version).ok());
        let version = server.and_then(|server| server.server_version.as_ref());
        let version = version.map(|version| Version::parse(&format!("PostgreSQL {version}")));
        let version = version.and_then(Result::ok);
        Self {
            server: version.filter(|version| Some(Release(version.num).major()) == major),
            major,
        }
    }

    /// Returns the release that added a symbol. A server which is older but has it proves that
    /// the table does not apply to it.
    pub(super) fn first(&self, name: &str, is_of_server: bool) -> Option<Release> {
        let found = Table::committed().0.get(&(self.major?, name)).copied();
        found.filter(|_| !is_of_server || self.later(name).is_none())
    }

    /// Returns the release that added a symbol, if it is later than the server, but of its major.
    pub(super) fn later(&self, name: &str) -> Option<Release> {
        self.server.as_ref().and_then(|server| later(server, name))
    }

    /// Formats symbols that the server lacks.
    pub(super) fn describe(&self, names: &[&str]) -> Vec<String> {
        let names = names.iter().map(|name| match self.later(name) {
            Some(release) => format!("{name} (in {release} and later)"),
            None => (*name).to_owned(),
        });
        names.collect()
    }

    /// Returns the release that a library needs. `imports` is empty if they were not resolved.
    pub(super) fn needed(&self, library: &Binary, imports: &[Resolved]) -> Option<NeededRelease> {
        let all = library.imports.iter().enumerate();
        let all = all.filter(|(_, import)| !import.weak && import.provider.is_none());
        let since = all.filter_map(|(at, import)| {
            let since = match imports.get(at) {
                Some(resolved) => resolved.since,
                None => self.first(&import.name, false),
            };
            Some((since?, import.name.as_str()))
        });
        let since: Vec<_> = since.collect();
        let release = since.iter().map(|(release, _)| *release).max()?;
        let symbols = since.iter().filter(|(since, _)| *since == release);
        Some(NeededRelease {
            release,
            symbols: symbols.map(|(_, name)| (*name).to_owned()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Release, Table, later};
    use pg_scratch::servers::Version;

    #[test]
    fn the_committed_table_is_readable() {
        let table = Table::parse(include_str!("../../abi/minors.tsv")).unwrap();
        assert!(table.0.len() > 900, "{}", table.0.len());
        assert!(table.0.values().all(|release| release.0 % 100 > 0));
    }

    #[test]
    fn releases_are_of_their_major() {
        let table = Table::parse("# 9.6 and 15\n9.6\told\t12\n15\told\t4\n15\tnew\t10\n").unwrap();
        let first = |major, name| table.0.get(&(major, name)).map(Release::to_string);
        assert_eq!(first(906, "old").as_deref(), Some("9.6.12"));
        assert_eq!(first(1500, "old").as_deref(), Some("15.4"));
        assert_eq!(first(1500, "new").as_deref(), Some("15.10"));
        assert_eq!(first(1600, "new"), None);
        // Not as texts.
        assert!(table.0[&(1500, "old")] < table.0[&(1500, "new")]);
        for bad in ["15\ta", "15\ta\t4\t5", "15\ta\tb", "x\ta\t1", "15.1\ta\t1"] {
            assert!(Table::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn servers_lack_what_later_releases_added() {
        let later = |version: &str, name: &str| {
            let version = Version::parse(&format!("PostgreSQL {version}")).unwrap();
            later(&version, name).map(|release| release.to_string())
        };
        let name = "get_rel_all_updated_cols";
        assert_eq!(later("13.4", name).as_deref(), Some("13.10"));
        assert_eq!(later("14.6 (Debian 14.6-1)", name).as_deref(), Some("14.7"));
        assert_eq!(later("15rc1", name).as_deref(), Some("15.2"));
        for (version, name) in [
            ("13.10", name),
            ("13.12", name),
            ("16.0", name),
            ("13.4", "f"),
        ] {
            assert_eq!(later(version, name), None, "{version}");
        }
    }
}
