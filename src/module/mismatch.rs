//! Checks whether the library was built for the server that loads it.
//!
//! The server itself compares the major version (the magic block). This check compares the minor
//! version, the pre-release stage (a beta may change what releases keep) and the block size. A
//! library that is older than its server is normal after a minor upgrade, which PostgreSQL keeps
//! compatible, so it is not reported.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::log_line::Level;
use crate::server::report::Report;
use crate::server::tokens::OnServerThread;
use std::ffi::CStr;

/// What a library does on a server that may lack something that it was built with: the second
/// argument of [`bgworker_module!`](crate::bgworker_module).
///
/// A mismatch is a server of an older minor version than the headers, of another pre-release, or
/// with another block size (`BLCKSZ`). An ordinary upgrade of the server is not a mismatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mismatch {
    /// Writes one WARNING to the server log when the library is preloaded, with both versions and a
    /// hint. The default.
    #[default]
    Warn,
    /// Raises an error, so the server does not start.
    Refuse,
    /// Skips the check.
    Ignore,
}

/// The properties of the headers, or of the running server.
struct Side<'a> {
    version: &'a str,
    version_num: u32,
    block_size: u32,
}

/// Compares the library with the server that loads it, and reports a difference as a WARNING or an
/// error.
pub(crate) fn check(
    backend: &impl OnServerThread,
    library: &str,
    mismatch: Mismatch,
) -> Result<()> {
    if mismatch == Mismatch::Ignore {
        return Ok(());
    }
    let number = |name| setting(backend, name).and_then(|text| text.parse().ok());
    let (Some(version), Some(version_num), Some(block_size)) = (
        setting(backend, c"server_version"),
        number(c"server_version_num"),
        number(c"block_size"),
    ) else {
        return Ok(());
    };
    let built = Side {
        version: ffi::fingerprint::VERSION,
        version_num: ffi::fingerprint::VERSION_NUM,
        block_size: ffi::fingerprint::BLOCK_SIZE,
    };
    let running = Side {
        version: &version,
        version_num,
        block_size,
    };
    let Some(Difference { what, detail, hint }) = difference(&built, &running) else {
        return Ok(());
    };
    let message = format!("library \"{library}\" was built for {what}");
    if mismatch == Mismatch::Refuse {
        let error = Error::new(ErrorKind::Unsupported, message);
        return Err(error.with_detail(detail).with_hint(hint));
    }
    Report::new(Level::Warning, message)
        .detail(detail)
        .hint(hint)
        .emit(backend);
    Ok(())
}

/// Returns the value of a preset setting of the server.
fn setting(_backend: &impl OnServerThread, name: &CStr) -> Option<String> {
    let name = name.as_ptr();
    // SAFETY: token: `_backend`; plain frames; fixed text.
    let value = unsafe { guard(|| ffi::GetConfigOption(name, true.into(), false.into())) }.ok()?;
    if value.is_null() {
        return None;
    }
    // SAFETY: server memory: the text of a preset setting does not change.
    Some(unsafe { CStr::from_ptr(value) }.to_str().ok()?.to_owned())
}

#[derive(Debug)]
struct Difference {
    what: String,
    detail: &'static str,
    hint: String,
}

fn difference(built: &Side, running: &Side) -> Option<Difference> {
    let both = format!(
        "PostgreSQL {}, and is loaded into {}",
        built.version, running.version
    );
    let rebuild = "Build the library with the headers of this server (set PG_CONFIG)";
    if running.block_size != built.block_size {
        return Some(Difference {
            what: format!(
                "blocks of {} bytes, and is loaded into a server with blocks of {}",
                built.block_size, running.block_size
            ),
            detail: "The block size (BLCKSZ) is compiled into code that reads pages.",
            hint: format!("{rebuild}."),
        });
    }
    if running.version_num < built.version_num {
        return Some(Difference {
            what: both,
            detail: "The server lacks the functions and fields that later minor releases have added.",
            hint: format!(
                "{rebuild}, or upgrade the server to {} or later.",
                word(built.version)
            ),
        });
    }
    let is_stage = is_prerelease(built.version) || is_prerelease(running.version);
    if is_stage && word(built.version) != word(running.version) {
        return Some(Difference {
            what: both,
            detail: "Before the first release of a major version, the interface for libraries can change.",
            hint: format!("{rebuild}."),
        });
    }
    None
}

/// Returns the version without the vendor's suffix.
fn word(version: &str) -> &str {
    version.split(' ').next().unwrap_or(version)
}

/// Whether this is a version such as `19devel`, `19beta2` or `19rc1`.
fn is_prerelease(version: &str) -> bool {
    word(version).contains(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::{Side, difference};

    fn says(built: (&str, u32), running: (&str, u32)) -> Option<String> {
        let side = |(version, version_num)| Side {
            version,
            version_num,
            block_size: 8192,
        };
        difference(&side(built), &side(running)).map(|found| found.what)
    }

    #[test]
    fn upgraded_server_is_not_a_mismatch() {
        for (built, running) in [
            (
                ("15.3", 150_003),
                ("15.18 (Debian 15.18-0+deb12u1)", 150_018),
            ),
            (
                ("15.18 (Ubuntu 15.18-1)", 150_018),
                ("15.18 (Debian 15.18-0+deb12u1)", 150_018),
            ),
            (("9.6.1", 90_601), ("9.6.24", 90_624)),
            (("19rc1", 190_000), ("19rc1 (Debian 19~rc1-1)", 190_000)),
        ] {
            assert_eq!(says(built, running), None);
        }
    }

    #[test]
    fn older_server_is_a_mismatch() {
        let text = says(("15.18", 150_018), ("15.3 (Debian 15.3-0)", 150_003)).unwrap();
        assert_eq!(
            text,
            "PostgreSQL 15.18, and is loaded into 15.3 (Debian 15.3-0)"
        );
    }

    #[test]
    fn other_prerelease_is_a_mismatch() {
        for (built, running) in [
            ("19beta1", "19beta2"),
            ("19beta2", "19.0"),
            ("19.0", "19rc1"),
        ] {
            assert!(
                says((built, 190_000), (running, 190_000)).is_some(),
                "{built} {running}"
            );
        }
        // Headers of a beta, and a server with a later release.
        assert!(says(("19beta1", 190_000), ("19.2", 190_002)).is_some());
    }

    #[test]
    fn other_block_size_is_a_mismatch() {
        let side = |block_size| Side {
            version: "18.1",
            version_num: 180_001,
            block_size,
        };
        let found = difference(&side(8192), &side(32_768)).unwrap();
        assert!(found.what.contains("blocks of 32768"), "{found:?}");
    }
}
