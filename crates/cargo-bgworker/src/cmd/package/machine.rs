//! The names that the formats have for a machine.

use pg_abi::binary::Binary;
use pg_scratch::{Error, Result};
use std::path::Path;

/// A machine, and its name in each format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// In file names: that of target triples.
    pub(super) name: &'static str,
    /// `dpkg --print-architecture`
    pub(super) deb: &'static str,
    /// `rpm --eval '%{_arch}'`
    pub(super) rpm: &'static str,
    /// `GOARCH`
    pub(super) oci: &'static str,
    /// `GOARM`, with a `v`.
    pub(super) variant: Option<&'static str>,
}

const fn row(
    name: &'static str,
    deb: &'static str,
    rpm: &'static str,
    oci: &'static str,
    variant: Option<&'static str>,
) -> Machine {
    Machine {
        name,
        deb,
        rpm,
        oci,
        variant,
    }
}

static MACHINES: [Machine; 9] = [
    row("x86_64", "amd64", "x86_64", "amd64", None),
    row("i686", "i386", "i686", "386", None),
    row("aarch64", "arm64", "aarch64", "arm64", None),
    row("armv7", "armhf", "armv7hl", "arm", Some("v7")),
    row("armv5te", "armel", "armv5tel", "arm", Some("v5")),
    row("powerpc64le", "ppc64el", "ppc64le", "ppc64le", None),
    row("riscv64", "riscv64", "riscv64", "riscv64", None),
    row("s390x", "s390x", "s390x", "s390x", None),
    row("loongarch64", "loong64", "loongarch64", "loong64", None),
];

impl Machine {
    /// Returns the machine that a library is built for.
    pub(super) fn of(path: &Path, library: &[u8]) -> Result<&'static Self> {
        let name = match Binary::parse(path, library) {
            Ok(binary) => binary.target.machine_name().map(|name| match name {
                "arm" if has_hard_floats(library) => "armv7",
                "arm" => "armv5te",
                other => other,
            }),
            // Only ELF files can be read.
            Err(_) => Some(std::env::consts::ARCH),
        };
        name.and_then(Self::named).ok_or_else(|| {
            let shown = name.unwrap_or("of the library");
            let known: Vec<&str> = MACHINES.iter().map(|machine| machine.name).collect();
            Error::new(format!("no format has a name for the machine {shown}"))
                .note(format!("known: {}", known.join(", ")))
        })
    }

    fn named(name: &str) -> Option<&'static Self> {
        MACHINES.iter().find(|machine| machine.name == name)
    }
}

/// Returns whether the header of an ELF file for ARM has the flag `EF_ARM_ABI_FLOAT_HARD`.
fn has_hard_floats(library: &[u8]) -> bool {
    let flags = library.get(36..).and_then(|rest| rest.first_chunk());
    flags.is_some_and(|flags| u32::from_le_bytes(*flags) & 0x400 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_own_names() {
        for (name, deb, rpm, oci) in [
            ("x86_64", "amd64", "x86_64", "amd64"),
            ("i686", "i386", "i686", "386"),
            ("aarch64", "arm64", "aarch64", "arm64"),
            ("powerpc64le", "ppc64el", "ppc64le", "ppc64le"),
            ("s390x", "s390x", "s390x", "s390x"),
        ] {
            let machine = Machine::named(name).unwrap();
            assert_eq!((machine.deb, machine.rpm, machine.oci), (deb, rpm, oci));
        }
        assert_eq!(Machine::named("vax"), None);
    }

    #[test]
    fn floating_point_decides_the_machine_of_debian_on_arm() {
        let mut header = [0; 52];
        assert!(!has_hard_floats(&header));
        header[36..40].copy_from_slice(&0x0500_0400_u32.to_le_bytes());
        assert!(has_hard_floats(&header));
        assert_eq!(Machine::named("armv7").map(|one| one.deb), Some("armhf"));
        assert_eq!(Machine::named("armv5te").map(|one| one.deb), Some("armel"));
    }
}
