//! Settings that are numbers.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::tokens::OnServerThread;
use crate::settings::Unit;
use crate::settings::check::{self, Plain};
use crate::settings::definition::{Definition, common_methods};
use std::ffi::CStr;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// An integer setting. Unless its [context](IntSetting::context) says otherwise, it is changed in the configuration and
/// taken up with a reload.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::settings::{IntSetting, Unit};
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
    definition: Definition,
    default: i32,
    least: i32,
    most: i32,
    /// Written by the server, on the thread that reads it.
    value: AtomicI32,
    check: ffi::GucIntCheckHook,
    judge: fn(i32) -> Result<()>,
}

impl IntSetting {
    /// A setting `prefix.name` with its default and its range, in this unit.
    ///
    /// # Panics
    /// If the default is outside the range or the name has no prefix; in a `static`, that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: i32,
        range: RangeInclusive<i32>,
        unit: Unit,
    ) -> Self {
        let (least, most) = (*range.start(), *range.end());
        assert!(
            least <= default && default <= most,
            "the default of a setting lies outside its range"
        );
        let mut definition = Definition::new(name, description);
        definition.flags = unit.flag();
        IntSetting {
            definition,
            default,
            least,
            most,
            value: AtomicI32::new(default),
            check: None,
            judge: |_| Ok(()),
        }
    }

    common_methods!();

    /// Accept only values for which this function returns `Ok`.
    ///
    /// The server calls it in the postmaster and in every session for each value that the configuration or a SET brings, so it
    /// looks at the value only and is quick. The message of its error appears as the DETAIL below the server's own words,
    /// which name the setting and the value; an error with a detail of its own replaces those words. A panic is an error.
    ///
    /// ```
    /// use postgres_bgworker::{Error, ErrorKind, Result, settings::{IntSetting, Unit}};
    ///
    /// static BATCH: IntSetting =
    ///     IntSetting::new(c"queue.batch", c"Rows at a time.", 64, 1..=4096, Unit::None).check(power_of_two);
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
    pub const fn check<F: Plain + Fn(i32) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::int::<F, _>);
        self.judge = check::call::<F, i32>;
        self
    }

    /// Tell the server of it, once, while it preloads libraries.
    ///
    /// A value in the configuration that it cannot have gets a WARNING, and the setting its default, as with a setting
    /// defined in C.
    ///
    /// # Errors
    /// The server has a setting of that name, the check function does not accept the default, or the prefix has been
    /// [reserved](Preload::reserve_prefix) before.
    pub fn define(&'static self, preload: &Preload) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        self.definition.define(preload, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomIntVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr(),
                        self.default,
                        self.least,
                        self.most,
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

    /// The value in this process; the default where the setting has not been defined. After a reload it changes in
    /// [`Worker::wait`](crate::Worker::wait), once and outside of transactions.
    pub fn get(&self, _backend: &impl OnServerThread) -> i32 {
        self.value.load(Ordering::Relaxed)
    }
}

const fn accept(_: f64) -> Result<()> {
    Ok(())
}

/// A setting that is a floating-point number, and never NaN; see [`IntSetting`].
#[derive(Debug)]
#[doc(alias = "DefineCustomRealVariable")]
pub struct RealSetting {
    definition: Definition,
    default: f64,
    least: f64,
    most: f64,
    /// The bits of the value, written by the server on the thread that reads it.
    value: AtomicU64,
    check: ffi::GucRealCheckHook,
    judge: fn(f64) -> Result<()>,
}

impl RealSetting {
    /// A setting `prefix.name` with its default and its range, in this unit.
    ///
    /// # Panics
    /// If the default is outside the range (NaN is) or the name has no prefix; in a `static`, that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: f64,
        range: RangeInclusive<f64>,
        unit: Unit,
    ) -> Self {
        let (least, most) = (*range.start(), *range.end());
        assert!(
            least <= default && default <= most,
            "the default of a setting lies outside its range"
        );
        let mut definition = Definition::new(name, description);
        definition.flags = unit.flag();
        RealSetting {
            definition,
            default,
            least,
            most,
            value: AtomicU64::new(default.to_bits()),
            check: None,
            judge: accept,
        }
        .check(accept)
    }

    common_methods!();

    /// Accept only values for which this function returns `Ok`; see [`IntSetting::check`].
    #[must_use]
    #[doc(alias = "GucRealCheckHook")]
    pub const fn check<F: Plain + Fn(f64) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::real::<F, _>);
        self.judge = check::call::<F, f64>;
        self
    }

    /// Tell the server of it, once, while it preloads libraries; see [`IntSetting::define`].
    pub fn define(&'static self, preload: &Preload) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        self.definition.define(preload, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomRealVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr().cast(),
                        self.default,
                        self.least,
                        self.most,
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

    /// The value in this process; see [`IntSetting::get`].
    pub fn get(&self, _backend: &impl OnServerThread) -> f64 {
        f64::from_bits(self.value.load(Ordering::Relaxed))
    }
}
