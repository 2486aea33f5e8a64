//! Values of 16 bytes, which the server passes by reference.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::scalar::oid_of;
use crate::sql::value::{FromDatum, ToDatum, Value, sealed, sql_type};
use std::fmt;
use std::time::Duration;

/// A `uuid`: 16 bytes, in the order of the text representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "pg_uuid_t")]
pub struct Uuid(pub [u8; 16]);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// An `interval`: months, days, and microseconds, each with its own sign. The server stores them
/// separately, because neither months nor days have a fixed length. Since 17,
/// [`INFINITY`](Interval::INFINITY) and [`NEG_INFINITY`](Interval::NEG_INFINITY) are infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    pub microseconds: i64,
}

impl Interval {
    /// The interval `infinity`. Since 17.
    #[doc(alias = "INTERVAL_NOEND")]
    pub const INFINITY: Interval = Interval {
        months: i32::MAX,
        days: i32::MAX,
        microseconds: i64::MAX,
    };
    /// The interval `-infinity`. Since 17.
    #[doc(alias = "INTERVAL_NOBEGIN")]
    pub const NEG_INFINITY: Interval = Interval {
        months: i32::MIN,
        days: i32::MIN,
        microseconds: i64::MIN,
    };

    /// Returns whether the interval is finite.
    pub fn is_finite(self) -> bool {
        self != Interval::INFINITY && self != Interval::NEG_INFINITY
    }
}

impl TryFrom<Duration> for Interval {
    type Error = Error;

    /// Converts to microseconds, truncating fractions of them.
    fn try_from(duration: Duration) -> Result<Self> {
        Ok(Interval {
            microseconds: i64::try_from(duration.as_micros())?,
            ..Interval::default()
        })
    }
}

impl TryFrom<Interval> for Duration {
    type Error = Error;

    /// Converts a non-negative interval without months and days, whose length varies.
    fn try_from(interval: Interval) -> Result<Self> {
        match interval {
            Interval {
                months: 0,
                days: 0,
                microseconds: 0..,
            } => Ok(Duration::from_micros(interval.microseconds.unsigned_abs())),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("cannot convert {interval:?} to a Duration"),
            )
            .with_detail(
                "Only non-negative intervals without months and days have a fixed length.",
            )),
        }
    }
}

sql_type! {
    Uuid: UuidType,
    Interval: IntervalType,
}

macro_rules! pointers {
    ($($type:ty, $raw:ty, |$value:ident| $to:expr, |$stored:ident| $from:expr;)*) => {$(
        impl ToDatum for $type {
            fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
                Ok(oid_of::<Self>())
            }
            fn encode(&self, _: Oid, _: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                let $value = self;
                into.by_reference(&$to?);
                Ok(())
            }
        }
        impl sealed::FromDatum<'_> for $type {}
        impl FromDatum<'_> for $type {
            fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
                Ok(oid == oid_of::<Self>())
            }
            unsafe fn decode(value: Value<'_>) -> Result<Self> {
                // SAFETY: server memory: the datum is a pointer to a value of this type, which may
                // be unaligned in a tuple.
                let $stored = unsafe { value.datum.as_pointer::<$raw>().read_unaligned() };
                Ok($from)
            }
        }
    )*};
}

pointers! {
    Uuid, [u8; 16], |value| uuid_bytes(*value), |stored| Uuid(stored);
    Interval, ffi::Interval, |value| interval_bytes(*value), |stored| Interval {
        months: stored.month,
        days: stored.day,
        microseconds: stored.time,
    };
}

fn uuid_bytes(uuid: Uuid) -> Result<[u8; 16]> {
    Ok(uuid.0)
}

/// Returns an interval in the layout of `datatype/timestamp.h`. Servers without infinite intervals
/// would treat them as very long ones.
fn interval_bytes(interval: Interval) -> Result<[u8; size_of::<ffi::Interval>()]> {
    if !interval.is_finite() && !ffi::shim::HAS_INFINITE_INTERVALS {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "infinite intervals require PostgreSQL 17 or later",
        ));
    }
    let mut bytes = [0; size_of::<ffi::Interval>()];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    put(
        std::mem::offset_of!(ffi::Interval, time),
        &interval.microseconds.to_ne_bytes(),
    );
    put(
        std::mem::offset_of!(ffi::Interval, day),
        &interval.days.to_ne_bytes(),
    );
    put(
        std::mem::offset_of!(ffi::Interval, month),
        &interval.months.to_ne_bytes(),
    );
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn uuids_have_the_standard_format() {
        let uuid = Uuid(std::array::from_fn(|at| at as u8 * 17));
        assert_eq!(uuid.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn only_fixed_intervals_are_durations() {
        let second = Interval::try_from(Duration::from_secs(1)).unwrap();
        assert_eq!(second.microseconds, 1_000_000);
        assert_eq!(Duration::try_from(second).unwrap(), Duration::from_secs(1));
        for (months, days, microseconds) in [(1, 0, 0), (0, 1, 0), (0, 0, -1)] {
            let interval = Interval {
                months,
                days,
                microseconds,
            };
            assert!(Duration::try_from(interval).is_err());
        }
        assert!(Duration::try_from(Interval::INFINITY).is_err());
        assert!(Interval::try_from(Duration::MAX).is_err());
    }

    proptest! {
        #[test]
        fn intervals_are_durations_or_errors(months in -1..=1, days in -1..=1, microseconds: i64) {
            let interval = Interval { months, days, microseconds };
            match Duration::try_from(interval) {
                Ok(duration) => prop_assert_eq!(Interval::try_from(duration).unwrap(), interval),
                Err(_) => prop_assert!(months != 0 || days != 0 || microseconds < 0),
            }
        }

        #[test]
        fn intervals_have_the_layout_of_the_server(months: i32, days: i32, microseconds: i64) {
            let bytes = interval_bytes(Interval { months, days, microseconds }).unwrap();
            // SAFETY: cannot raise: plain data of that size.
            let raw = unsafe { bytes.as_ptr().cast::<ffi::Interval>().read_unaligned() };
            prop_assert_eq!((raw.month, raw.day, raw.time), (months, days, microseconds));
        }

        #[test]
        fn uuids_are_hexadecimal(bytes: [u8; 16]) {
            let digits = Uuid(bytes).to_string().replace('-', "");
            prop_assert_eq!(u128::from_str_radix(&digits, 16).unwrap().to_be_bytes(), bytes);
        }
    }
}
