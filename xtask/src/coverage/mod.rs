//! How much of the server's API the raw crate covers: compares a list of wanted names with what is
//! bound, shimmed and emulated for each committed major.

pub(crate) mod headers;
mod ours;
mod table;
mod wanted;

use ours::Ours;
use pg_abi::contract::{self, Items};
use pg_abi::major::file_stem;
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wanted::Wanted;

pub(crate) use table::render;

/// The status of a name in a major.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// In the bindings.
    Bound,
    /// In Rust, in C behind a Rust declaration, or both.
    Shimmed {
        /// In `inline` or as a macro.
        rust: bool,
        /// In `macros` or `shim`.
        c: bool,
    },
    /// In `compat`, where the major does not have it.
    Emulated,
    /// Left out, for a reason.
    Refused,
    /// Absent, because the major does not have it.
    Lacking,
}

/// A wanted name, and its status in each major.
#[derive(Debug)]
pub(crate) struct Row {
    wanted: Wanted,
    cells: Vec<Cell>,
}

/// The status of a name in a major, and whether it has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    status: Status,
    by_another: bool,
}

/// Every wanted name, with the committed majors.
#[derive(Debug)]
pub(crate) struct Coverage {
    majors: Vec<String>,
    rows: Vec<Row>,
}

/// The names that a major offers.
struct Offer {
    bound: BTreeSet<String>,
    ours: Ours,
}

impl Offer {
    fn read(package: &Path, major: &str) -> Result<Self> {
        let file = format!("{}.rs", file_stem(major));
        let text = ours::read(&package.join("pregenerated").join(file))?;
        let mut items = Items::default();
        items.add(major, &text, &|_| String::new())?;
        let bound = items.of(major).map(|(name, _)| name.clone()).collect();
        let ours = Ours::read(&package.join("src"), major)?;
        Ok(Self { bound, ours })
    }

    fn status(&self, name: &str) -> Option<Status> {
        let (rust, c) = (self.ours.rust.contains(name), self.ours.c.contains(name));
        if self.bound.contains(name) {
            Some(Status::Bound)
        } else if rust || c {
            Some(Status::Shimmed { rust, c })
        } else {
            let is_emulated = self.ours.emulated.contains(name);
            is_emulated.then_some(Status::Emulated)
        }
    }

    /// Looks up a name, or one of its alternative names.
    fn cell(&self, wanted: &Wanted) -> Option<Cell> {
        let own = self.status(&wanted.name).map(|status| (status, false));
        let others = wanted.stand_ins.iter();
        let mut others = others.filter_map(|name| Some((self.status(name)?, true)));
        let (status, by_another) = own.or_else(|| others.next())?;
        Some(Cell { status, by_another })
    }
}

impl Coverage {
    /// Reads the raw crate in the directory `package`. A wanted name that no major offers needs a
    /// reason.
    pub(crate) fn read(package: &Path) -> Result<Self> {
        let wanted = wanted::parse(&ours::read(&package.join("wanted.tsv"))?)?;
        let majors = contract::committed_majors(package)?;
        let offers = majors.iter().map(|major| Offer::read(package, major));
        let offers = offers.collect::<Result<Vec<_>>>()?;
        for wanted in &wanted {
            check_stand_ins(wanted, &offers)?;
        }
        let rows = wanted.into_iter().map(|wanted| row(wanted, &offers));
        let (rows, missing) = split(rows);
        match &missing[..] {
            [] => Ok(Self { majors, rows }),
            _ => Err(refusal(&missing, "has no counterpart in any major")),
        }
    }

    /// The committed majors.
    pub(crate) fn majors(&self) -> &[String] {
        &self.majors
    }

    /// Returns the names that are listed as absent from a major.
    fn lacking(&self, major: &str) -> impl Iterator<Item = &str> {
        let at = self.majors.iter().position(|known| known == major);
        let rows = self
            .rows
            .iter()
            .filter(move |row| at.is_some_and(|at| row.cells[at].status == Status::Lacking));
        rows.map(|row| row.wanted.name.as_str())
    }

    /// Returns an error if any header of a server of `major` declares a name that is
    /// listed as absent, because the list of headers may be incomplete.
    pub(crate) fn verify(&self, major: &str, includes: &Path) -> Result<()> {
        let lacking: Vec<&str> = self.lacking(major).collect();
        let found = headers::declare(includes, &lacking)?;
        if found.is_empty() {
            return Ok(());
        }
        let refused: Vec<String> = found
            .into_iter()
            .map(|(name, header)| format!("{name}` of `{header}"))
            .collect();
        let what = format!("is in the headers of PostgreSQL {major}, but not covered there");
        Err(refusal(&refused, &what))
    }
}

