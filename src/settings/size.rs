//! Settings for sizes.

use crate::error::{Error, ErrorKind, Result};
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, Bytes, CheckFn};
use crate::settings::definition::common_methods;
use crate::settings::number::IntSetting;
use crate::settings::words::{BLOCK, BYTE, KILOBYTE, MEGABYTE, SizeUnit};
use std::ffi::CStr;
use std::ops::RangeInclusive;

/// A setting for a size in bytes; see [`IntSetting`].
///
/// ```no_run
/// use postgres_bgworker::settings::{SizeSetting, SizeUnit};
///
/// static BUFFER: SizeSetting = SizeSetting::new(
///     c"queue.buffer",
///     c"Size of the buffer.",
///     1 << 20,
///     1 << 16..=1 << 30,
///     SizeUnit::Kilobytes,
/// );
/// ```
#[derive(Debug)]
#[doc(alias = "DefineCustomIntVariable")]
pub struct SizeSetting {
    /// The number of units.
    number: IntSetting,
    unit: SizeUnit,
}

impl SizeSetting {
    /// Creates a setting `prefix.name` with its default and its range, in bytes. The server stores
    /// it as a number of `unit`.
    ///
    /// # Panics
    /// Panics if the default is outside the range, one of these sizes is not a whole number of
    /// units that fits an `i32`, or the name has no prefix. In a `static`, that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: u64,
        range: RangeInclusive<u64>,
        unit: SizeUnit,
    ) -> Self {
        let range = in_units(*range.start(), unit)..=in_units(*range.end(), unit);
        let mut number = IntSetting::new(name, description, in_units(default, unit), range);
        if let Some(flag) = unit.flag() {
            number.definition.flags = flag;
        }
        SizeSetting { number, unit }
    }

    common_methods!(number.definition);

    /// Accepts only values for which this function returns `Ok`; see [`IntSetting::check`].
    #[must_use]
    pub const fn check<F: CheckFn + Fn(u64) -> Result<()>>(self, check: F) -> Self {
        check::assert_plain(check);
        let number = match self.unit {
            SizeUnit::Bytes => self.number.check_scaled::<F, Bytes<BYTE>>(),
            SizeUnit::Kilobytes => self.number.check_scaled::<F, Bytes<KILOBYTE>>(),
            SizeUnit::Megabytes => self.number.check_scaled::<F, Bytes<MEGABYTE>>(),
            SizeUnit::Blocks => self.number.check_scaled::<F, Bytes<BLOCK>>(),
        };
        SizeSetting {
            number,
            unit: self.unit,
        }
    }

    /// Defines the setting, once, while the server preloads libraries; see [`IntSetting::define`].
    ///
    /// # Errors
    /// Also [`Unsupported`](ErrorKind::Unsupported) if this server does not support the unit.
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        if self.unit.flag().is_none() {
            let name = self.number.definition.text();
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "unit of setting \"{name}\" needs PostgreSQL {} or later",
                    self.unit.since()
                ),
            ));
        }
        self.number.define(loading)
    }

    /// Returns the value in this process, in bytes; see [`IntSetting::get`].
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> u64 {
        let number = self.number.get(backend);
        u64::from(number.unsigned_abs()) * self.unit.bytes()
    }
}

const fn in_units(size: u64, unit: SizeUnit) -> i32 {
    let unit = unit.bytes();
    assert!(
        size % unit == 0,
        "a size of a setting is not a whole number of its unit"
    );
    let number = size / unit;
    assert!(
        number <= i32::MAX as u64,
        "a size of a setting is too large for its unit"
    );
    number as i32
}
