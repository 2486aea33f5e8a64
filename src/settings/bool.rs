//! Boolean settings.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, CheckFn};
use crate::settings::definition::{Definition, common_methods};
use std::ffi::CStr;
use std::sync::atomic::{AtomicU8, Ordering};

/// A boolean setting; see [`IntSetting`](crate::settings::IntSetting).
#[derive(Debug)]
#[doc(alias = "DefineCustomBoolVariable")]
pub struct BoolSetting {
    definition: Definition,
    default: bool,
    /// Written by the server, on the thread that reads it. Up to 10, the server's boolean type is a
    /// character.
    value: AtomicU8,
    check: ffi::GucBoolCheckHook,
    judge: fn(bool) -> Result<()>,
}

impl BoolSetting {
    /// Creates a setting `prefix.name` with its default.
    ///
    /// # Panics
    /// Panics if the name has no prefix. In a `static`, that is a compile error.
    pub const fn new(name: &'static CStr, description: &'static CStr, default: bool) -> Self {
        BoolSetting {
            definition: Definition::new(name, description),
            default,
            value: AtomicU8::new(default as u8),
            check: None,
            judge: |_| Ok(()),
        }
    }

    common_methods!();

    /// Accepts only values for which this function returns `Ok`; see
    /// [`IntSetting::check`](crate::settings::IntSetting::check).
    #[must_use]
    #[doc(alias = "GucBoolCheckHook")]
    pub const fn check<F: CheckFn + Fn(bool) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::bool::<F, _>);
        self.judge = check::call::<F, bool>;
        self
    }

    /// Defines the setting, once, while the server preloads libraries; see
    /// [`IntSetting::define`](crate::settings::IntSetting::define).
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        self.definition.define(loading, |raw| {
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is
            // static.
            unsafe {
                guard(|| {
                    ffi::DefineCustomBoolVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr().cast(),
                        self.default.into(),
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

    /// Returns the value in this process; see
    /// [`IntSetting::get`](crate::settings::IntSetting::get).
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> bool {
        self.definition.warn_if_undefined(backend);
        self.value.load(Ordering::Relaxed) != 0
    }
}