/// Returns the cells of a name, or the name itself if it has neither a counterpart nor a reason.
fn row(wanted: Wanted, offers: &[Offer]) -> std::result::Result<Row, String> {
    let found: Vec<_> = offers.iter().map(|offer| offer.cell(&wanted)).collect();
    let otherwise = match &wanted.reason {
        Some(_) => Status::Refused,
        None if found.iter().all(Option::is_none) => return Err(wanted.name),
        None => Status::Lacking,
    };
    let otherwise = Cell {
        status: otherwise,
        by_another: false,
    };
    let cells = found.into_iter().map(|cell| cell.unwrap_or(otherwise));
    Ok(Row {
        cells: cells.collect(),
        wanted,
    })
}

fn split(rows: impl Iterator<Item = std::result::Result<Row, String>>) -> (Vec<Row>, Vec<String>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(name) => bad.push(name),
        }
    }
    (good, bad)
}

fn check_stand_ins(wanted: &Wanted, offers: &[Offer]) -> Result<()> {
    let mut names = wanted.stand_ins.iter();
    let unknown = names.find(|name| offers.iter().all(|offer| offer.status(name).is_none()));
    unknown.map_or(Ok(()), |unknown| {
        Err(Error::new(format!(
            "wanted.tsv: `{unknown}`, an alternative name of `{}`, does not exist",
            wanted.name
        )))
    })
}

fn refusal(names: &[String], what: &str) -> Error {
    let names = names.iter().map(|name| format!("`{name}` {what}"));
    names
        .fold(Error::new("raw crate does not cover all wanted names"), Error::note)
        .help("bind it in build/allowlist.rs, wrap it in shim/ or src/macros.rs, or add a reason to wanted.tsv")
}

impl Row {
    fn count(rows: &[&Self], at: usize) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for row in rows {
            *counts.entry(row.cells[at].status.group()).or_insert(0) += 1;
        }
        counts
    }
}

impl Status {
    /// Returns its group in the summary.
    fn group(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Shimmed { .. } => "shimmed",
            Self::Emulated => "emulated",
            Self::Refused => "left out, with a reason",
            Self::Lacking => "absent from the major",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Status};
    use std::path::Path;

    /// A minimal raw crate.
    fn package(wanted: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("pregenerated/pg96.rs", "pub type Old = u8;");
        write(
            "pregenerated/pg18.rs",
            "pub type Both = u8; pub const NEW: u8 = 1;",
        );
        write(
            "src/inline.rs",
            "pub const fn Both_() {} word! { Get, Put, u8; }",
        );
        write(
            "src/macros.rs",
            "unsafe extern { /// `Get`. Raises.\n pub fn pgbgw_get(); \
             #[cfg(pg_since = \"10\")] /// `Late()`.\n pub fn pgbgw_late(); }",
        );
        write("src/shim/wait.rs", "");
        write("src/magic.rs", "");
        write("src/compat.rs", "pub use emulation::NEW;");
        write("wanted.tsv", wanted);
        dir
    }

    fn statuses(package: &Path) -> Vec<(String, Vec<Status>)> {
        let rows = Coverage::read(package).unwrap().rows.into_iter();
        let statuses = |row: &super::Row| row.cells.iter().map(|cell| cell.status).collect();
        rows.map(|row| (row.wanted.name.clone(), statuses(&row)))
            .collect()
    }

    #[test]
    fn each_name_is_found_where_it_is() {
        let dir = package(
            "Both\ttype\t-\nGet\tinline\t-\nGone\tmacro\tGet\nLate\tmacro\t-\nNEW\tmacro\t-\nNo\tmacro\t-\tnot for us\n",
        );
        let shimmed = |rust| Status::Shimmed { rust, c: true };
        let expected = [
            ("Both", [Status::Lacking, Status::Bound]),
            ("Get", [shimmed(true); 2]),
            ("Gone", [shimmed(true); 2]),
            ("Late", [Status::Lacking, shimmed(false)]),
            ("NEW", [Status::Emulated, Status::Bound]),
            ("No", [Status::Refused; 2]),
        ];
        let expected = expected.map(|(name, statuses)| (name.to_owned(), statuses.to_vec()));
        assert_eq!(statuses(dir.path()), expected);
    }

    #[test]
    fn gaps_are_errors() {
        for (wanted, says) in [
            ("Nowhere\ttype\t-\n", "`Nowhere` has no counterpart"),
            (
                "Both\ttype\tNowhere\n",
                "`Nowhere`, an alternative name of `Both`",
            ),
            ("Both\tthing\t-\n", "line 1"),
        ] {
            let dir = package(wanted);
            let error = Coverage::read(dir.path()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn what_the_headers_have_is_not_lacking() {
        let dir = package("Late\tmacro\t-\n");
        let coverage = Coverage::read(dir.path()).unwrap();
        let includes = tempfile::tempdir().unwrap();
        std::fs::write(includes.path().join("a.h"), "#define Late(x) x\n").unwrap();
        let includes = includes.path();
        let error = coverage.verify("9.6", includes).unwrap_err().to_string();
        let says = "`Late` of `a.h` is in the headers of PostgreSQL 9.6";
        assert!(error.contains(says), "{error}");
        assert!(coverage.verify("18", includes).is_ok());
    }
}
