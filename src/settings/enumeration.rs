//! Settings with one of several values.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, CheckFn};
use crate::settings::definition::{Definition, common_methods};
use std::ffi::{CStr, c_int};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

/// A Rust enum that provides the values of an [`EnumSetting`].
pub trait SettingEnum: Copy + PartialEq + Send + Sync + 'static {
    /// The names of the options and the values that they represent, in the order in which
    /// `pg_settings` shows them. Several names may represent the same value.
    const OPTIONS: &'static [(&'static CStr, Self)];

    /// Returns the value for the server's number, which is an index into the table of options.
    #[doc(hidden)]
    fn at(number: c_int) -> Option<Self> {
        let at = usize::try_from(number).ok()?;
        Self::OPTIONS.get(at).map(|(_, value)| *value)
    }
}

/// A setting with one of several values; see [`IntSetting`](crate::settings::IntSetting).
///
/// ```
/// use postgres_bgworker::settings::{EnumSetting, SettingEnum};
/// use std::ffi::CStr;
///
/// #[derive(Clone, Copy, PartialEq)]
/// enum Order { Oldest, Newest }
///
/// impl SettingEnum for Order {
///     const OPTIONS: &'static [(&'static CStr, Self)] =
///         &[(c"oldest", Order::Oldest), (c"newest", Order::Newest)];
/// }
///
/// static PICK: EnumSetting<Order> =
///     EnumSetting::new(c"queue.pick", c"Which comes first.", Order::Oldest);
/// ```
#[derive(Debug)]
#[doc(alias = "DefineCustomEnumVariable")]
#[doc(alias = "config_enum_entry")]
pub struct EnumSetting<T: SettingEnum> {
    definition: Definition,
    default: T,
    /// An index into the table of options, written by the server on the thread that reads it.
    value: AtomicI32,
    check: ffi::GucEnumCheckHook,
    judge: fn(T) -> Result<()>,
}

impl<T: SettingEnum> EnumSetting<T> {
    /// Creates a setting `prefix.name` with its default.
    ///
    /// # Panics
    /// Panics if the name has no prefix. In a `static`, that is a compile error.
    pub const fn new(name: &'static CStr, description: &'static CStr, default: T) -> Self {
        EnumSetting {
            definition: Definition::new(name, description),
            default,
            value: AtomicI32::new(0),
            check: None,
            judge: |_| Ok(()),
        }
    }

    common_methods!();

    /// Accepts only values for which this function returns `Ok`; see
    /// [`IntSetting::check`](crate::settings::IntSetting::check).
    #[must_use]
    #[doc(alias = "GucEnumCheckHook")]
    pub const fn check<F: CheckFn + Fn(T) -> Result<()>>(mut self, check: F) -> Self {
        check::assert_plain(check);
        self.check = Some(check::option::<T, F, _>);
        self.judge = check::call::<F, T>;
        self
    }

    /// Defines the setting, once, while the server preloads libraries; see
    /// [`IntSetting::define`](crate::settings::IntSetting::define).
    ///
    /// # Errors
    /// Also if the default is not one of the options, or two options have the same name.
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        check::judge(|| (self.judge)(self.default))?;
        let default = self.check_options()?;
        self.definition.define(loading, |raw| {
            let options = options::<T>();
            // SAFETY: token: `Preload`; plain frames. Everything the server keeps a pointer to is
            // static, or leaked for it.
            unsafe {
                guard(|| {
                    ffi::DefineCustomEnumVariable(
                        raw.name,
                        raw.description,
                        raw.long_description,
                        self.value.as_ptr(),
                        default,
                        options,
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

    /// Returns the index of the default in the table.
    fn check_options(&self) -> Result<c_int> {
        let words = T::OPTIONS.iter().map(|(word, _)| word.to_bytes());
        for (at, word) in words.clone().enumerate() {
            if words
                .clone()
                .take(at)
                .any(|before| before.eq_ignore_ascii_case(word))
            {
                return Err(self.invalid(&format!(
                    "has two options {:?}",
                    String::from_utf8_lossy(word)
                )));
            }
        }
        T::OPTIONS
            .iter()
            .position(|(_, value)| *value == self.default)
            .and_then(|at| c_int::try_from(at).ok())
            .ok_or_else(|| self.invalid("has a default that is not one of its options"))
    }

    fn invalid(&self, what: &str) -> Error {
        let name = self.definition.text();
        Error::new(ErrorKind::Invalid, format!("setting \"{name}\" {what}"))
    }

    /// Returns the value in this process; see
    /// [`IntSetting::get`](crate::settings::IntSetting::get).
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> T {
        self.definition.warn_if_undefined(backend);
        if self.definition.is_defined() {
            T::at(self.value.load(Ordering::Relaxed)).unwrap_or(self.default)
        } else {
            self.default
        }
    }
}

/// Returns the table in the server's format, with an end marker. It is leaked, because the server
/// keeps the pointer.
fn options<T: SettingEnum>() -> *const ffi::config_enum_entry {
    let end = [(ptr::null(), 0)];
    let entries: Vec<_> = T::OPTIONS
        .iter()
        .zip(0..)
        .map(|((word, _), number)| (word.as_ptr(), number))
        .chain(end)
        .map(|(name, val)| ffi::config_enum_entry {
            name,
            val,
            hidden: false.into(),
        })
        .collect();
    entries.leak().as_ptr()
}
