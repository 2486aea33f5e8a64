//! Types of `chrono`. Parameters are truncated to microseconds.

use super::{EPOCH, convert, not_representable};
use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::TimestampTz;
use crate::sql::value::{Date, Time, Timestamp};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

convert! {
    NaiveDate => Date;
    NaiveTime => Time;
    NaiveDateTime => Timestamp;
    DateTime<Utc> => TimestampTz;
}

const DAY_ZERO: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();

impl TryFrom<NaiveDate> for Date {
    type Error = Error;

    fn try_from(date: NaiveDate) -> Result<Self> {
        let days = date.signed_duration_since(DAY_ZERO).num_days();
        Ok(Date(i32::try_from(days)?))
    }
}

impl TryFrom<Date> for NaiveDate {
    type Error = Error;

    fn try_from(date: Date) -> Result<Self> {
        let days = TimeDelta::days(date.0.into());
        let theirs = DAY_ZERO.checked_add_signed(days);
        theirs
            .filter(|_| date.is_finite())
            .ok_or_else(|| not_representable(date, "NaiveDate"))
    }
}

impl From<NaiveTime> for Time {
    fn from(time: NaiveTime) -> Self {
        let seconds = i64::from(time.num_seconds_from_midnight());
        Time(seconds * 1_000_000 + i64::from(time.nanosecond()) / 1000)
    }
}

impl TryFrom<Time> for NaiveTime {
    type Error = Error;

    /// `NaiveTime` cannot represent 24:00.
    fn try_from(time: Time) -> Result<Self> {
        let theirs = u64::try_from(time.0).ok().and_then(|micros| {
            let seconds = u32::try_from(micros / 1_000_000).ok()?;
            let nanos = (micros % 1_000_000) as u32 * 1000;
            NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
        });
        theirs.ok_or_else(|| not_representable(time, "NaiveTime"))
    }
}

/// Returns microseconds since 2000-01-01, the server's epoch.
fn micros(at: DateTime<Utc>) -> Result<i64> {
    at.timestamp_micros()
        .checked_sub(EPOCH)
        .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("timestamp out of range: {at}")))
}

/// Returns `None` if the value is out of range. The caller handles the infinities.
fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros.checked_add(EPOCH)?)
}

impl TryFrom<DateTime<Utc>> for TimestampTz {
    type Error = Error;

    fn try_from(at: DateTime<Utc>) -> Result<Self> {
        micros(at).map(TimestampTz)
    }
}

impl TryFrom<TimestampTz> for DateTime<Utc> {
    type Error = Error;

    fn try_from(at: TimestampTz) -> Result<Self> {
        let theirs = instant(at.0).filter(|_| at.is_finite());
        theirs.ok_or_else(|| not_representable(at, "DateTime"))
    }
}

impl TryFrom<NaiveDateTime> for Timestamp {
    type Error = Error;

    fn try_from(at: NaiveDateTime) -> Result<Self> {
        micros(at.and_utc()).map(Timestamp)
    }
}

impl TryFrom<Timestamp> for NaiveDateTime {
    type Error = Error;

    fn try_from(at: Timestamp) -> Result<Self> {
        let theirs = instant(at.0).filter(|_| at.is_finite());
        theirs
            .map(|theirs| theirs.naive_utc())
            .ok_or_else(|| not_representable(at, "NaiveDateTime"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_and_edges() {
        assert_eq!(NaiveDate::try_from(Date(0)).unwrap(), DAY_ZERO);
        assert_eq!(
            Date::try_from(NaiveDate::MIN)
                .map(NaiveDate::try_from)
                .unwrap()
                .unwrap(),
            NaiveDate::MIN
        );
        let unix = TimestampTz::try_from(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(unix, TimestampTz(-EPOCH));
        for at in [-1, 0, 1, 1_234_567_890_123_456] {
            let (zoned, plain) = (TimestampTz(at), Timestamp(at));
            let theirs = DateTime::<Utc>::try_from(zoned).unwrap();
            assert_eq!(TimestampTz::try_from(theirs).unwrap(), zoned);
            let theirs = NaiveDateTime::try_from(plain).unwrap();
            assert_eq!(Timestamp::try_from(theirs).unwrap(), plain);
        }
        let noon = NaiveTime::from_hms_micro_opt(12, 0, 0, 7).unwrap();
        assert_eq!(Time::from(noon), Time(43_200_000_007));
        assert_eq!(NaiveTime::try_from(Time(43_200_000_007)).unwrap(), noon);
    }

    #[test]
    fn infinite_or_out_of_range_values_are_errors() {
        for date in [Date::INFINITY, Date::NEG_INFINITY, Date(2_145_031_948)] {
            assert!(NaiveDate::try_from(date).is_err());
        }
        for at in [i64::MIN, i64::MAX] {
            assert!(DateTime::<Utc>::try_from(TimestampTz(at)).is_err());
            assert!(NaiveDateTime::try_from(Timestamp(at)).is_err());
        }
        assert!(NaiveTime::try_from(Time(86_400_000_000)).is_err());
        assert!(NaiveTime::try_from(Time(-1)).is_err());
    }
}
