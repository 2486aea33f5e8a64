//! Types of other crates, each behind a feature that names the crate and its version. They are
//! converted to and from types of this crate.

#[cfg(feature = "with-chrono-0_4")]
mod chrono;
#[cfg(feature = "with-jiff-0_2")]
mod jiff;
#[cfg(feature = "with-rust_decimal-1")]
mod rust_decimal;
#[cfg(feature = "with-serde_json-1")]
mod serde_json;
#[cfg(feature = "with-time-0_3")]
mod time;
#[cfg(feature = "with-uuid-1")]
mod uuid;

/// Implements parameters and columns for a type that converts to and from a type of this crate.
#[allow(unused_macros)]
macro_rules! convert {
    ($($theirs:ty => $ours:ty;)*) => {$(
        impl $crate::sql::SqlType for $theirs {
            type Sql = <$ours as $crate::sql::SqlType>::Sql;
        }
        impl $crate::sql::Element for $theirs {
            type Array = <$ours as $crate::sql::Element>::Array;
        }
        impl $crate::sql::value::sealed::ToDatum for $theirs {}
        impl $crate::sql::ToDatum for $theirs {
            fn oid(&self, transaction: &$crate::Transaction<'_>) -> $crate::Result<$crate::Oid> {
                <<Self as $crate::sql::SqlType>::Sql as $crate::sql::value::types::Type>::oid(transaction)
            }
            fn encode(
                &self,
                oid: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
                into: &mut $crate::sql::transaction::arguments::Arguments,
            ) -> $crate::Result<()> {
                <$ours>::try_from(self.clone())?.encode(oid, transaction, into)
            }
        }
        $crate::sql::value::by_reference! { [] $theirs }
        impl $crate::sql::value::sealed::FromDatum<'_> for $theirs {}
        impl $crate::sql::FromDatum<'_> for $theirs {
            fn accepts(
                oid: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
            ) -> $crate::Result<bool> {
                <$ours as $crate::sql::FromDatum<'_>>::accepts(oid, transaction)
            }
            unsafe fn decode(value: $crate::sql::value::Value<'_>) -> $crate::Result<Self> {
                // SAFETY: the caller's promise.
                let ours = unsafe { <$ours as $crate::sql::FromDatum<'_>>::decode(value) }?;
                <$theirs>::try_from(ours).map_err(Into::into)
            }
        }
    )*};
}
#[allow(unused_imports)]
use convert;

/// The server's epoch, 2000-01-01, in microseconds after the Unix epoch.
#[allow(dead_code)]
const EPOCH: i64 = 946_684_800_000_000;

/// The error for a value that cannot be represented as `theirs`, such as an infinity.
#[allow(dead_code)]
fn not_representable<T: std::fmt::Debug>(value: T, theirs: &str) -> crate::Error {
    crate::Error::new(
        crate::ErrorKind::Invalid,
        format!("cannot represent {value:?} as {theirs}"),
    )
    .with_hint(format!(
        "Use the type postgres_bgworker::sql::{} instead.",
        crate::sql::value::rust_name::<T>()
    ))
}

/// Values that another crate can represent are unchanged after a round trip.
#[cfg(test)]
mod tests {
    use crate::server::datum::TimestampTz;
    use crate::sql::value::{Date, Numeric, Time, Timestamp, Uuid};
    use proptest::prelude::*;

    #[allow(dead_code)]
    fn round_trips<Ours, Theirs>(ours: Ours)
    where
        Ours: Clone + PartialEq + std::fmt::Debug + TryFrom<Theirs>,
        Theirs: TryFrom<Ours>,
    {
        if let Ok(theirs) = Theirs::try_from(ours.clone()) {
            assert_eq!(Ours::try_from(theirs).ok(), Some(ours));
        }
    }

    /// Random numbers are mostly outside the range of every calendar, so other ranges are added.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![
            any::<i64>(),
            -400_000_000_000_000_000..400_000_000_000_000_000_i64,
            -86_400_000_000..=86_400_000_001_i64
        ]
    }

    proptest! {
        #[test]
        fn any_time_round_trips(micros in number(), days in prop_oneof![any::<i32>(), -5_000_000..5_000_000]) {
            let (date, time, at, instant) = (Date(days), Time(micros), Timestamp(micros), TimestampTz(micros));
            let _ = (date, time, at, instant);
            #[cfg(feature = "with-chrono-0_4")]
            {
                round_trips::<_, ::chrono::NaiveDate>(date);
                round_trips::<_, ::chrono::NaiveTime>(time);
                round_trips::<_, ::chrono::NaiveDateTime>(at);
                round_trips::<_, ::chrono::DateTime<::chrono::Utc>>(instant);
            }
            #[cfg(feature = "with-jiff-0_2")]
            {
                round_trips::<_, ::jiff::civil::Date>(date);
                round_trips::<_, ::jiff::civil::Time>(time);
                round_trips::<_, ::jiff::civil::DateTime>(at);
                round_trips::<_, ::jiff::Timestamp>(instant);
            }
            #[cfg(feature = "with-time-0_3")]
            {
                round_trips::<_, ::time::Date>(date);
                round_trips::<_, ::time::Time>(time);
                round_trips::<_, ::time::PrimitiveDateTime>(at);
                round_trips::<_, ::time::OffsetDateTime>(instant);
            }
        }

        #[test]
        fn any_number_round_trips(text in "(0|-?[1-9][0-9]{0,30})(\\.[0-9]{1,30})?", bytes: [u8; 16]) {
            let (numeric, uuid) = (text.parse::<Numeric>().unwrap(), Uuid(bytes));
            let _ = (&numeric, uuid);
            #[cfg(feature = "with-rust_decimal-1")]
            round_trips::<_, ::rust_decimal::Decimal>(numeric);
            #[cfg(feature = "with-uuid-1")]
            round_trips::<_, ::uuid::Uuid>(uuid);
        }
    }
}
