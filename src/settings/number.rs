//! Settings for numbers.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, CheckFn, Scale};
use crate::settings::definition::{Definition, common_methods};
use std::ffi::CStr;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// A setting for an integer. Unless its [context](IntSetting::context) differs, it is set in the
/// configuration, and a change takes effect with a reload.
///
/// For a time, use [`DurationSetting`](crate::settings::DurationSetting), and for a number of bytes
/// [`SizeSetting`](crate::settings::SizeSetting).
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::settings::IntSetting;
///
/// static WORKERS: IntSetting =
///     IntSetting::new(c"queue.workers", c"Number of workers.", 4, 1..=100);
///
/// fn init(preload: &Preload) -> Result<()> {
///     WORKERS.define(preload)
/// }
/// ```
#[derive(Debug)]
#[doc(alias = "DefineCustomIntVariable")]
pub struct IntSetting {
    pub(super) definition: Definition,
    default: i32,
    min: i32,
    max: i32,
    /// Written by the server, on the thread that reads it.
    value: AtomicI32,
    check: ffi::GucIntCheckHook,
    judge: fn(i32) -> Result<()>,
}

impl IntSetting {
    /// Creates a setting `prefix.name` with its default and its range.
    ///
    /// # Panics
    /// Panics if the default is outside the range or the name has no prefix. In a `static`, that is
    /// a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: i32,
        range: RangeInclusive<i32>,
    ) -> Self {
        let (min, max) = (*range.start(), *range.end());
        assert!(
            min <= default && default <= max,
            "the default of a setting is outside its range"
        );
        IntSetting {
            definition: Definition::new(name, description),
            default,
            min,
            max,
            value: AtomicI32::new(default),
            check: None,
            judge: |_| Ok(()),
        }
    }

    common_methods!();

    /// Accepts only values for which this function returns `Ok`.
    ///
    /// The server calls the function in the postmaster and in every session, for each value from
    /// the configuration or from SET. The function must be fast and depend only on the value. The
    /// message of its error becomes the DETAIL of the server's error, which names the setting and
    /// the value. An error with a DETAIL of its own replaces the server's message. A panic is
    /// handled like an error.
    ///
    /// ```
    /// use postgres_bgworker::{Error, ErrorKind, Result, settings::IntSetting};
    ///
    /// static BATCH: IntSetting =
    ///     IntSetting::new(c"queue.batch", c"Rows at a time.", 64, 1..=4096).check(power_of_two);
    ///
    /// fn power_of_two(value: i32) -> Result<()> {
    ///     if value.count_ones() == 1 {
    ///         return Ok(());
    ///     }
    ///     Err(Error::new(ErrorKind::Invalid, "It must be a power of two."))
    /// }
    /// ```
    #[must_use]
    #[doc(alias = "GucIntCheckHook")]
    #[doc(alias = "GUC_check_errmsg")]
    #[doc(alias = "GUC_check_errdetail")]
    #[doc(alias = "GUC_check_errhint")]
    #[doc(alias = "GUC_check_errcode")]
    pub const fn check<F: CheckFn + Fn(i32) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::int::<F, _>);
        self.judge = check::call::<F, i32>;
        self
    }

    /// [`check`](Self::check) for the value that a number of units represents. `F` has passed
    /// `assert_plain`.
    pub(super) const fn check_scaled<F: CheckFn + Fn(S::Value) -> Result<()>, S: Scale>(
        mut self,
    ) -> Self {
        self.check = Some(check::scaled::<F, S, _>);
        self.judge = check::call_scaled::<F, S>;
        self
    }

    /// Defines the setting, once, while the server preloads libraries.
    ///
    /// If the configured value is not valid, the server writes a WARNING and uses the default, as
    /// for a setting that is defined in C.
    ///
    /// # Errors
    /// The server already has a setting with this name, the check function rejects the default, or
    /// the prefix has been [reserved](crate::Preload::reserve_prefix) before.
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        self.definition.define(loading, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is
            // static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomIntVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr(),
                        self.default,
                        self.min,
                        self.max,
                        raw.context,
                        raw.flags,
                        self.check,
                        None,
                        None,
                    )
                })
            }
        })
    }

    /// Returns the value in this process. After a reload, it changes only during
    /// [`Worker::wait`](crate::Worker::wait), outside transactions.
    ///
    /// Before [`define`](Self::define), it is the default, and the first call writes a WARNING to
    /// the server log.
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> i32 {
        self.definition.warn_if_undefined(backend);
        self.value.load(Ordering::Relaxed)
    }
}

const fn accept(_: f64) -> Result<()> {
    Ok(())
}

/// A setting for a floating-point number, which is never NaN; see [`IntSetting`].
#[derive(Debug)]
#[doc(alias = "DefineCustomRealVariable")]
pub struct RealSetting {
    definition: Definition,
    default: f64,
    min: f64,
    max: f64,
    /// The bits of the value, written by the server on the thread that reads it.
    value: AtomicU64,
    check: ffi::GucRealCheckHook,
    judge: fn(f64) -> Result<()>,
}

impl RealSetting {
    /// Creates a setting `prefix.name` with its default and its range.
    ///
    /// # Panics
    /// Panics if the default is NaN or outside the range, or the name has no prefix. In a `static`,
    /// that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Self {
        let (min, max) = (*range.start(), *range.end());
        assert!(
            min <= default && default <= max,
            "the default of a setting is outside its range"
        );
        RealSetting {
            definition: Definition::new(name, description),
            default,
            min,
            max,
            value: AtomicU64::new(default.to_bits()),
            check: None,
            judge: accept,
        }
        .check(accept)
    }

    common_methods!();

    /// Accepts only values for which this function returns `Ok`; see [`IntSetting::check`].
    #[must_use]
    #[doc(alias = "GucRealCheckHook")]
    pub const fn check<F: CheckFn + Fn(f64) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::real::<F, _>);
        self.judge = check::call::<F, f64>;
        self
    }

    /// Defines the setting, once, while the server preloads libraries; see [`IntSetting::define`].
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        self.definition.define(loading, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is
            // static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomRealVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr().cast(),
                        self.default,
                        self.min,
                        self.max,
                        raw.context,
                        raw.flags,
                        self.check,
                        None,
                        None,
                    )
                })
            }
        })
    }

    /// Returns the value in this process; see [`IntSetting::get`].
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> f64 {
        self.definition.warn_if_undefined(backend);
        f64::from_bits(self.value.load(Ordering::Relaxed))
    }
}
