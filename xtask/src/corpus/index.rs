//! The index of a suite's packages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A package of the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
    section: String,
    /// What it depends on, with alternatives.
    depends: Vec<Vec<String>>,
    provides: Vec<String>,
    pub(super) sha256: String,
    pub(super) size: u64,
}

/// The packages of a suite.
pub(super) struct Index {
    packages: BTreeMap<String, Package>,
    /// Names that a package provides beside its own, and that package.
    provided: BTreeMap<String, String>,
}

/// How the names of packages begin that have libraries and are in other sections: those of
/// interpreters.
const LIBRARIES: [&str; 3] = ["lib", "perl-base", "perl-modules"];

/// Larger packages have data, and no library that an extension needs.
const LARGEST: u64 = 150 << 20;

impl Index {
    /// Parses a `Packages` file.
    pub(super) fn parse(text: &str) -> Self {
        let packages = text.split("\n\n").filter_map(Package::parse);
        let packages: BTreeMap<String, Package> =
            packages.map(|one| (one.name.clone(), one)).collect();
        let mut provided = BTreeMap::new();
        for package in packages.values() {
            for name in &package.provides {
                provided.entry(name.clone()).or_insert(package.name.clone());
            }
        }
        Self { packages, provided }
    }

    /// Returns the packages with modules for the server of this major: those that depend on it, or
    /// have its name.
    pub(super) fn of_major(&self, major: &str) -> Vec<&Package> {
        let (server, prefix) = (server(major), format!("postgresql-{major}-"));
        let is_of_major = |package: &&Package| {
            let mut names = package.depends.iter().flatten();
            package.name == server
                || package.name.starts_with(&prefix)
                || names.any(|name| *name == server)
        };
        self.packages.values().filter(is_of_major).collect()
    }

    /// Returns the packages with the libraries that a package needs, and the names that no package
    /// has. The direct dependencies count, and of others only libraries.
    pub(super) fn libraries(&self, of: &Package, major: &str) -> (Vec<&Package>, Vec<String>) {
        let (mut found, mut absent) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        let mut queue: VecDeque<(&Package, bool)> = VecDeque::from([(of, true)]);
        while let Some((package, is_direct)) = queue.pop_front() {
            for names in &package.depends {
                let Some(next) = names.iter().find_map(|name| self.get(name)) else {
                    absent.push(names.join(" | "));
                    continue;
                };
                let is_library = next.section == "libs"
                    || LIBRARIES.iter().any(|start| next.name.starts_with(start));
                if !(is_direct || is_library)
                    || next.name == server(major)
                    || next.size > LARGEST
                    || !seen.insert(&next.name)
                {
                    continue;
                }
                found.push(next);
                queue.push_back((next, false));
            }
        }
        (found, absent)
    }

    fn get(&self, name: &str) -> Option<&Package> {
        let by_name = |name: &str| self.packages.get(name);
        by_name(name).or_else(|| by_name(self.provided.get(name)?))
    }
}

fn server(major: &str) -> String {
    format!("postgresql-{major}")
}

impl Package {
    fn parse(stanza: &str) -> Option<Self> {
        let mut package = Self::default();
        for line in stanza.lines() {
            let Some((field, value)) = line.split_once(": ") else {
                continue;
            };
            match field {
                "Package" => package.name = value.to_owned(),
                "Version" => package.version = value.to_owned(),
                "Architecture" => package.architecture = value.to_owned(),
                "Section" => package.section = value.to_owned(),
                "SHA256" => package.sha256 = value.to_owned(),
                "Size" => package.size = value.parse().ok()?,
                "Provides" => package.provides = relations(value).concat(),
                "Depends" | "Pre-Depends" => package.depends.extend(relations(value)),
                _ => {}
            }
        }
        (!package.name.is_empty() && package.sha256.len() == 64).then_some(package)
    }

    /// Returns the name of its file, as apt writes it.
    pub(super) fn file(&self) -> String {
        let version = self.version.replace(':', "%3a");
        format!("{}_{version}_{}.deb", self.name, self.architecture)
    }
}

/// Returns the names in a list of packages: `a (>= 1) | b, c:any`.
fn relations(text: &str) -> Vec<Vec<String>> {
    let name = |item: &str| {
        let end = item.trim().find([' ', '(', ':']);
        let item = item.trim();
        item[..end.unwrap_or(item.len())].to_owned()
    };
    let items = text.split(',');
    items
        .map(|item| item.split('|').map(name).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Index;

    const INDEX: &str = "Package: postgresql-15-cron\nVersion: 1:1.4-1\nArchitecture: amd64\n\
        Depends: postgresql-15 (>= 15), libc6 (>= 2.34), libabsent9\nSize: 1\nSHA256: ";

    fn index() -> Index {
        let hash = "0".repeat(64);
        let stanza = |name: &str, rest: &str| {
            format!("Package: {name}\nVersion: 1\nSize: 1\n{rest}SHA256: {hash}\n\n")
        };
        let others = stanza(
            "libc-six",
            "Provides: libc6 (= 1)\nDepends: libgcc-s1, tool\n",
        ) + &stanza("libgcc-s1", "Depends: libc6, odbc1\n")
            + &stanza("odbc1", "Section: libs\n")
            + &stanza("tool", "")
            + &stanza("postgresql-15", "")
            + &stanza("pg-other", "Depends: libc6 | postgresql-15:any\n")
            + &stanza("postgresql-150-x", "Depends: postgresql-150\n");
        Index::parse(&format!("{INDEX}{hash}\n\n{others}"))
    }

    #[test]
    fn packages_of_a_major_depend_on_its_server() {
        let index = index();
        let names: Vec<&str> = index.of_major("15").iter().map(|p| &*p.name).collect();
        assert_eq!(names, ["pg-other", "postgresql-15", "postgresql-15-cron"]);
    }

    #[test]
    fn libraries_are_followed_and_tools_are_not() {
        let index = index();
        let cron = index.of_major("15")[2];
        assert_eq!(cron.file(), "postgresql-15-cron_1%3a1.4-1_amd64.deb");
        let (found, absent) = index.libraries(cron, "15");
        let names: Vec<&str> = found.iter().map(|package| &*package.name).collect();
        assert_eq!(names, ["libc-six", "libgcc-s1", "odbc1"]);
        assert_eq!(absent, ["libabsent9"]);
    }
}
