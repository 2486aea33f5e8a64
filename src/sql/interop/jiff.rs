//! Types of `jiff`. Parameters are truncated to microseconds.

use super::{EPOCH, convert, not_representable};
use crate::error::{Error, Result};
use crate::server::datum::TimestampTz;
use crate::sql::value::{Date, Time, Timestamp};
use jiff::{SignedDuration, ToSpan, civil};

convert! {
    civil::Date => Date;
    civil::Time => Time;
    civil::DateTime => Timestamp;
    jiff::Timestamp => TimestampTz;
}

const DAY_ZERO: civil::Date = civil::date(2000, 1, 1);

impl TryFrom<civil::Date> for Date {
    type Error = Error;

    fn try_from(date: civil::Date) -> Result<Self> {
        let days = date.duration_since(DAY_ZERO).as_hours() / 24;
        Ok(Date(i32::try_from(days)?))
    }
}

impl TryFrom<Date> for civil::Date {
    type Error = Error;

    fn try_from(date: Date) -> Result<Self> {
        let days = 0.days().try_days(date.0);
        days.and_then(|days| DAY_ZERO.checked_add(days))
            .map_err(|_| not_representable(date, "civil::Date"))
    }
}

impl TryFrom<civil::Time> for Time {
    type Error = Error;

    fn try_from(time: civil::Time) -> Result<Self> {
        let micros = time.duration_since(civil::Time::midnight()).as_micros();
        Ok(Time(i64::try_from(micros)?))
    }
}

impl TryFrom<Time> for civil::Time {
    type Error = Error;

    /// `civil::Time` cannot represent 24:00.
    fn try_from(time: Time) -> Result<Self> {
        civil::Time::midnight()
            .checked_add(SignedDuration::from_micros(time.0))
            .map_err(|_| not_representable(time, "civil::Time"))
    }
}

impl TryFrom<civil::DateTime> for Timestamp {
    type Error = Error;

    fn try_from(at: civil::DateTime) -> Result<Self> {
        let nanos = at.duration_since(DAY_ZERO.at(0, 0, 0, 0)).as_nanos();
        Ok(Timestamp(i64::try_from(nanos.div_euclid(1000))?))
    }
}

impl TryFrom<Timestamp> for civil::DateTime {
    type Error = Error;

    fn try_from(at: Timestamp) -> Result<Self> {
        DAY_ZERO
            .at(0, 0, 0, 0)
            .checked_add(SignedDuration::from_micros(at.0))
            .map_err(|_| not_representable(at, "civil::DateTime"))
    }
}

impl TryFrom<jiff::Timestamp> for TimestampTz {
    type Error = Error;

    fn try_from(at: jiff::Timestamp) -> Result<Self> {
        let micros = at.as_nanosecond().div_euclid(1000) - i128::from(EPOCH);
        Ok(TimestampTz(i64::try_from(micros)?))
    }
}

impl TryFrom<TimestampTz> for jiff::Timestamp {
    type Error = Error;

    fn try_from(at: TimestampTz) -> Result<Self> {
        let micros = at.0.checked_add(EPOCH);
        micros
            .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
            .ok_or_else(|| not_representable(at, "jiff::Timestamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_and_edges() {
        assert_eq!(civil::Date::try_from(Date(0)).unwrap(), DAY_ZERO);
        for date in [civil::Date::MIN, civil::Date::MAX] {
            let ours = Date::try_from(date).unwrap();
            assert_eq!(civil::Date::try_from(ours).unwrap(), date);
        }
        let unix = TimestampTz::try_from(jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(unix, TimestampTz(-EPOCH));
        for at in [-1, 0, 1, 1_234_567_890_123_456] {
            let (zoned, plain) = (TimestampTz(at), Timestamp(at));
            let theirs = jiff::Timestamp::try_from(zoned).unwrap();
            assert_eq!(TimestampTz::try_from(theirs).unwrap(), zoned);
            let theirs = civil::DateTime::try_from(plain).unwrap();
            assert_eq!(Timestamp::try_from(theirs).unwrap(), plain);
        }
        let noon = civil::time(12, 0, 0, 7_000);
        assert_eq!(Time::try_from(noon).unwrap(), Time(43_200_000_007));
        assert_eq!(civil::Time::try_from(Time(43_200_000_007)).unwrap(), noon);
    }

    #[test]
    fn infinite_or_out_of_range_values_are_errors() {
        for date in [Date::INFINITY, Date::NEG_INFINITY, Date(2_145_031_948)] {
            assert!(civil::Date::try_from(date).is_err());
        }
        for at in [i64::MIN, i64::MAX] {
            assert!(jiff::Timestamp::try_from(TimestampTz(at)).is_err());
            assert!(civil::DateTime::try_from(Timestamp(at)).is_err());
        }
        assert!(civil::Time::try_from(Time(86_400_000_000)).is_err());
        assert!(civil::Time::try_from(Time(-1)).is_err());
    }
}
