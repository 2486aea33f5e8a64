//! Settings for strings.

use crate::error::{Result, escaped, setting_to_utf8};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, CheckFn};
use crate::settings::definition::{Definition, common_methods};
use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A setting for a string; see [`IntSetting`](crate::settings::IntSetting).
///
/// A value that is valid UTF-8 is read as UTF-8, because that is the encoding of configuration
/// files. Any other value is read in the encoding of the database, in which `SET` and
/// `ALTER DATABASE … SET` store it. A value that is valid in neither encoding is rejected.
#[derive(Debug)]
#[doc(alias = "DefineCustomStringVariable")]
pub struct StringSetting {
    definition: Definition,
    default: &'static CStr,
    /// The server's string, or null before the definition. Written and freed by the server, on the
    /// thread that reads it.
    value: AtomicPtr<c_char>,
    check: ffi::GucStringCheckHook,
    judge: fn(&str) -> Result<()>,
}

const fn accept(_: &str) -> Result<()> {
    Ok(())
}

impl StringSetting {
    /// Creates a setting `prefix.name` with its default.
    ///
    /// # Panics
    /// Panics if the name has no prefix or the default is not UTF-8. In a `static`, that is a
    /// compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: &'static CStr,
    ) -> Self {
        assert!(
            default.to_str().is_ok(),
            "the default of a setting is not UTF-8"
        );
        StringSetting {
            definition: Definition::new(name, description),
            default,
            value: AtomicPtr::new(ptr::null_mut()),
            check: None,
            judge: accept,
        }
        .check(accept)
    }

    common_methods!();

    /// Accepts only values for which this function returns `Ok`; see
    /// [`IntSetting::check`](crate::settings::IntSetting::check).
    #[must_use]
    #[doc(alias = "GucStringCheckHook")]
    pub const fn check<F: CheckFn + Fn(&str) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::string::<F, _>);
        self.judge = check::call_str::<F>;
        self
    }

    /// Defines the setting, once, while the server preloads libraries; see
    /// [`IntSetting::define`](crate::settings::IntSetting::define).
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        check::judge(|| (self.judge)(&self.default.to_string_lossy()))?;
        let default = self.default.as_ptr();
        self.definition.define(loading, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is
            // static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomStringVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr(),
                        default,
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

    /// Returns a copy of the value in this process; see
    /// [`IntSetting::get`](crate::settings::IntSetting::get). The server frees its own string at
    /// the next change, which a statement can make.
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> String {
        self.definition.warn_if_undefined(backend);
        let value = self.value.load(Ordering::Relaxed);
        let value = if value.is_null() {
            self.default
        } else {
            // SAFETY: server memory: its current text, which nothing changes during this function.
            unsafe { CStr::from_ptr(value) }
        };
        setting_to_utf8(value).unwrap_or_else(|_| escaped(value.to_bytes()).into_owned())
    }
}
