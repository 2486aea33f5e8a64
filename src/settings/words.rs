//! The server's words for what a setting is like.

use crate::ffi;
use std::ffi::c_int;

/// In what unit a number is given, and shown with. A value may name another unit of the same kind; for reals since 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// A plain number.
    None,
    /// Milliseconds.
    #[doc(alias = "GUC_UNIT_MS")]
    Milliseconds,
    /// Seconds.
    #[doc(alias = "GUC_UNIT_S")]
    Seconds,
    /// Minutes.
    #[doc(alias = "GUC_UNIT_MIN")]
    Minutes,
    /// Bytes. Since 11.
    #[cfg(pg_has = "guc_unit_byte")]
    #[doc(alias = "GUC_UNIT_BYTE")]
    Bytes,
    /// Kibibytes, which the server calls kB.
    #[doc(alias = "GUC_UNIT_KB")]
    Kilobytes,
    /// Mebibytes, which the server calls MB. Since 10.
    #[cfg(pg_has = "guc_unit_mb")]
    #[doc(alias = "GUC_UNIT_MB")]
    Megabytes,
    /// Blocks of `BLCKSZ` bytes, usually 8 kB.
    #[doc(alias = "GUC_UNIT_BLOCKS")]
    Blocks,
}

impl Unit {
    pub(super) const fn flag(self) -> c_int {
        match self {
            Unit::None => 0,
            Unit::Milliseconds => ffi::GUC_UNIT_MS,
            Unit::Seconds => ffi::GUC_UNIT_S,
            Unit::Minutes => ffi::GUC_UNIT_MIN,
            #[cfg(pg_has = "guc_unit_byte")]
            Unit::Bytes => ffi::GUC_UNIT_BYTE,
            Unit::Kilobytes => ffi::GUC_UNIT_KB,
            #[cfg(pg_has = "guc_unit_mb")]
            Unit::Megabytes => ffi::GUC_UNIT_MB,
            Unit::Blocks => ffi::GUC_UNIT_BLOCKS,
        }
    }
}

/// Who can change a setting, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "GucContext")]
pub enum SettingContext {
    /// In the configuration, at the start of the server: how many workers there are, for example.
    #[doc(alias = "PGC_POSTMASTER")]
    Postmaster,
    /// In the configuration, taken up at a reload. The default.
    #[doc(alias = "PGC_SIGHUP")]
    Sighup,
    /// Also by a superuser with SET, and for a database or a role: a worker takes those up when it connects.
    #[doc(alias = "PGC_SUSET")]
    Suset,
    /// Also by everybody with SET, and for a database or a role.
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

/// What else the server should know of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingFlag {
    /// Its value is a list, separated by commas.
    #[doc(alias = "GUC_LIST_INPUT")]
    ListInput,
    /// Left out of SHOW ALL, and of `pg_settings`.
    #[doc(alias = "GUC_NO_SHOW_ALL")]
    NoShowAll,
    /// Shown to superusers and members of `pg_read_all_settings` only: for texts with a password in them.
    #[doc(alias = "GUC_SUPERUSER_ONLY")]
    SuperuserOnly,
    /// RESET ALL leaves it alone.
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
