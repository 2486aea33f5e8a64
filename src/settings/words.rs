//! The server's vocabulary for settings: units, contexts and flags.

use crate::ffi;
use std::ffi::c_int;

/// The unit of a [`DurationSetting`](crate::settings::DurationSetting). The server uses it for
/// numbers without a unit, and when it shows the value. A configured value may have another unit of
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Milliseconds.
    #[doc(alias = "GUC_UNIT_MS")]
    Milliseconds,
    /// Seconds.
    #[doc(alias = "GUC_UNIT_S")]
    Seconds,
    /// Minutes.
    #[doc(alias = "GUC_UNIT_MIN")]
    Minutes,
}

impl TimeUnit {
    pub(super) const fn flag(self) -> c_int {
        match self {
            TimeUnit::Milliseconds => ffi::GUC_UNIT_MS,
            TimeUnit::Seconds => ffi::GUC_UNIT_S,
            TimeUnit::Minutes => ffi::GUC_UNIT_MIN,
        }
    }

    pub(super) const fn millis(self) -> u64 {
        match self {
            TimeUnit::Milliseconds => MILLISECOND,
            TimeUnit::Seconds => SECOND,
            TimeUnit::Minutes => MINUTE,
        }
    }
}

pub(super) const MILLISECOND: u64 = 1;
pub(super) const SECOND: u64 = 1000;
pub(super) const MINUTE: u64 = 60 * SECOND;

/// The unit of a [`SizeSetting`](crate::settings::SizeSetting). The server uses it for numbers
/// without a unit, and when it shows the value. A configured value may have another unit of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeUnit {
    /// Bytes. Since 11.
    #[doc(alias = "GUC_UNIT_BYTE")]
    Bytes,
    /// Kibibytes, which the server calls kB.
    #[doc(alias = "GUC_UNIT_KB")]
    Kilobytes,
    /// Mebibytes, which the server calls MB. Since 10.
    #[doc(alias = "GUC_UNIT_MB")]
    Megabytes,
    /// Blocks of `BLCKSZ` bytes, usually 8 kB.
    #[doc(alias = "GUC_UNIT_BLOCKS")]
    Blocks,
}

impl SizeUnit {
    /// Returns `None` if this server does not support the unit.
    pub(super) const fn flag(self) -> Option<c_int> {
        match self {
            #[cfg(pg_has = "guc_unit_byte")]
            SizeUnit::Bytes => Some(ffi::GUC_UNIT_BYTE),
            #[cfg(not(pg_has = "guc_unit_byte"))]
            SizeUnit::Bytes => None,
            SizeUnit::Kilobytes => Some(ffi::GUC_UNIT_KB),
            #[cfg(pg_has = "guc_unit_mb")]
            SizeUnit::Megabytes => Some(ffi::GUC_UNIT_MB),
            #[cfg(not(pg_has = "guc_unit_mb"))]
            SizeUnit::Megabytes => None,
            SizeUnit::Blocks => Some(ffi::GUC_UNIT_BLOCKS),
        }
    }

    pub(super) const fn bytes(self) -> u64 {
        match self {
            SizeUnit::Bytes => BYTE,
            SizeUnit::Kilobytes => KILOBYTE,
            SizeUnit::Megabytes => MEGABYTE,
            SizeUnit::Blocks => BLOCK,
        }
    }

    /// Returns the first major that supports the unit, for a message.
    pub(super) const fn since(self) -> &'static str {
        match self {
            SizeUnit::Bytes => "11",
            SizeUnit::Megabytes => "10",
            SizeUnit::Kilobytes | SizeUnit::Blocks => "9.3",
        }
    }
}

pub(super) const BYTE: u64 = 1;
pub(super) const KILOBYTE: u64 = 1024;
pub(super) const MEGABYTE: u64 = 1024 * KILOBYTE;
pub(super) const BLOCK: u64 = ffi::BLCKSZ as u64;

/// Who can change a setting, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "GucContext")]
pub enum SettingContext {
    /// Set in the configuration. A change takes effect when the server is restarted: for example,
    /// the number of workers.
    #[doc(alias = "PGC_POSTMASTER")]
    Postmaster,
    /// Set in the configuration. A change takes effect with a reload. The default.
    #[doc(alias = "PGC_SIGHUP")]
    Sighup,
    /// Also set by a superuser with SET, and for a database or a role. A worker reads the latter
    /// when it connects.
    #[doc(alias = "PGC_SUSET")]
    Suset,
    /// Also set by any user with SET, and for a database or a role.
    #[doc(alias = "PGC_USERSET")]
    Userset,
}

impl SettingContext {
    pub(super) fn raw(self) -> ffi::GucContext {
        match self {
            SettingContext::Postmaster => ffi::GucContext::PGC_POSTMASTER,
            SettingContext::Sighup => ffi::GucContext::PGC_SIGHUP,
            SettingContext::Suset => ffi::GucContext::PGC_SUSET,
            SettingContext::Userset => ffi::GucContext::PGC_USERSET,
        }
    }
}

/// Additional properties of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingFlag {
    /// The value is a list, separated by commas.
    #[doc(alias = "GUC_LIST_INPUT")]
    ListInput,
    /// SHOW ALL and `pg_settings` do not show the setting.
    #[doc(alias = "GUC_NO_SHOW_ALL")]
    NoShowAll,
    /// Only superusers and members of `pg_read_all_settings` can see the value. Use it for texts
    /// that contain a password.
    #[doc(alias = "GUC_SUPERUSER_ONLY")]
    SuperuserOnly,
    /// RESET ALL does not change the setting.
    #[doc(alias = "GUC_NO_RESET_ALL")]
    NoResetAll,
}

impl SettingFlag {
    pub(super) const fn raw(self) -> c_int {
        match self {
            SettingFlag::ListInput => ffi::GUC_LIST_INPUT,
            SettingFlag::NoShowAll => ffi::GUC_NO_SHOW_ALL,
            SettingFlag::SuperuserOnly => ffi::GUC_SUPERUSER_ONLY,
            SettingFlag::NoResetAll => ffi::GUC_NO_RESET_ALL,
        }
    }
}
