//! Types of `time`. Parameters are truncated to microseconds.

use super::{EPOCH, convert, not_representable};
use crate::error::{Error, Result};
use crate::server::datum::TimestampTz;
use crate::sql::value::{Date, Time, Timestamp};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

convert! {
    time::Date => Date;
    time::Time => Time;
    PrimitiveDateTime => Timestamp;
    OffsetDateTime => TimestampTz;
}

/// The Julian day of 2000-01-01 (`datatype/timestamp.h`: `POSTGRES_EPOCH_JDATE`).
const DAY_ZERO: i32 = 2_451_545;

impl From<time::Date> for Date {
    fn from(date: time::Date) -> Self {
        Date(date.to_julian_day() - DAY_ZERO)
    }
}

impl TryFrom<Date> for time::Date {
    type Error = Error;

    fn try_from(date: Date) -> Result<Self> {
        let day = date.0.checked_add(DAY_ZERO);
        day.and_then(|day| time::Date::from_julian_day(day).ok())
            .ok_or_else(|| not_representable(date, "time::Date"))
    }
}

impl From<time::Time> for Time {
    fn from(time: time::Time) -> Self {
        let (hours, minutes, seconds, micros) = time.as_hms_micro();
        let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
        Time(seconds * 1_000_000 + i64::from(micros))
    }
}

impl TryFrom<Time> for time::Time {
    type Error = Error;

    /// `time::Time` cannot represent 24:00.
    fn try_from(time: Time) -> Result<Self> {
        if !(0..86_400_000_000).contains(&time.0) {
            return Err(not_representable(time, "time::Time"));
        }
        Ok(time::Time::MIDNIGHT + Duration::microseconds(time.0))
    }
}

/// Returns microseconds since 2000-01-01, the server's epoch.
fn micros(at: OffsetDateTime) -> Result<i64> {
    let micros = at.unix_timestamp_nanos().div_euclid(1000) - i128::from(EPOCH);
    Ok(i64::try_from(micros)?)
}

/// Returns `None` if the value is out of range, as the infinities are.
fn instant(micros: i64) -> Option<OffsetDateTime> {
    let nanos = (i128::from(micros) + i128::from(EPOCH)) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

impl TryFrom<OffsetDateTime> for TimestampTz {
    type Error = Error;

    fn try_from(at: OffsetDateTime) -> Result<Self> {
        micros(at).map(TimestampTz)
    }
}

impl TryFrom<TimestampTz> for OffsetDateTime {
    type Error = Error;

    fn try_from(at: TimestampTz) -> Result<Self> {
        instant(at.0).ok_or_else(|| not_representable(at, "time::OffsetDateTime"))
    }
}

impl TryFrom<PrimitiveDateTime> for Timestamp {
    type Error = Error;

    fn try_from(at: PrimitiveDateTime) -> Result<Self> {
        micros(at.assume_utc()).map(Timestamp)
    }
}

impl TryFrom<Timestamp> for PrimitiveDateTime {
    type Error = Error;

    fn try_from(at: Timestamp) -> Result<Self> {
        instant(at.0)
            .map(|theirs| PrimitiveDateTime::new(theirs.date(), theirs.time()))
            .ok_or_else(|| not_representable(at, "time::PrimitiveDateTime"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_and_edges() {
        let day_zero = time::Date::from_ordinal_date(2000, 1).unwrap();
        assert_eq!(time::Date::try_from(Date(0)).unwrap(), day_zero);
        for date in [time::Date::MIN, time::Date::MAX] {
            assert_eq!(time::Date::try_from(Date::from(date)).unwrap(), date);
        }
        let unix = TimestampTz::try_from(OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(unix, TimestampTz(-EPOCH));
        for at in [-1, 0, 1, 1_234_567_890_123_456] {
            let (zoned, plain) = (TimestampTz(at), Timestamp(at));
            let theirs = OffsetDateTime::try_from(zoned).unwrap();
            assert_eq!(TimestampTz::try_from(theirs).unwrap(), zoned);
            let theirs = PrimitiveDateTime::try_from(plain).unwrap();
            assert_eq!(Timestamp::try_from(theirs).unwrap(), plain);
        }
        let noon = time::Time::from_hms_micro(12, 0, 0, 7).unwrap();
        assert_eq!(Time::from(noon), Time(43_200_000_007));
        assert_eq!(time::Time::try_from(Time(43_200_000_007)).unwrap(), noon);
    }

    #[test]
    fn infinite_or_out_of_range_values_are_errors() {
        for date in [Date::INFINITY, Date::NEG_INFINITY, Date(2_145_031_948)] {
            assert!(time::Date::try_from(date).is_err());
        }
        for at in [i64::MIN, i64::MAX] {
            assert!(OffsetDateTime::try_from(TimestampTz(at)).is_err());
            assert!(PrimitiveDateTime::try_from(Timestamp(at)).is_err());
        }
        assert!(time::Time::try_from(Time(86_400_000_000)).is_err());
        assert!(time::Time::try_from(Time(-1)).is_err());
    }
}
