//! Values as the server passes them: one machine word, and the types that fit into it.

use crate::ffi;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A value in the server's own representation: 4 or 8 bytes up to 18, and 8 bytes since 19.
///
/// The word does not contain its type: it can be a number, or a pointer to a longer value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Datum(pub(crate) ffi::Datum);

impl Datum {
    /// Returns the raw word.
    pub fn into_raw(self) -> ffi::Datum {
        self.0
    }

    /// Makes a datum from the raw word.
    pub fn from_raw(raw: ffi::Datum) -> Self {
        Datum(raw)
    }

    pub(crate) fn as_pointer<T>(self) -> *const T {
        std::ptr::with_exposed_provenance(self.0 as usize)
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Datum({:#x})", self.0)
    }
}

/// An object identifier (OID), for example of a type, a database or a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Oid(pub u32);

impl Oid {
    /// The invalid OID, which no object has.
    #[doc(alias = "InvalidOid")]
    pub const INVALID: Oid = Oid(0);
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A point in time: microseconds since 2000-01-01 00:00 UTC, as `timestamptz` stores it. `i64::MIN`
/// and `i64::MAX` are the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
#[doc(alias = "GetCurrentTimestamp")]
pub struct TimestampTz(pub i64);

/// The time between the Unix epoch and the server's epoch.
const EPOCH: Duration = Duration::from_secs(946_684_800);

impl TimestampTz {
    /// Converts the time to the standard library's type. Returns `None` for the infinities and for
    /// times that the type cannot represent.
    pub fn to_system_time(self) -> Option<SystemTime> {
        if self.0 == i64::MIN || self.0 == i64::MAX {
            return None;
        }
        let epoch = SystemTime::UNIX_EPOCH.checked_add(EPOCH)?;
        let distance = Duration::from_micros(self.0.unsigned_abs());
        if self.0 < 0 {
            epoch.checked_sub(distance)
        } else {
            epoch.checked_add(distance)
        }
    }
}

/// Types that fit into a [`Datum`] by value on every server, so they can be passed to another
/// process.
pub trait ByValue: Copy + sealed::Sealed {
    #[doc(hidden)]
    fn into_by_value(self) -> Datum;
    #[doc(hidden)]
    fn from_by_value(datum: Datum) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! by_value {
    ($($type:ty: $into:expr, $from:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        impl ByValue for $type {
            #[inline]
            fn into_by_value(self) -> Datum {
                let into: fn($type) -> ffi::Datum = $into;
                Datum(into(self))
            }
            #[inline]
            fn from_by_value(datum: Datum) -> Self {
                let from: fn(ffi::Datum) -> $type = $from;
                from(datum.0)
            }
        }
    )*};
}

// As in the server's macros, signed types are sign-extended, and only the low bits are read.
by_value! {
    bool: |value| ffi::Datum::from(value), |raw| raw as u8 != 0;
    i16: |value| value as ffi::Datum, |raw| raw as i16;
    i32: |value| value as ffi::Datum, |raw| raw as i32;
    u32: |value| value as ffi::Datum, |raw| raw as u32;
    Oid: |value| value.0 as ffi::Datum, |raw| Oid(raw as u32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_value_round_trips_at_the_edges() {
        for value in [0, 1, -1, i32::MIN, i32::MAX] {
            assert_eq!(i32::from_by_value(value.into_by_value()), value);
            assert_eq!(
                i16::from_by_value((value as i16).into_by_value()),
                value as i16
            );
            assert_eq!(
                u32::from_by_value((value as u32).into_by_value()),
                value as u32
            );
        }
        assert!(bool::from_by_value(true.into_by_value()));
        assert!(!bool::from_by_value(false.into_by_value()));
    }

    #[test]
    fn high_bits_are_ignored() {
        assert_eq!(i32::from_by_value(Datum(ffi::Datum::MAX)), -1);
        assert_eq!(i16::from_by_value(Datum(ffi::Datum::MAX - 1)), -2);
    }

    #[test]
    fn timestamps_use_the_server_epoch() {
        let unix = TimestampTz(-946_684_800_000_000).to_system_time();
        assert_eq!(unix, Some(SystemTime::UNIX_EPOCH));
        assert_eq!(TimestampTz(i64::MAX).to_system_time(), None);
        let later = TimestampTz(1).to_system_time().unwrap();
        assert_eq!(
            later.duration_since(SystemTime::UNIX_EPOCH).unwrap(),
            EPOCH + Duration::from_micros(1)
        );
    }

    proptest! {
        #[test]
        fn any_value_round_trips(raw: ffi::Datum, signed: i32, unsigned: u32, short: i16) {
            prop_assert_eq!(i32::from_by_value(signed.into_by_value()), signed);
            prop_assert_eq!(i16::from_by_value(short.into_by_value()), short);
            prop_assert_eq!(u32::from_by_value(unsigned.into_by_value()), unsigned);
            prop_assert_eq!(Oid::from_by_value(Oid(unsigned).into_by_value()), Oid(unsigned));
            // The server's functions may fill the other bits of the word differently.
            prop_assert_eq!(i32::from_by_value(Datum(raw)), raw as i32);
            prop_assert_eq!(bool::from_by_value(Datum(raw)), raw & 0xff != 0);
        }

        #[test]
        fn any_timestamp_is_a_time_or_none(micros: i64) {
            if let Some(time) = TimestampTz(micros).to_system_time() {
                let epoch = SystemTime::UNIX_EPOCH + EPOCH;
                let back = match time.duration_since(epoch) {
                    Ok(after) => after.as_micros() as i128,
                    Err(before) => -(before.duration().as_micros() as i128),
                };
                prop_assert_eq!(back, i128::from(micros));
            }
        }
    }
}
