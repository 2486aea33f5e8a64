//! Settings for times.

use crate::error::Result;
use crate::server::preload::Loading;
use crate::server::tokens::OnServerThread;
use crate::settings::check::{self, CheckFn, Millis};
use crate::settings::definition::common_methods;
use crate::settings::number::IntSetting;
use crate::settings::words::{MILLISECOND, MINUTE, SECOND, TimeUnit};
use std::ffi::CStr;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A setting for a time; see [`IntSetting`].
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::settings::{DurationSetting, TimeUnit};
///
/// static INTERVAL: DurationSetting = DurationSetting::new(
///     c"naptime.interval",
///     c"Time between two counts.",
///     Duration::from_secs(10),
///     Duration::from_secs(1)..=Duration::from_secs(3600),
///     TimeUnit::Seconds,
/// );
///
/// fn naptime(mut worker: Worker<NoDatabase>) -> Result<Exit> {
///     // `alter system set naptime.interval = '2min'` and a reload change it.
///     while worker.wait(INTERVAL.get(&worker))?.keep_going() {}
///     Ok(Exit::Done)
/// }
/// ```
#[derive(Debug)]
#[doc(alias = "DefineCustomIntVariable")]
pub struct DurationSetting {
    /// The number of units.
    number: IntSetting,
    unit: TimeUnit,
}

impl DurationSetting {
    /// Creates a setting `prefix.name` with its default and its range. The server stores it as a
    /// number of `unit`.
    ///
    /// # Panics
    /// Panics if the default is outside the range, one of these times is not a whole number of
    /// units that fits an `i32`, or the name has no prefix. In a `static`, that is a compile error.
    pub const fn new(
        name: &'static CStr,
        description: &'static CStr,
        default: Duration,
        range: RangeInclusive<Duration>,
        unit: TimeUnit,
    ) -> Self {
        let range = in_units(*range.start(), unit)..=in_units(*range.end(), unit);
        let mut number = IntSetting::new(name, description, in_units(default, unit), range);
        number.definition.flags = unit.flag();
        DurationSetting { number, unit }
    }

    common_methods!(number.definition);

    /// Accepts only values for which this function returns `Ok`; see [`IntSetting::check`].
    #[must_use]
    pub const fn check<F: CheckFn + Fn(Duration) -> Result<()>>(self, check: F) -> Self {
        check::assert_plain(check);
        let number = match self.unit {
            TimeUnit::Milliseconds => self.number.check_scaled::<F, Millis<MILLISECOND>>(),
            TimeUnit::Seconds => self.number.check_scaled::<F, Millis<SECOND>>(),
            TimeUnit::Minutes => self.number.check_scaled::<F, Millis<MINUTE>>(),
        };
        DurationSetting {
            number,
            unit: self.unit,
        }
    }

    /// Defines the setting, once, while the server preloads libraries; see [`IntSetting::define`].
    pub fn define(&'static self, loading: &impl Loading) -> Result<()> {
        self.number.define(loading)
    }

    /// Returns the value in this process; see [`IntSetting::get`].
    #[track_caller]
    pub fn get(&self, backend: &impl OnServerThread) -> Duration {
        let number = self.number.get(backend);
        Duration::from_millis(u64::from(number.unsigned_abs()) * self.unit.millis())
    }
}

const fn in_units(time: Duration, unit: TimeUnit) -> i32 {
    let unit = unit.millis() as u128 * 1_000_000;
    assert!(
        time.as_nanos() % unit == 0,
        "a time of a setting is not a whole number of its unit"
    );
    let number = time.as_nanos() / unit;
    assert!(
        number <= i32::MAX as u128,
        "a time of a setting is too long for its unit"
    );
    number as i32
}
