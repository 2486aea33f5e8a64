//! Configuration variables of a library.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::guard::guard;
use crate::module::Preload;
use crate::report::Backend;
use std::ffi::{CStr, c_int};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

/// In what unit a number is given, and shown with.
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
}

/// An integer setting, changed in the configuration file and by a reload (`PGC_SIGHUP`).
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{IntSetting, Unit};
///
/// static NAPTIME: IntSetting =
///     IntSetting::new(c"naptime.seconds", c"Time between two looks.", 10, 1..=3600, Unit::Seconds);
///
/// fn init(preload: &Preload) -> Result<()> {
///     NAPTIME.define(preload)
/// }
/// ```
#[derive(Debug)]
#[doc(alias = "DefineCustomIntVariable")]
pub struct IntSetting {
    name: &'static CStr,
    description: &'static CStr,
    default: i32,
    least: i32,
    most: i32,
    unit: Unit,
    /// Written by the server, on the thread that reads it.
    value: AtomicI32,
}

impl IntSetting {
    /// A setting `prefix.name` with its default and its range, in this unit.
    ///
    /// # Panics
    /// If the default is outside the range; in a `static`, that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: i32,
        range: std::ops::RangeInclusive<i32>,
        unit: Unit,
    ) -> Self {
        let (least, most) = (*range.start(), *range.end());
        assert!(
            least <= default && default <= most,
            "the default of a setting lies outside its range"
        );
        IntSetting {
            name,
            description,
            default,
            least,
            most,
            unit,
            value: AtomicI32::new(default),
        }
    }

    /// Tell the server of it, once, while it preloads libraries.
    ///
    /// # Errors
    /// The server has a setting of that name, the name has no prefix, or the value in the configuration file is out of range.
    pub fn define(&'static self, preload: &Preload) -> Result<()> {
        let _ = preload;
        if !self.name.to_bytes().contains(&b'.') {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the name of a library's setting needs a prefix and a dot: {:?}",
                    self.name
                ),
            ));
        }
        let flags: c_int = match self.unit {
            Unit::None => 0,
            Unit::Milliseconds => ffi::GUC_UNIT_MS,
            Unit::Seconds => ffi::GUC_UNIT_S,
            Unit::Minutes => ffi::GUC_UNIT_MIN,
        };
        // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is static.
        unsafe {
            guard(|| {
                ffi::DefineCustomIntVariable(
                    self.name.as_ptr(),
                    self.description.as_ptr(),
                    ptr::null(),
                    self.value.as_ptr(),
                    self.default,
                    self.least,
                    self.most,
                    ffi::GucContext::PGC_SIGHUP,
                    flags,
                    None,
                    None,
                    None,
                )
            })
        }
    }

    /// The value in this process. It changes in [`Worker::wait`](crate::Worker::wait), after a reload. The server writes it as C
    /// does, so it is read on the server's thread only: any token proves that.
    pub fn get(&self, _backend: &impl Backend) -> i32 {
        self.value.load(Ordering::Relaxed)
    }
}
