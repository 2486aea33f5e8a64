//! Dates and times in the units of the server. Parameters that the server could not display are
//! rejected.

use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::TimestampTz;
use crate::sql::value::scalar::{FLOAT8_BY_VALUE, bits, read_bits};
use crate::sql::value::sql_type;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// A `date`, in days since 2000-01-01. `i32::MIN` and `i32::MAX` are the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "DateADT")]
pub struct Date(pub i32);

/// A `time` without time zone, in microseconds since midnight, up to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "TimeADT")]
pub struct Time(pub i64);

/// A `timestamp` without time zone, in microseconds since 2000-01-01 00:00 in an unspecified time
/// zone. `i64::MIN` and `i64::MAX` are the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

macro_rules! infinities {
    ($($type:ty, $raw:ty;)*) => {$(
        #[allow(missing_docs)]
        impl $type {
            pub const INFINITY: Self = Self(<$raw>::MAX);
            pub const NEG_INFINITY: Self = Self(<$raw>::MIN);

            /// Returns whether the value is finite.
            pub fn is_finite(self) -> bool {
                self != Self::INFINITY && self != Self::NEG_INFINITY
            }
        }
    )*};
}

infinities! {
    Date, i32;
    Timestamp, i64;
    TimestampTz, i64;
}

sql_type! {
    Date: DateType,
    Time: TimeType,
    Timestamp: TimestampType,
    TimestampTz: TimestampTzType,
}

/// 4714-11-24 BC to 5874897-12-31 (`datatype/timestamp.h`: `IS_VALID_DATE`).
pub(super) const DATES: RangeInclusive<i64> = -2_451_545..=2_145_031_948;
/// 4714-11-24 BC to the end of 294276 (`datatype/timestamp.h`: `IS_VALID_TIMESTAMP`).
pub(super) const TIMESTAMPS: RangeInclusive<i64> =
    -211_813_488_000_000_000..=9_223_371_331_199_999_999;
/// Midnight to 24:00, inclusive.
pub(super) const TIMES: RangeInclusive<i64> = 0..=86_400_000_000;

bits! {
    Date, true, u32, read_date, |date| checked(date, date.0.into(), date.is_finite(), DATES)? as u32, |raw| Date(raw as i32);
    Time, FLOAT8_BY_VALUE, u64, read_time, |time| checked(time, time.0, true, TIMES)? as u64, |raw| Time(raw as i64);
    Timestamp, FLOAT8_BY_VALUE, u64, read_timestamp, |at| checked(at, at.0, at.is_finite(), TIMESTAMPS)? as u64, |raw| Timestamp(raw as i64);
    TimestampTz, FLOAT8_BY_VALUE, u64, read_timestamptz, |at| checked(at, at.0, at.is_finite(), TIMESTAMPS)? as u64, |raw| TimestampTz(raw as i64);
}

read_bits! {
    Date, read_date;
    Time, read_time;
    Timestamp, read_timestamp;
    TimestampTz, read_timestamptz;
}

fn checked(value: impl Debug, raw: i64, finite: bool, range: RangeInclusive<i64>) -> Result<i64> {
    if !finite || range.contains(&raw) {
        return Ok(raw);
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!("date or time out of range: {value:?}"),
    )
    .with_detail(format!(
        "The supported range is {} to {}.",
        range.start(),
        range.end()
    )))
}
